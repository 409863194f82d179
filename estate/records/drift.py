"""Fixes the shape of `drift.json`: what the last look at all receipts found, host by host, and what proved it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from estate.records.shapes import STRICT

State = Literal["in_sync", "pending", "corrective", "unverifiable", "unreachable"]
STATES: tuple[State, ...] = ("in_sync", "pending", "corrective", "unverifiable", "unreachable")


@dataclass(frozen=True)
class Difference:
    """States one broken promise in words; of the content of a file nothing but that it differs."""

    kind: str
    key: str
    expected: str
    found: str

    __pydantic_config__ = STRICT


@dataclass(frozen=True)
class HostDrift:
    """States how one host stood to its receipt at `looked_at`, and `since` which look.

    `in_sync`: everything promised holds, and what makes the host is as it was. `pending`: it holds, but `moved` names
    inputs that changed since. `corrective`: `differences`, or a receipt that is not the estate's (`moved` may be
    told too). `unverifiable`: no receipt, or one that promises nothing. `unreachable`: no answer, `why` says more.
    `promised` counts promises, `broken` those that do not hold, `tasks` names the tasks that no receipt can hold.
    `notes` are what moved and may: packages that were updated.
    """

    host: str
    state: State
    since: datetime
    looked_at: datetime
    receipt_at: datetime | None
    run: str
    revision: str
    promised: int
    broken: int
    unverifiable: int
    tasks: tuple[str, ...] = ()
    differences: tuple[Difference, ...] = ()
    moved: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    why: str = ""

    __pydantic_config__ = STRICT


@dataclass(frozen=True)
class Beside:
    """States what another look keeps: a switch (`estate switch state`) or records of a deploy (the newest plan of it).

    `changes` says how many changes the plan would make, `names` which. `wanted` is a digest of what was wanted at the
    look, `held` of what was wanted when the records last held it: as long as both are the same, the world moved. Before
    they were seen in sync nobody can tell who moved: `differs`. `since` is the first look that saw the state.
    """

    name: str
    state: Literal["in_sync", "pending", "corrective", "unverifiable", "differs"]
    looked_at: datetime
    changes: int
    names: tuple[str, ...] = ()
    since: datetime | None = None
    wanted: str = ""
    held: str = ""

    __pydantic_config__ = STRICT


@dataclass(frozen=True)
class Proof:
    """States that a full check mode stood beside a look: `run` is that plan, `hosts` those the look called in sync.

    `contradicted` names the changes, as `host subject: key`, that the check found on these hosts.
    """

    at: datetime
    run: str
    hosts: tuple[str, ...]
    contradicted: tuple[str, ...]

    __pydantic_config__ = STRICT


@dataclass(frozen=True)
class Drift:
    """States the newest look: when, how long it took, every host of the limit; what was looked at before is kept.

    `during` names the run that held the lock meanwhile: hosts may have been between two states.
    """

    environment: str
    at: datetime
    seconds: float
    hosts: tuple[HostDrift, ...]
    beside: tuple[Beside, ...]
    during: str
    proof: Proof | None

    __pydantic_config__ = STRICT
