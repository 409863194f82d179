"""Keeps the record of a switch's captured configuration, from which its age and the last contact are measured."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from estate.records.files import read, to_json, write_text
from estate.records.shapes import STRICT


@dataclass(frozen=True)
class Capture:
    """States what is kept of one switch, beside its generations in `captures/SWITCH/`.

    `taken_at` is when the kept capture was last seen to be what runs, `last_contact` when the switch last answered a
    round; both UTC, None: never. `sha256` and `bytes` are of what it ran; `startup_is_running` is of the same
    moment and means nothing before the first. `refused` says why the last round kept nothing, None when it did.
    """

    switch: str
    taken_at: datetime | None
    last_contact: datetime | None
    startup_is_running: bool
    sha256: str | None
    bytes: int
    refused: str | None

    __pydantic_config__ = STRICT


def record(folder: Path, switch: str) -> Capture:
    """Gives the record of a switch in the folder of captures, an empty one before the first.

    Raises:
        RecordError: somebody damaged it.
    """
    path = folder / f"{switch}.json"
    return read(path, Capture) if path.exists() else Capture(switch, None, None, False, None, 0, None)


def note(folder: Path, kept: Capture) -> None:
    """Replaces the record of a switch; nobody else may read it."""
    folder.mkdir(parents=True, exist_ok=True)
    folder.chmod(0o700)
    write_text(folder / f"{kept.switch}.json", to_json(kept, indent=1) + "\n", 0o600)
