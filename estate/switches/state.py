"""Fixes what is kept of a switch between two looks: what was seen, and what it was last seen to run as intended."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from pydantic import ConfigDict

from estate.switches.shown import PortShown

Kind = Literal["in_sync", "pending", "corrective", "unverifiable"]
KINDS: Mapping[Kind, str] = {
    "in_sync": "it runs what is declared",
    "pending": "what is declared moved and was not pushed yet",
    "corrective": "the switch moved: somebody changed it by hand",
    "unverifiable": "nobody can tell",
}
"""The four kinds of drift, in the words of the house."""
_STRICT = ConfigDict(extra="forbid", strict=True)


@dataclass(frozen=True)
class Settled:
    """Is the intended configuration that a switch was last proven to run, and what of it was ours then.

    Places of secrets are kept as `<vault:KEY>`. Against it is told who moved: the declared, or the switch.
    """

    switch: str
    at: datetime
    text: str
    interfaces: tuple[str, ...]
    vlans: tuple[int, ...]
    lines: tuple[str, ...]

    __pydantic_config__ = _STRICT


@dataclass(frozen=True)
class Misplaced:
    """Is the address of a declared device that was seen at a port where it is not declared."""

    device: str
    mac: str
    vlan: int
    seen: str
    declared: str

    __pydantic_config__ = _STRICT

    def __str__(self) -> str:
        """Says it on one line."""
        return f"{self.device} ({self.mac}): seen at {self.seen} in VLAN {self.vlan}, declared at {self.declared}"


@dataclass(frozen=True)
class Drift:
    """Is how a switch stands to what is declared; `differences` are the lines that would mend it, without secrets."""

    kind: Kind
    why: str
    differences: tuple[str, ...] = ()


@dataclass(frozen=True)
class SwitchState:
    """Is what one look found; `failure` says why the switch gave no answer, then all it would have told is empty.

    `last_contact` is when it last answered, None: never. `drift_since` is the first look that found this kind.
    `startup_differs`: it would start from something else than it runs.
    """

    switch: str
    looked_at: datetime
    last_contact: datetime | None
    failure: str | None
    drift: Kind
    drift_since: datetime
    why: str
    differences: tuple[str, ...] = ()
    startup_differs: bool | None = None
    ports: tuple[PortShown, ...] = ()
    misplaced: tuple[Misplaced, ...] = ()

    __pydantic_config__ = _STRICT


def state_of(
    switch: str,
    now: datetime,
    old: SwitchState | None,
    drift: Drift,
    *,
    failure: str | None = None,
    startup_differs: bool | None = None,
    ports: tuple[PortShown, ...] = (),
    misplaced: tuple[Misplaced, ...] = (),
) -> SwitchState:
    """Gives what is kept after a look; a switch that failed keeps its last contact, a kind that stays its beginning."""
    contact = (old.last_contact if old else None) if failure else now
    since = old.drift_since if old and old.drift == drift.kind else now
    return SwitchState(
        switch=switch,
        looked_at=now,
        last_contact=contact,
        failure=failure,
        drift=drift.kind,
        drift_since=since,
        why=drift.why,
        differences=drift.differences,
        startup_differs=startup_differs,
        ports=ports,
        misplaced=misplaced,
    )
