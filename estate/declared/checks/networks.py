"""Checks that every address lies where its VLAN and site say."""

from __future__ import annotations

from datetime import date
from itertools import combinations

from estate.declared.checks.checking import Parts, Sayer, needing
from estate.declared.mistakes import Place
from estate.declared.networks import Host, Outside, Subnet


@needing("networks")
def names_are_unique(parts: Parts, say: Sayer, today: date) -> None:
    """Refuses VLANs, subnets and addresses that stand twice."""
    networks = parts.networks
    for attribute in ("id", "name"):
        values = [
            (("vlans", i, attribute), getattr(vlan, attribute)) for i, vlan in enumerate(networks.vlans)
        ]
        say.twice("networks", values, f"VLAN {attribute}")
    places = [(("subnets", i, "vlan"), f"{net.site}/{net.vlan}") for i, net in enumerate(networks.subnets)]
    say.twice("networks", places, "subnet of")
    for attribute in ("address", "address6"):
        rows: list[tuple[Place, object]] = [
            (("controller", attribute), getattr(networks.controller, attribute))
        ]
        rows += [
            (("hosts", name, attribute), getattr(host, attribute)) for name, host in networks.hosts.items()
        ]
        say.twice("networks", [(place, value and str(value)) for place, value in rows], "address")
    for (_, a), (j, b) in combinations(enumerate(networks.subnets), 2):
        if a.subnet.overlaps(b.subnet):
            say(
                "networks",
                ("subnets", j, "subnet"),
                f"{b.subnet} overlaps {a.subnet} of {a.site}/{a.vlan}",
                "give each subnet its own addresses",
            )


@needing("networks", "sites")
def subnets_stand(parts: Parts, say: Sayer, today: date) -> None:
    """Refuses a subnet of an unknown site or VLAN, or with a gateway that is not in it."""
    codes = [site.code for site in parts.sites]
    vlans = [vlan.id for vlan in parts.networks.vlans]
    for i, net in enumerate(parts.networks.subnets):
        if net.site not in codes:
            say.unknown("networks", ("subnets", i, "site"), net.site, "site", codes)
        if net.vlan not in vlans:
            say.unknown("networks", ("subnets", i, "vlan"), net.vlan, "VLAN", vlans)
        _gateways_inside(net, ("subnets", i), say)
    _gateways_inside(parts.networks.outside, ("outside",), say)


def _gateways_inside(net: Subnet | Outside, place: Place, say: Sayer) -> None:
    if net.gateway not in net.subnet:
        say("networks", (*place, "gateway"), f"{net.gateway} is not in {net.subnet}", "write one that is")
    if (net.subnet6 is None) != (net.gateway6 is None):
        say("networks", place, "subnet6 and gateway6 do not stand together", "write both or neither")
    elif net.subnet6 is not None and net.gateway6 not in net.subnet6:
        say("networks", (*place, "gateway6"), f"{net.gateway6} is not in {net.subnet6}", "write one that is")


@needing("networks")
def hosts_stand_in_their_subnets(parts: Parts, say: Sayer, today: date) -> None:
    """Refuses a host whose addresses do not lie in the subnet of its VLAN and site, or are the gateway's."""
    named = [(("hosts", name), host) for name, host in parts.networks.hosts.items()]
    for place, host in [(("controller",), parts.networks.controller), *named]:
        if (host.site is None) != (host.vlan is None):
            say("networks", place, "site and vlan do not stand together", "write both, or neither if outside")
            continue
        net = parts.networks.subnet_of(host)
        if net is None:
            known = [f"{subnet.site}/{subnet.vlan}" for subnet in parts.networks.subnets]
            say.unknown("networks", place, f"{host.site}/{host.vlan}", "subnet", known)
        else:
            _addresses_inside(host, net, place, say)


def _addresses_inside(host: Host, net: Subnet | Outside, place: Place, say: Sayer) -> None:
    if host.address not in net.subnet:
        right = f"take an address of {net.subnet}"
        say("networks", (*place, "address"), f"{host.address} is not in {net.subnet}", right)
    if host.address == net.gateway:
        say("networks", (*place, "address"), f"{host.address} is the gateway's", "take another address")
    if host.address6 is None:
        return
    if net.subnet6 is None:
        say("networks", (*place, "address6"), "its subnet has no subnet6", "write subnet6 and gateway6 there")
    elif host.address6 not in net.subnet6:
        right = f"take an address of {net.subnet6}"
        say("networks", (*place, "address6"), f"{host.address6} is not in {net.subnet6}", right)


@needing("networks", "hosts")
def hosts_have_addresses(parts: Parts, say: Sayer, today: date) -> None:
    """Refuses a machine without an address and an address without a machine."""
    grouped = parts.hosts["all"]
    declared = parts.networks.hosts
    for name in sorted(set(grouped) - set(declared)):
        say(
            "hosts",
            say.place_of_machine(name),
            f"{name} has no address",
            f"write it under estate_networks.hosts, or remove {name}",
        )
    for name in declared:
        if name not in grouped:
            say(
                "networks",
                ("hosts", name),
                f"{name} is in no group of hosts.yml",
                "add it there, or remove it",
            )
