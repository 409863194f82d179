"""Keeps captured configurations sealed, byte by byte, generation by generation; a bad one never replaces a good one.

    var/<environment>/switches/captures/SWITCH.json                      the record (`estate.records.captures`)
    var/<environment>/switches/captures/SWITCH/GENERATION.running.vault  what it ran
    var/<environment>/switches/captures/SWITCH/GENERATION.startup.vault  what it would have started from, if different

A generation is named after when it was first seen and what it holds (the beginning of its SHA-256). Sealed with the
vault password of the environment: `ansible-vault decrypt --output FILE GENERATION.running.vault`.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from pathlib import Path

from pyinfra.api.exceptions import PyinfraError

from estate.records import captures
from estate.records.captures import Capture
from estate.records.files import write_bytes
from estate.runs.environment import Environment
from pyinfra_deploys.facts import vault, vault_file

RUNNING, STARTUP = ".running.vault", ".startup.vault"
_PRIVATE, _LETTERS = 0o600, 8


@dataclass(frozen=True)
class Kept:
    """Is one generation: its name, what the switch ran, and what it would have started from if that was different."""

    generation: str
    running: bytes
    startup: bytes | None


class NotOpenedError(PyinfraError):
    """Says which sealed file gave nothing; `reason` is `wrong_key` (or changed), or `truncated`."""

    def __init__(self, text: str, reason: str) -> None:
        super().__init__(text)
        self.reason = reason


class Store:
    """Holds the captures of one environment."""

    def __init__(self, environment: Environment, folder: Path | None = None) -> None:
        """Takes the environment whose vault password seals (asked for when needed), and another folder of captures."""
        self.environment = environment
        self.folder = folder or environment.var / "switches" / "captures"

    @cached_property
    def _password(self) -> bytes:
        return vault.password(self.environment)

    def generations(self, name: str) -> list[str]:
        """Gives the generations of a switch, oldest first."""
        found = (self.folder / name).glob(f"*{RUNNING}")
        return sorted(path.name.removesuffix(RUNNING) for path in found if not path.name.startswith("."))

    def record(self, name: str) -> Capture:
        """Gives the record of a switch; raises RecordError when somebody damaged it."""
        return captures.record(self.folder, name)

    def note(self, record: Capture) -> None:
        """Replaces the record of a switch."""
        captures.note(self.folder, record)

    def load(self, name: str, generation: str | None = None) -> Kept | None:
        """Opens a generation, the newest when none is named; None when nothing was ever kept.

        Raises:
            PyinfraError: there is no such generation, or it is not what was sealed, with what to do.
        """
        known = self.generations(name)
        if generation is not None and generation not in known:
            listed = ", ".join(known) or "none"
            raise PyinfraError(f"{name}: no generation {generation!r} is kept; known: {listed}")
        if not known:
            return None
        asked = generation or known[-1]
        folder = self.folder / name
        running = self._unsealed(folder / f"{asked}{RUNNING}")
        apart = folder / f"{asked}{STARTUP}"
        if not asked.endswith(f"-{digest(running)[:_LETTERS]}"):
            raise PyinfraError(
                f"{folder}/{asked}{RUNNING} holds another configuration than its name says: files were exchanged. "
                f"Take another generation: {', '.join(known)}"
            )
        return Kept(asked, running, self._unsealed(apart) if apart.exists() else None)

    def keep(self, name: str, running: bytes, startup: bytes | None, at: datetime) -> str:
        """Writes a new generation and gives its name; it exists when its running configuration does.

        Raises:
            PyinfraError: the clock stands before the newest generation, which would stay the newest.
        """
        generation = f"{at:%Y-%m-%dT%H%M%S.%fZ}-{digest(running)[:_LETTERS]}"
        if (known := self.generations(name)) and generation <= known[-1]:
            raise PyinfraError(
                f"the clock of this machine ({at:%Y-%m-%d %H:%M:%S} UTC) stands before {known[-1]}"
            )
        folder = self.folder / name
        self._private(folder)
        if startup is not None:
            write_bytes(folder / f"{generation}{STARTUP}", self._sealed(startup), _PRIVATE)
        write_bytes(folder / f"{generation}{RUNNING}", self._sealed(running), _PRIVATE)
        return generation

    def forget(self, name: str, most: int) -> tuple[str, ...]:
        """Removes the oldest generations beyond `most`, never the newest; gives those that went."""
        gone = self.generations(name)[: -max(most, 1)]
        for generation in gone:
            (self.folder / name / f"{generation}{RUNNING}").unlink()
            (self.folder / name / f"{generation}{STARTUP}").unlink(missing_ok=True)
        return tuple(gone)

    def _sealed(self, content: bytes) -> bytes:
        return vault_file.sealed(content, self._password)

    def _unsealed(self, path: Path) -> bytes:
        content = vault_file.unsealed(path.read_bytes(), self._password)
        if content is None:
            whole = vault_file.is_whole(path.read_bytes())
            why = (
                "it was changed since it was written, or another vault password sealed it"
                if whole
                else "it is cut off"
            )
            raise NotOpenedError(
                f"{path} cannot be opened: {why}. Take an older generation, or bring back the password "
                "it was sealed with",
                "wrong_key" if whole else "truncated",
            )
        return content

    @staticmethod
    def _private(folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        folder.chmod(0o700)


def digest(content: bytes) -> str:
    """Gives the SHA-256 of a capture, as its record holds it."""
    return hashlib.sha256(content).hexdigest()
