"""Fixes what was seen of an estate at one moment, and what is said of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

Light = Literal["red", "unknown", "yellow", "green", "none"]
"""Worst first. `none` counts for nothing: a planned service, a thing this estate does not have."""
ORDER: tuple[Light, ...] = ("red", "unknown", "yellow", "green", "none")
Source = Literal["prometheus", "alertmanager", "records", "declared"]


def worst(lights: Sequence[Light]) -> Light:
    """Gives the worst of some lights; of none at all nothing is known."""
    return min(lights, key=ORDER.index, default="unknown")


@dataclass(frozen=True)
class Fact:
    """Is one thing known, or not known, of a row: what (a key of wording.py), its values, and from when it is."""

    what: str
    light: Light
    source: Source
    at: datetime | None = None
    values: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Row:
    """Is a service, or a side of the estate, with the worst of its facts as its light."""

    id: str
    name: str
    light: Light
    facts: tuple[Fact, ...]

    @classmethod
    def of(cls, id: str, name: str, facts: Sequence[Fact]) -> Row:
        """Puts facts together, the worst first."""
        lights: list[Light] = [fact.light for fact in facts]
        ordered = sorted(facts, key=lambda fact: ORDER.index(fact.light))
        return cls(id, name, worst(lights), tuple(ordered))


@dataclass(frozen=True)
class Status:
    """Is what is said of an environment at a time; `unasked` says why measurements are missing, when they are.

    `refused` says what is wrong with what is declared, when something is.
    """

    environment: str
    at: datetime
    unasked: str
    services: tuple[Row, ...]
    estate: tuple[Row, ...]
    refused: str = ""

    @property
    def light(self) -> Light:
        """Gives the worst light of all rows."""
        return worst([row.light for row in (*self.services, *self.estate)])


@dataclass(frozen=True)
class Alert:
    """Is an alert that Prometheus holds; `firing` is told to people, one that is not yet has not lasted long enough."""

    name: str
    firing: bool
    severity: str
    labels: Mapping[str, str]
    summary: str
    since: datetime | None


@dataclass(frozen=True)
class Rule:
    """Is an alert rule as Prometheus knows it: whether it could be evaluated, and when it last was."""

    healthy: bool
    evaluated: datetime | None


@dataclass(frozen=True)
class Beat:
    """Is the alert that always fires as Alertmanager holds it: whether people are told of it, and when it last came."""

    active: bool
    at: datetime | None


@dataclass(frozen=True)
class Unanswered:
    """Stands in the place of an answer that did not come, or that cannot be understood, and says why."""

    why: str


@dataclass(frozen=True)
class Sample:
    """Is the newest value of one series and when it was asked for."""

    labels: Mapping[str, str]
    value: float
    at: datetime


@dataclass(frozen=True)
class Measured:
    """Is what the monitoring server told; `held_back` counts alerts that Alertmanager keeps silent, None: no answer."""

    rules: Mapping[str, Rule]
    alerts: tuple[Alert, ...]
    samples: Mapping[str, tuple[Sample, ...]]
    held_back: int | None = None


@dataclass(frozen=True)
class Noted:
    """Is one record of another program, as far as a status needs it: its word for how it stands, and when that was."""

    name: str
    word: str
    at: datetime | None
    detail: str = ""


@dataclass(frozen=True)
class Recorded:
    """Is what lies below var/<environment>; a subject that nobody recorded is empty, a damaged file is in `unread`.

    The word of a drill is where it stands (estate.drill.timing), its time and detail when and how its newest try ended.
    """

    runs: tuple[Noted, ...] = ()
    drills: tuple[Noted, ...] = ()
    envelopes: tuple[Noted, ...] = ()
    switches: tuple[Noted, ...] = ()
    drift: tuple[Noted, ...] = ()
    pipeline: Noted | None = None
    lock: Noted | None = None
    unread: tuple[str, ...] = ()
