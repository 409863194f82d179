"""Brings what other looks keep into the same picture: switches, and records that deploys answer for."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal

from estate.records import RecordError, read, write
from estate.records.drift import Beside

NAMED = 20
"""How many changes of one deploy are kept by name."""


@dataclass(frozen=True)
class _Seen:
    """The part of a look at a switch that tells its drift; further keys are for other readers."""

    switch: str
    looked_at: datetime
    drift: Literal["in_sync", "pending", "corrective", "unverifiable"]
    differences: tuple[str, ...] = ()
    startup_differs: bool | None = None


@dataclass(frozen=True)
class Records:
    """What a plan or an apply found of the records of one deploy: what it would change, and a digest of all it wants.

    No digest means that what was wanted at the look before is wanted still.
    """

    names: Sequence[str] = ()
    wanted: str = ""


def note_deploys(var: Path, found: Mapping[str, Records]) -> None:
    """Keeps what each of these deploys would change now, and who moved; others stay as they were seen."""
    now = datetime.now(UTC).replace(microsecond=0)
    old = {one.name: one for one in _deploys(var)}
    new = {name: _judged(name, one, old.get(name), now) for name, one in found.items()}
    write(var / "records_drift.json", [one for _, one in sorted({**old, **new}.items())])


def _judged(name: str, found: Records, old: Beside | None, now: datetime) -> Beside:
    wanted = found.wanted or (old.wanted if old else "")
    held = old.held if old else ""
    state: Literal["in_sync", "pending", "corrective", "differs"]
    if not found.names:
        state, held = "in_sync", wanted
    elif not held:
        state = "differs"
    else:
        state = "corrective" if held == wanted else "pending"
    since = min(old.since, now) if old and old.state == state and old.since else now
    return Beside(name, state, now, len(found.names), tuple(found.names[:NAMED]), since, wanted, held)


def read_all(var: Path) -> tuple[Beside, ...]:
    """Gives every switch and every deploy that was looked at; a damaged record of one is left out."""
    return (*_switches(var), *_deploys(var))


def _switches(var: Path) -> Iterator[Beside]:
    for path in sorted((var / "switches" / "state").glob("*.json")):
        try:
            seen = read(path, _Seen)
        except RecordError:
            continue
        unsaved = int(bool(seen.startup_differs))
        state = "corrective" if unsaved and seen.drift == "in_sync" else seen.drift
        yield Beside(
            seen.switch, state, seen.looked_at, len(seen.differences) + unsaved, seen.differences[:NAMED]
        )


def _deploys(var: Path) -> list[Beside]:
    try:
        return read(var / "records_drift.json", list[Beside])
    except RecordError:
        return []
