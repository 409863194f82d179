"""Follows desks to ports: what the port of an outlet is, and which ports change with edits of records; pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date

from estate.declared import Estate
from estate.declared.networks import Vlan
from estate.declared.people import Person
from estate.declared.port_vlans import PortUse, Wiring
from estate.people.changes import Edit

BRING = "./scripts/estate plan --limit {} --out plan.json, then ./scripts/estate apply plan.json"
"""The commands that bring ports to their switches."""


@dataclass(frozen=True)
class Port:
    """What one port is: VLANs as `BRM08 (108)`, `voice` None without one; `closed` when it is shut down."""

    data: str
    voice: str | None
    closed: bool

    def __str__(self) -> str:
        """Gives it in words."""
        closed = ", shut down" if self.closed else ""
        return f"data {self.data}, voice {self.voice or 'none'}{closed}"


@dataclass(frozen=True)
class PortChange:
    """The port of an outlet before edits and after."""

    outlet: str
    switch: str
    port: str
    before: Port
    after: Port

    def __str__(self) -> str:
        """Gives it in a line."""
        return f"{self.switch} port {self.port} ({self.outlet}): {self.before} -> {self.after}"


@dataclass(frozen=True)
class Seat:
    """The desk of a person, and what its port is."""

    outlet: str
    switch: str
    port: str
    network: Port

    def __str__(self) -> str:
        """Gives it in a line."""
        return f"{self.outlet}: {self.switch} port {self.port}, {self.network}"


def seat(estate: Estate, person: Person, today: date) -> Seat | None:
    """Gives the desk of a person, None for who has none, or has left."""
    if person.outlet is None or person.has_left(today):
        return None
    found = _uses(estate, {person.outlet}, today).get(person.outlet)
    return None if found is None else Seat(person.outlet, found[0], found[1].port, _port(found[1]))


def changed(estate: Estate, edits: Sequence[Edit], today: date) -> tuple[PortChange, ...]:
    """Gives the ports that the intended configuration has otherwise after edits that were judged, by outlet."""
    outlets = {
        person.outlet for edit in edits for person in (edit.before, edit.after) if person and person.outlet
    }
    people = {person.personnel_number: person for person in estate.people}
    people |= {edit.number: edit.after for edit in edits}
    before = _uses(estate, outlets, today)
    after = _uses(replace(estate, people=tuple(people.values())), outlets, today)
    return tuple(
        PortChange(outlet, switch, use.port, _port(use), _port(after[outlet][1]))
        for outlet, (switch, use) in sorted(before.items())
        if outlet in after and use != after[outlet][1]
    )


def told(edits: Iterable[Edit], ports: Sequence[PortChange]) -> list[str]:
    """Tells the ports that change, the outlets whose port stays as it is, and the command that brings the change."""
    lines = [str(each) for each in ports]
    moved = [edit for edit in edits if edit.before is None or edit.before.outlet != edit.after.outlet]
    named = {one.outlet for edit in moved for one in (edit.before, edit.after) if one and one.outlet}
    lines += [f"{outlet}: its port stays as it is" for outlet in sorted(named - {p.outlet for p in ports})]
    return lines + ([f"then the ports: {bring(ports)}"] if ports else [])


def bring(ports: Iterable[PortChange]) -> str:
    """Gives the commands that bring ports to their switches, and touch no other switch."""
    return BRING.format(",".join(sorted({port.switch for port in ports})))


def _uses(estate: Estate, outlets: set[str], today: date) -> Mapping[str, tuple[str, PortUse]]:
    """Gives switch and use of the ports of outlets, by outlet."""
    wiring, declared = Wiring(estate, today), estate.switches
    names = {each.switch for each in declared.outlets if each.name in outlets}
    switches = [each for each in declared.switches if each.name in names]
    found = ((switch.name, use) for switch in switches for use in wiring.uses(switch))
    return {use.outlet: (name, use) for name, use in found if use.outlet in outlets}


def _port(use: PortUse) -> Port:
    voice = None if use.voice is None else _vlan(use.voice)
    return Port(_vlan(use.untagged), voice, use.profile.shutdown)


def _vlan(vlan: Vlan) -> str:
    return f"{vlan.name} ({vlan.id})"
