"""Fixes the record of a switch's captured configuration, from which its age and the last contact are measured."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

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
