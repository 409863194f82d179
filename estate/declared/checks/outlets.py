"""Checks that every outlet is one port of one switch, and that who and what hangs on it may hang together."""

from __future__ import annotations

from datetime import date

from estate.declared import desks
from estate.declared.checks.checking import Parts, Sayer, needing
from estate.declared.mistakes import Place
from estate.declared.port_vlans import Wiring
from estate.declared.switches import Outlet, Profile, Switch


@needing("switches")
def ports_are_used_once(parts: Parts, say: Sayer, today: date) -> None:
    """Refuses an outlet, a device or an address that stands twice, a port outside the model, two things on one port."""
    declared = parts.switches
    rows = list(enumerate(declared.outlets))
    say.twice("switches", [(("outlets", i, "name"), row.name) for i, row in rows], "outlet")
    say.twice("switches", [(("outlets", i, "device"), row.device) for i, row in rows], "device")
    say.twice("switches", [(("outlets", i, "mac"), row.mac) for i, row in rows], "hardware address")
    used: list[tuple[Place, object]] = []
    for i, switch in enumerate(declared.switches):
        at: Place = ("switches", i)
        ends = [((*at, "links", j, "port"), link.port) for j, link in enumerate(switch.links)]
        ends += [((*at, "by_hand", j), port) for j, port in enumerate(switch.by_hand)]
        for place, spelling in ends:
            used.append((place, _port(parts, switch, spelling, place, say)))
    for i, outlet in rows:
        if outlet.mac is not None and outlet.device is None:
            wrong = f"{outlet.mac} is the address of no device"
            say("switches", ("outlets", i, "mac"), wrong, "name the device it belongs to")
        at = ("outlets", i, "port")
        wanted = declared.switch(outlet.switch)
        if wanted is None:
            known = [each.name for each in declared.switches]
            say.unknown("switches", ("outlets", i, "switch"), outlet.switch, "switch", known)
        else:
            used.append((at, _port(parts, wanted, outlet.port, at, say)))
            if not outlet.name.startswith(f"{wanted.site}-"):
                wrong = f"{wanted.name} stands at {wanted.site}"
                right = "begin the name with the site of the switch, or name a switch of that site"
                say("switches", ("outlets", i, "name"), wrong, right)
    say.twice("switches", used, "port")


@needing("switches", "networks", "people", "organisation")
def outlets_are_understood(parts: Parts, say: Sayer, today: date) -> None:
    """Refuses a profile that is not declared or needs something else, and a machine where it does not stand."""
    wiring, names = Wiring(parts, today), [each.name for each in parts.switches.profiles]
    for i, outlet in enumerate(parts.switches.outlets):
        profile = parts.switches.profile(outlet.profile)
        if profile is None:
            say.unknown("switches", ("outlets", i, "profile"), outlet.profile, "profile", names)
        else:
            _profile_fits(wiring, outlet, profile, ("outlets", i), say)
        switch, host = parts.switches.switch(outlet.switch), parts.networks.hosts.get(outlet.device or "")
        if switch is not None and host is not None and host.site != switch.site:
            where = host.site or "the outside network"
            wrong = f"{outlet.device} stands at {where}, {switch.name} at {switch.site}"
            say("switches", ("outlets", i, "device"), wrong, "mend one of the two")


@needing("switches", "networks", "people", "organisation")
def people_sit_at_outlets(parts: Parts, say: Sayer, today: date) -> None:
    """Refuses a person at an unknown outlet, at another site, without a network, or at a desk that is taken."""
    wiring = Wiring(parts, today)
    known = {outlet.name: outlet for outlet in parts.switches.outlets}
    for i, person in enumerate(parts.people):
        outlet = known.get(person.outlet or "")
        if person.outlet is None or person.has_left(today):
            continue
        place = (i, "outlet")
        if outlet is None:
            say.unknown("people", place, person.outlet, "outlet of estate_switches", known)
            continue
        first = wiring.people_at(outlet.name)[0]
        others = () if first is person else (first,)
        for wrong, right in desks.faults(parts.switches, outlet, person, others):
            say("people", place, wrong, right)


def _port(parts: Parts, switch: Switch, spelling: str, place: Place, say: Sayer) -> str | None:
    """Gives switch and port as one text, the same for every spelling, or None after refusing a port that is none."""
    if parts.switches.model_of(switch) is None:
        return None
    found = parts.switches.port(switch, spelling)
    if found is None:
        ports = parts.switches.ports(switch)
        right = f"write one of {ports[0]} to {ports[-1]}"
        say("switches", place, f"{spelling} is no port of {switch.name} ({switch.model})", right)
        return None
    return f"{found} of {switch.name}"


def _profile_fits(wiring: Wiring, outlet: Outlet, profile: Profile, place: Place, say: Sayer) -> None:
    people, where = wiring.people_at(outlet.name), (*place, "profile")
    if profile.data_vlan == "link":
        say("switches", where, f"{profile.name} is for links", "declare a link of the switch instead")
    elif profile.data_vlan == "host" and (outlet.device is None or wiring.host_vlan(outlet.device) is None):
        wrong = f"{profile.name} takes its VLAN from the address plan, and {outlet.device or 'nothing'} is not in it"
        say(
            "switches",
            (*place, "device") if outlet.device else where,
            wrong,
            "name a host of estate_networks",
        )
    elif profile.data_vlan == "unit" and outlet.device is not None and profile.voice_vlan is None:
        wrong = f"{profile.name} is for people, and {outlet.device} is a device"
        say("switches", where, wrong, "remove the device, or take a profile with a VLAN of its own")
    elif people and outlet.device is not None and profile.voice_vlan is None:
        wrong = f"{outlet.device} hangs on {outlet.name}, and {people[0].display_name} names it as well"
        say("switches", (*place, "device"), wrong, "give one of the two another outlet")
