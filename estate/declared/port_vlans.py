"""Follows every port of a switch to its VLANs: from the outlet to who or what hangs on it, and to the address plan.

What is not declared leads to no port here; the checks name it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

from estate.declared.networks import Vlan
from estate.declared.people import Person
from estate.declared.switches import Link, Outlet, Profile, Switch

if TYPE_CHECKING:
    from estate.declared.checks.checking import Parts

FROM_ELSEWHERE = ("unit", "host", "quarantine", "link")
"""What a profile may write instead of the name of a VLAN."""


@dataclass(frozen=True)
class PortUse:
    """What one port is: `untagged` is its VLAN, `allowed` all that pass, sorted; `label` is ASCII."""

    port: str
    profile: Profile
    untagged: Vlan
    allowed: tuple[Vlan, ...]
    voice: Vlan | None
    trunk: bool
    label: str
    outlet: str | None = None

    @property
    def tagged(self) -> tuple[Vlan, ...]:
        """Gives the VLANs that pass with a tag, the voice VLAN among them."""
        return tuple(vlan for vlan in self.allowed if vlan != self.untagged)

    @property
    def vlans(self) -> tuple[Vlan, ...]:
        """Gives every VLAN the port names, sorted."""
        return _sorted({self.untagged, *self.allowed})


class Wiring:
    """Knows for one day which port has which VLANs; people whose access is closed hang nowhere any more."""

    def __init__(self, parts: Parts, today: date) -> None:
        """Looks at the switches, networks, people and directorates of `parts`."""
        self.switches = parts.switches
        self.networks = parts.networks
        self.vlans = {vlan.name: vlan for vlan in parts.networks.vlans}
        self._by_id = {vlan.id: vlan for vlan in parts.networks.vlans}
        self._units = {row.slug: row.vlan for row in parts.organisation.directorates}
        self._people: dict[str, list[Person]] = {}
        for person in parts.people:
            if person.outlet is not None and not person.has_left(today):
                self._people.setdefault(person.outlet, []).append(person)
        self._last: tuple[Switch, tuple[PortUse, ...]] | None = None
        self._outlets: dict[str, list[Outlet]] = {}
        for outlet in parts.switches.outlets:
            self._outlets.setdefault(outlet.switch, []).append(outlet)

    def people_at(self, outlet: str) -> tuple[Person, ...]:
        """Gives the people who name an outlet and still work here."""
        return tuple(self._people.get(outlet, ()))

    def unit_vlan(self, person: Person) -> Vlan | None:
        """Gives the VLAN of a person's directorate, None for people without one."""
        return self._by_id.get(self._units.get(person.unit or "", 0))

    def host_vlan(self, device: str) -> Vlan | None:
        """Gives the VLAN of a machine of the address plan, None when it has none."""
        host = self.networks.controller if device == "controller" else self.networks.hosts.get(device)
        return self._by_id.get(host.vlan) if host is not None and host.vlan is not None else None

    def quarantine(self, switch: Switch) -> Vlan | None:
        """Gives the VLAN of whatever has no right to be anywhere else."""
        return self.vlans.get(switch.quarantine_vlan or self.switches.quarantine_vlan)

    def uses(self, switch: Switch) -> tuple[PortUse, ...]:
        """Gives every port of a switch that is generated, each once, in the order of its model.

        The last answer is kept: whoever asks for a switch asks several times.
        """
        if self._last is None or self._last[0] is not switch:
            self._last = (switch, self._uses(switch))
        return self._last[1]

    def _uses(self, switch: Switch) -> tuple[PortUse, ...]:
        declared = self.switches
        links = {declared.port(switch, link.port): link for link in switch.links}
        outlets = {
            declared.port(switch, outlet.port): outlet for outlet in self._outlets.get(switch.name, ())
        }
        left = {declared.port(switch, port) for port in switch.by_hand}
        found = []
        for port in declared.ports(switch):
            if port in left:
                continue
            link, outlet = links.get(port), outlets.get(port)
            use = self._link(port, link) if link else self._outlet(switch, port, outlet)
            found.append(use)
        return tuple(use for use in found if use is not None)

    def needed(self, switch: Switch) -> tuple[Vlan, ...]:
        """Gives the VLANs a switch has to know, sorted: those of its ports and that of its management."""
        found = {vlan for use in self.uses(switch) for vlan in use.vlans}
        management = self.vlans.get(self.switches.management_vlan)
        return _sorted(found | ({management} if management else set()))

    def _link(self, port: str, link: Link) -> PortUse | None:
        profile, native = (
            self.switches.profile(self.switches.uplink_profile),
            self.vlans.get(link.native_vlan),
        )
        if profile is None or native is None:
            return None
        allowed = _sorted({self.vlans[name] for name in link.vlans if name in self.vlans})
        name, spelling = link.far
        peer = self.switches.switch(name)
        far = self.switches.port(peer, spelling) if peer and spelling else spelling
        return PortUse(port, profile, native, allowed, None, True, _label("link", name, far or ""))

    def _outlet(self, switch: Switch, port: str, outlet: Outlet | None) -> PortUse | None:
        people = self.people_at(outlet.name) if outlet else ()
        if outlet is None or not (people or outlet.device):
            return self._unused(switch, port, outlet)
        profile = self.switches.profile(outlet.profile)
        data = self._data(switch, profile, outlet, people) if profile else None
        if profile is None or data is None:
            return None
        voice = self.vlans.get(profile.voice_vlan) if profile.voice_vlan else None
        named = {self.vlans[name] for name in profile.tagged_vlans if name in self.vlans}
        allowed = _sorted({data, *named} | ({voice} if voice else set()))
        label = _label(outlet.name, profile.name, (people and people[0].unit) or outlet.device or "")
        trunk = bool(profile.tagged_vlans)
        return PortUse(port, profile, data, allowed, voice, trunk, label, outlet.name)

    def _unused(self, switch: Switch, port: str, outlet: Outlet | None) -> PortUse | None:
        profile, vlan = self.switches.profile(self.switches.unused_profile), self.quarantine(switch)
        if profile is None or vlan is None:
            return None
        label = _label(outlet.name, profile.name) if outlet else profile.name
        name = outlet.name if outlet else None
        return PortUse(port, profile, vlan, (vlan,), None, False, label, name)

    def _data(
        self, switch: Switch, profile: Profile, outlet: Outlet, people: tuple[Person, ...]
    ) -> Vlan | None:
        match profile.data_vlan:
            case "unit":
                return self.unit_vlan(people[0]) if people else self.quarantine(switch)
            case "host":
                return self.host_vlan(outlet.device) if outlet.device else None
            case "quarantine":
                return self.quarantine(switch)
            case name:
                return self.vlans.get(name)


def _sorted(vlans: set[Vlan]) -> tuple[Vlan, ...]:
    return tuple(sorted(vlans, key=lambda vlan: vlan.id))


def _label(*words: str) -> str:
    """Gives a text that every switch takes: the words are ASCII by their shape, and 60 characters fit everywhere."""
    return " ".join(word for word in words if word)[:60].rstrip()
