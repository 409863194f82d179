"""Checks that switches are known makes, are reached by addresses of their site, and link both ways."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date

from estate.declared.checks.checking import Parts, Sayer, needing
from estate.declared.mistakes import Place
from estate.declared.port_vlans import FROM_ELSEWHERE
from estate.declared.ports import names_of
from estate.declared.switches import Link, Switch, Switches
from estate.declared.turkish import ascii_of

LONGEST_VLAN_NAME = 32


@needing("switches")
def switches_are_unique(parts: Parts, say: Sayer, today: date) -> None:
    """Refuses models, profiles and switches of one name."""
    for key in ("models", "profiles", "switches"):
        rows = enumerate(getattr(parts.switches, key))
        say.twice("switches", [((key, i, "name"), row.name) for i, row in rows], f"name in {key}")


@needing("switches", "sites")
def switches_are_known_makes(parts: Parts, say: Sayer, today: date) -> None:
    """Refuses a switch of an unknown model or site, a stack that is too high, a profile that is not declared."""
    declared = parts.switches
    profiles = [each.name for each in declared.profiles]
    for key, source in (("unused_profile", "quarantine"), ("uplink_profile", "link")):
        profile = declared.profile(getattr(declared, key))
        if profile is None:
            say.unknown("switches", (key,), getattr(declared, key), "profile", profiles)
        elif profile.data_vlan != source:
            wrong = f"{profile.name} takes its VLAN from {profile.data_vlan}"
            say("switches", (key,), wrong, f"name a profile with data_vlan: {source}")
    for i, each in enumerate(declared.models):
        ports = names_of(each.ports, each.max_members)
        if strange := [name for name in names_of(each.uplink_ports, each.max_members) if name not in ports]:
            wrong = f"{strange[0]} is no port of {each.name}"
            say("switches", ("models", i, "uplink_ports"), wrong, "write ports that stand under ports")
    for i, switch in enumerate(declared.switches):
        model = declared.model_of(switch)
        if model is None:
            known = [each.name for each in declared.models]
            say.unknown("switches", ("switches", i, "model"), switch.model, "model", known)
        elif switch.members > model.max_members:
            wrong = f"{switch.members} members, a stack of {model.name} has at most {model.max_members}"
            say("switches", ("switches", i, "members"), wrong, "split the stack, or mend the model")
        if switch.site not in (codes := [site.code for site in parts.sites]):
            say.unknown("switches", ("switches", i, "site"), switch.site, "site", codes)


@needing("switches", "networks")
def switch_vlans_are_known(parts: Parts, say: Sayer, today: date) -> None:
    """Refuses VLANs that are not declared, and names of VLANs that a switch does not take."""
    names = {vlan.name: i for i, vlan in enumerate(parts.networks.vlans)}
    for place, name in _named_vlans(parts.switches):
        if name not in names:
            say.unknown("switches", place, name, "VLAN", names)
    for name, i in names.items():
        if len(name) > LONGEST_VLAN_NAME or name != ascii_of(name).replace(" ", ""):
            right = f"write {LONGEST_VLAN_NAME} ASCII characters or fewer, without blanks"
            if len(name) <= LONGEST_VLAN_NAME:
                right = f"write {ascii_of(name).replace(' ', '_')}"
            say("networks", ("vlans", i, "name"), f"no switch takes the name {name}", right)


@needing("switches", "networks")
def switches_are_reached(parts: Parts, say: Sayer, today: date) -> None:
    """Refuses a management address outside the management network of the site, the gateway's, or somebody else's."""
    declared, networks = parts.switches, parts.networks
    ids = {vlan.name: vlan.id for vlan in networks.vlans}
    taken = {
        host.address: name for name, host in (*networks.hosts.items(), ("controller", networks.controller))
    }
    places: list[tuple[Place, object]] = []
    for i, switch in enumerate(declared.switches):
        place = ("switches", i, "address")
        places.append((place, str(switch.address)))
        where = (switch.site, ids.get(declared.management_vlan))
        net = next((each for each in networks.subnets if (each.site, each.vlan) == where), None)
        if net is None:
            wrong = f"{switch.site} has no subnet in {declared.management_vlan}"
            say("switches", place, wrong, "declare it under estate_networks.subnets")
        elif switch.address not in net.subnet:
            right = f"take an address of {net.subnet}"
            say("switches", place, f"{switch.address} is not in {net.subnet}", right)
        elif switch.address == net.gateway:
            say("switches", place, f"{switch.address} is the gateway's", "take another address")
        elif switch.address in taken:
            wrong = f"{switch.address} belongs to {taken[switch.address]}"
            say("switches", place, wrong, "take another address")
        if switch.name in networks.hosts:
            say("switches", ("switches", i, "name"), f"{switch.name} is a host as well", "rename one")
    say.twice("switches", places, "address")


@needing("switches", "networks")
def switches_are_told_known_hosts(parts: Parts, say: Sayer, today: date) -> None:
    """Refuses a clock that is no host, and a log host whose address is nowhere or somebody else's."""
    base, networks = parts.switches.base, parts.networks
    for i, name in enumerate(base.ntp_hosts):
        if name not in networks.hosts:
            say.unknown("switches", ("base", "ntp_hosts", i), name, "host of estate_networks", networks.hosts)
    place, log = ("base", "log_host", "address"), base.log_host
    others = {host.address: name for name, host in networks.hosts.items() if name != log.name}
    declared = networks.hosts.get(log.name)
    if declared is not None and declared.address != log.address:
        right = "write the same address in both"
        say("switches", place, f"found {log.address}, estate_networks has {declared.address}", right)
    elif log.address in others:
        say("switches", place, f"{log.address} belongs to {others[log.address]}", "take another address")
    elif not any(log.address in net.subnet for net in networks.subnets):
        say("switches", place, f"{log.address} is in no declared subnet", "take an address of one")


@needing("switches", "networks")
def probes_ask_known_hosts(parts: Parts, say: Sayer, today: date) -> None:
    """Refuses a probe from or to a machine that is not declared."""
    hosts = parts.networks.hosts
    for i, probe in enumerate(parts.switches.probes):
        if probe.source != "controller" and probe.source not in hosts:
            known = ("controller", *hosts)
            say.unknown("switches", ("probes", i, "source"), probe.source, "host of estate_networks", known)
        if probe.target not in hosts:
            say.unknown("switches", ("probes", i, "target"), probe.target, "host of estate_networks", hosts)


@needing("switches")
def links_agree(parts: Parts, say: Sayer, today: date) -> None:
    """Refuses a link whose other end is not there, or says something else about the VLANs."""
    declared = parts.switches
    for i, switch in enumerate(declared.switches):
        for j, link in enumerate(switch.links):
            place = ("switches", i, "links", j)
            port, (name, spelling) = declared.port(switch, link.port), link.far
            if declared.model_of(switch) is not None and port not in declared.uplink_ports(switch):
                right = (
                    f"write one of {', '.join(declared.uplink_ports(switch)) or 'none: it has no uplinks'}"
                )
                say("switches", (*place, "port"), f"{link.port} is no uplink port of {switch.name}", right)
            peer = declared.switch(name)
            if spelling is not None:
                if peer is None:
                    known = [each.name for each in declared.switches]
                    say.unknown("switches", (*place, "to"), name, "switch", known)
                elif peer.site != switch.site:
                    wrong = f"{name} stands at {peer.site}, {switch.name} at {switch.site}"
                    say("switches", (*place, "to"), wrong, "link sites by routers: a VLAN ends at its site")
                elif port is not None:
                    _other_end(declared, (switch, port, link), (peer, spelling), place, say)
            elif peer is not None:
                say(
                    "switches", (*place, "to"), f"{name} is a switch", f'write its port as well: "{name}:..."'
                )


def _other_end(
    declared: Switches, near: tuple[Switch, str, Link], far: tuple[Switch, str], place: Place, say: Sayer
) -> None:
    (switch, port, link), (peer, spelling) = near, far
    wanted = declared.port(peer, spelling)
    back = next((each for each in peer.links if declared.port(peer, each.port) == wanted), None)
    if wanted is None or back is None:
        right = f'write there {{port: {spelling}, to: "{switch.name}:{port}"}}, or mend the port here'
        say("switches", (*place, "to"), f"{peer.name} has no link on {spelling}", right)
        return
    name, end = back.far
    if name != switch.name or end is None or declared.port(switch, end) != port:
        right = f'write to: "{switch.name}:{port}" there, or mend it here'
        say("switches", (*place, "to"), f"{wanted} of {peer.name} links to {back.to}", right)
    elif declared.switches.index(switch) < declared.switches.index(peer):
        if link.native_vlan != back.native_vlan:
            wrong = f"native {link.native_vlan} here, {back.native_vlan} at {peer.name}"
            say("switches", (*place, "native_vlan"), wrong, "write the same VLAN at both ends")
        if different := sorted(set(link.vlans) ^ set(back.vlans)):
            wrong = f"{', '.join(different)} at one end only of the link to {peer.name}"
            say("switches", (*place, "vlans"), wrong, "write the same VLANs at both ends")


def _named_vlans(declared: Switches) -> Iterator[tuple[Place, str]]:
    yield from (((key,), getattr(declared, key)) for key in ("management_vlan", "quarantine_vlan"))
    for i, profile in enumerate(declared.profiles):
        if profile.data_vlan not in FROM_ELSEWHERE:
            yield ("profiles", i, "data_vlan"), profile.data_vlan
        if profile.voice_vlan is not None:
            yield ("profiles", i, "voice_vlan"), profile.voice_vlan
        yield from _each(("profiles", i, "tagged_vlans"), profile.tagged_vlans)
    for i, switch in enumerate(declared.switches):
        if switch.quarantine_vlan is not None:
            yield ("switches", i, "quarantine_vlan"), switch.quarantine_vlan
        for j, link in enumerate(switch.links):
            yield ("switches", i, "links", j, "native_vlan"), link.native_vlan
            yield from _each(("switches", i, "links", j, "vlans"), link.vlans)


def _each(place: Place, names: Iterable[str]) -> Iterator[tuple[Place, str]]:
    yield from (((*place, k), name) for k, name in enumerate(names))
