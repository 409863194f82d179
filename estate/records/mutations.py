"""Keeps what became of each injected fault: whether the drill saw it, and for the right reason."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Literal, get_args

from estate.records.files import read, write
from estate.records.shapes import STRICT

Seen = Literal["caught", "error_as_expected", "wrong_reason", "missed", "not_run"]
OUTCOMES: tuple[Seen, ...] = get_args(Seen)


@dataclass(frozen=True)
class Mutation:
    """States what one drill said of one injected fault.

    `outcome`: caught (red, for the reason named), error_as_expected (no verdict, where none is possible), wrong_reason,
    missed (the drill passed) or not_run. `found` is the drill's own words, or why nothing was injected. `at`, `commit`
    and `rehearsal` say when, on which commit and in which record; those of one never run are None and empty.
    """

    id: str
    drill: str
    expected: str
    outcome: Seen
    found: str
    at: datetime | None = None
    commit: str = ""
    rehearsal: str = ""
    seconds: float = 0.0

    __pydantic_config__ = STRICT


@dataclass(frozen=True)
class Score:
    """Counts a matrix: how many by outcome, how many were run, and which share of those was seen (None: none run).

    `oldest` is the time of the oldest result, None while one is missing: a part says nothing of the whole.
    """

    counts: dict[Seen, int]
    run: int
    ratio: float | None
    oldest: datetime | None

    @classmethod
    def of(cls, rows: list[Mutation]) -> Score:
        """Counts rows, one for each fault."""
        counts = {outcome: sum(row.outcome == outcome for row in rows) for outcome in OUTCOMES}
        run = len(rows) - counts["not_run"]
        seen = counts["caught"] + counts["error_as_expected"]
        times = [] if counts["not_run"] else [row.at for row in rows if row.at is not None]
        return cls(counts, run, seen / run if run else None, min(times, default=None))


def kept(var: Path) -> list[Mutation]:
    """Gives the newest result of each fault of an environment; nothing when none was ever injected.

    Raises:
        RecordError: somebody damaged the record.
    """
    path = var / "mutations.json"
    return read(path, list[Mutation]) if path.exists() else []


def keep(var: Path, rows: list[Mutation]) -> None:
    """Replaces the results."""
    write(var / "mutations.json", rows)
