"""Checks that every VLAN a switch uses reaches it: from a router of the site, over links that let it pass."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

from estate.declared.checks.checking import Parts, Sayer, needing
from estate.declared.mistakes import Place
from estate.declared.port_vlans import Wiring
from estate.declared.switches import Switch, Switches


@needing("switches", "networks", "people", "organisation")
def vlans_are_carried(parts: Parts, say: Sayer, today: date) -> None:
    """Refuses a VLAN that somebody uses on a switch and that no link brings there; the quarantine may lead nowhere."""
    wiring, declared = Wiring(parts, today), parts.switches
    outlets = {outlet.name: i for i, outlet in enumerate(declared.outlets)}
    for i, switch in enumerate(declared.switches):
        reaching = _reaching(declared, switch)
        for name, outlet in _used(wiring, switch).items():
            if name in reaching:
                continue
            why = f"outlet {outlet}" if outlet else "its own address"
            place: Place = ("outlets", outlets[outlet]) if outlet else ("switches", i, "links")
            wrong = f"{name} ({why}) is not carried to {switch.name}"
            say("switches", place, wrong, f"add {name} to vlans of {_way(declared, switch)}")


def _used(wiring: Wiring, switch: Switch) -> Mapping[str, str | None]:
    """Gives the VLANs that live ports of a switch use, each with its first outlet, None for the management."""
    found: dict[str, str | None] = {wiring.switches.management_vlan: None}
    for use in wiring.uses(switch):
        if use.outlet is not None and not use.profile.shutdown:
            for vlan in use.allowed:
                found.setdefault(vlan.name, use.outlet)
    quarantine = wiring.quarantine(switch)
    if quarantine is not None:
        found.pop(quarantine.name, None)
    return {name: outlet for name, outlet in found.items() if name in wiring.vlans}


def _reaching(declared: Switches, switch: Switch) -> frozenset[str]:
    """Gives the names of the VLANs that reach a switch from a router."""
    names = {name for link in switch.links for name in link.vlans}
    return frozenset(name for name in names if _comes(declared, switch, name))


def _comes(declared: Switches, switch: Switch, vlan: str) -> bool:
    seen, ahead = {switch.name}, [switch]
    while ahead:
        for link in ahead.pop().links:
            name, port = link.far
            if vlan not in link.vlans:
                continue
            if port is None:
                return True
            peer = declared.switch(name)
            if peer is not None and name not in seen:
                seen.add(name)
                ahead.append(peer)
    return False


def _way(declared: Switches, switch: Switch) -> str:
    """Names the links from a switch to a router, the shortest way; what is missing may be missing on any of them."""
    seen = {switch.name}
    ahead: list[tuple[Switch, tuple[str, ...]]] = [(switch, (switch.name,))]
    while ahead:
        here, passed = ahead.pop(0)
        for link in here.links:
            name, port = link.far
            peer = declared.switch(name)
            if port is None:
                return f"the links {' - '.join((*passed, name))}"
            if peer is not None and name not in seen:
                seen.add(name)
                ahead.append((peer, (*passed, name)))
    return f"its links, and link {switch.name} to a router"
