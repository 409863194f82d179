"""Names what can be broken on a switch of the lab, at any moment while it runs."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Literal


@dataclass
class Faults:
    """Is what goes wrong on one switch; set a field to begin, `clear` to end. Lines are those of configuration modes.

    Lines are counted per session from 1; seconds are real seconds, whatever a minute of the machine lasts.
    """

    refuse_line: int = 0
    """This line of a session is refused like one that conflicts; 0: none."""
    drop_after: int = 0
    """The TCP connection is reset once this many lines were taken up; 0: never."""
    silent_after: int = 0
    """The path to the switch is cut once this many lines were taken up: TCP stays, nothing is heard or answered."""
    power_cut_after: int = 0
    """The switch loses power once this many lines were taken up, and starts from its startup configuration."""
    login_seconds: float = 0.0
    """A slow TACACS server: the password is accepted or refused only after this time."""
    echo_seconds: float = 0.0
    """Each line is echoed only after this time."""
    answer_seconds: float = 0.0
    """Each command is answered only after this time."""
    wrong_enable: bool = False
    """No enable secret is the right one."""
    vty_busy: bool = False
    """Every line is taken: connections are closed before the SSH banner."""
    host_letters: int = 0
    """Prompts show only this many letters of the host name; 0: as the vendor does."""
    log_noise: str = ""
    """This line of the log is thrown at the session with every command."""
    log_noise_at: Literal["output", "prompt"] = "output"
    """Where the noise lands: between the echo and the output, or in the middle of the prompt."""
    flash_full: bool = False
    """Saving fails and the startup configuration stays as it was."""
    asks_to_overwrite: bool = False
    """The first saving after an upgrade asks whether to overwrite (the question ends with saying yes)."""
    banner: str = ""
    """This text stands before the first prompt, for example with # and > at the ends of its lines."""
    held_by: str = ""
    """This administrator holds the lock on the configuration mode."""

    def clear(self) -> None:
        """Ends every fault."""
        for each in fields(self):
            setattr(self, each.name, each.default)
