"""Reads from the evidence which drills were begun, when and how they ended; rehearsals lie elsewhere."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from functools import partial
from pathlib import Path
from zoneinfo import ZoneInfo

from pydantic import AwareDatetime, BaseModel, ConfigDict

from estate.declared import Estate
from estate.declared.drills import Drill
from estate.drill.timing import Attempt, Standing, standing
from estate.records import read
from estate.records.damaged import Damaged
from estate.records.shapes import STRICT

BEGUN = "begun.json"


@dataclass(frozen=True)
class Begun:
    """Names a drill and when it began; stands in its folder before its first step, whatever becomes of the rest."""

    scenario: str
    started: datetime

    __pydantic_config__ = STRICT


class _Recorded(BaseModel):
    """The part of an evidence record that tells when a drill was held; further keys are for other readers."""

    model_config = ConfigDict(extra="ignore", frozen=True)
    scenario: str
    started: AwareDatetime
    ended: AwareDatetime
    result: str


def attempts(evidence: Path, damaged: Damaged | None = None) -> dict[str, list[Attempt]]:
    """Gives the attempts of every drill, oldest first, from a store of evidence.

    One that has begun and left no record, or not yet, is an `error` of no length. So is one whose record cannot be read
    when `damaged` gathers these; if nothing else names its drill, it is left out. Neither counts as held.

    Raises:
        RecordError: a record cannot be read; then nothing can be said about what is overdue.
    """
    found: dict[str, list[Attempt]] = {}
    names = ("record.json", BEGUN)
    for folder in sorted({path.parent for name in names for path in evidence.glob(f"*/{name}")}):
        told: tuple[str, Attempt] | None = None
        for read_one, name in zip((_ended, _begun), names, strict=True):
            if told is None and (folder / name).exists():
                told = (
                    damaged.unless("evidence", partial(read_one, folder))
                    if damaged is not None
                    else read_one(folder)
                )
        if told:
            found.setdefault(told[0], []).append(told[1])
    return found


def _ended(folder: Path) -> tuple[str, Attempt]:
    each = read(folder / "record.json", _Recorded)
    return each.scenario, Attempt(folder.name, each.started, each.ended, each.result)


def _begun(folder: Path) -> tuple[str, Attempt]:
    begun = read(folder / BEGUN, Begun)
    return begun.scenario, Attempt(folder.name, begun.started, begun.started, "error")


def standings(
    estate: Estate, evidence: Path, now: datetime, damaged: Damaged | None = None
) -> list[tuple[Drill, list[Attempt], Standing]]:
    """Gives every declared drill with its attempts and where it stands, on the municipality's clock."""
    zone, found = ZoneInfo(estate.organisation.time_zone), attempts(evidence, damaged)
    rows = [(drill, found.get(drill.id, [])) for drill in estate.drills]
    return [(drill, tries, standing(drill, tries, now, zone)) for drill, tries in rows]
