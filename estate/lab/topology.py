"""Derives from the declared networks what has to be plugged where; pure, asks nothing of the machine."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from ipaddress import IPv4Address, IPv4Interface, IPv4Network, IPv6Address, IPv6Interface, IPv6Network
from typing import Any

from estate.declared.networks import DEFAULT_RELEASE
from estate.lab.errors import LabError

Interface = IPv4Interface | IPv6Interface
_LONGEST_HOST_NAME = 13  # the port of a host on its bridge is p-<host>, and Linux allows 15 characters


@dataclass(frozen=True)
class Route:
    """Sends a destination (a network or `default`) to a gateway."""

    to: str
    via: str


@dataclass(frozen=True)
class Segment:
    """Is one subnet of the municipality: a broadcast domain with its gateway addresses."""

    site: str
    vlan: int
    bridge: str
    network: IPv4Network
    gateways: tuple[Interface, ...]
    routes: tuple[Route, ...]


@dataclass(frozen=True)
class Attachment:
    """Is one machine on its segment, with the Debian release it runs.

    `hardware` is the address that its maker gave it, when that is declared.
    """

    host: str
    segment: Segment
    addresses: tuple[Interface, ...]
    release: str = DEFAULT_RELEASE
    hardware: str = ""

    @property
    def mac(self) -> str:
        """The hardware address, derived from the first address unless it is declared."""
        return self.hardware or mac_of(self.addresses[0])

    @property
    def address(self) -> str:
        """The IPv4 address without its prefix length."""
        return str(self.addresses[0].ip)


@dataclass(frozen=True)
class Topology:
    """Is the whole fabric of the lab: segments, machines, and the controller that manages them."""

    domain: str
    name_servers: tuple[str, ...]
    segments: tuple[Segment, ...]
    hosts: Mapping[str, Attachment]
    controller: Attachment

    def release(self, host: str) -> str:
        """The Debian release of a host; the usual one when it is not declared (any more)."""
        return self.hosts[host].release if host in self.hosts else DEFAULT_RELEASE

    @property
    def controller_routes(self) -> tuple[Route, ...]:
        """The declared subnets, and nothing else, by the gateway of the controller's own segment."""
        own = self.controller.segment
        gateway = str(own.gateways[0].ip)
        return tuple(Route(str(one.network), gateway) for one in self.segments if one != own)


def without_ipv6(topology: Topology) -> Topology:
    """Returns the topology for a machine whose kernel has no IPv6."""

    def segment(one: Segment) -> Segment:
        routes = tuple(route for route in one.routes if ":" not in route.via)
        return replace(one, gateways=one.gateways[:1], routes=routes)

    def cable(one: Attachment) -> Attachment:
        return replace(one, segment=segment(one.segment), addresses=one.addresses[:1])

    hosts = {name: cable(one) for name, one in topology.hosts.items()}
    segments = tuple(segment(one) for one in topology.segments)
    return replace(topology, segments=segments, hosts=hosts, controller=cable(topology.controller))


def mac_of(address: Interface) -> str:
    """Derives a hardware address: a host built anew is found at once, without waiting for old ARP entries."""
    return "02:00:" + ":".join(f"{byte:02x}" for byte in address.ip.packed[-4:])


def derive(networks: Mapping[str, Any]) -> Topology:
    """Returns the topology of an `estate_networks` mapping or raises LabError naming what does not fit."""
    try:
        segments = tuple(_segment(one) for one in networks["subnets"])
        if outside := networks.get("outside"):
            segments += (_segment({**outside, "site": "out", "vlan": 0, "default_route": True}),)
        hosts = {name: _attach(name, one, segments) for name, one in networks["hosts"].items()}
        return Topology(
            domain=networks["domain"],
            name_servers=tuple(networks["name_servers"]),
            segments=segments,
            hosts=hosts,
            controller=_attach("controller", networks["controller"], segments),
        )
    except (KeyError, TypeError, ValueError) as wrong:
        raise LabError(
            "read the networks of the lab",
            f"{type(wrong).__name__}: {wrong}",
            "Run `./scripts/estate validate`",
        ) from wrong


def standing(thing: str, address: str, topology: Topology) -> Attachment:
    """Returns where a thing stands that has this address, or raises LabError: no declared subnet holds it."""
    try:
        return _attach(thing, {"address": address}, topology.segments)
    except ValueError as wrong:
        asked = f"asked to plug {thing} in with the address {address}"
        raise LabError(asked, str(wrong), "Give an address of a declared subnet") from wrong


def _segment(declared: Mapping[str, Any]) -> Segment:
    network = IPv4Network(declared["subnet"])
    gateways: list[Interface] = [_interface(declared["gateway"], network)]
    routes = [Route(str(IPv4Network(to)), str(declared["gateway"])) for to in declared.get("routes", [])]
    if declared["default_route"]:
        routes.append(Route("default", str(declared["gateway"])))
    if declared.get("subnet6"):
        gateways.append(_interface6(declared["gateway6"], IPv6Network(declared["subnet6"])))
        if declared["default_route"]:
            routes.append(Route("default", str(declared["gateway6"])))
    bridge = f"br{declared['site']}-{declared['vlan']}"[:15]
    return Segment(declared["site"], int(declared["vlan"]), bridge, network, tuple(gateways), tuple(routes))


def _attach(host: str, declared: Mapping[str, Any], segments: Sequence[Segment]) -> Attachment:
    if len(host) > _LONGEST_HOST_NAME:
        raise ValueError(f"host {host}: a name in the lab has at most {_LONGEST_HOST_NAME} characters")
    address = IPv4Address(declared["address"])
    for segment in segments:
        if address in segment.network:
            addresses: list[Interface] = [_interface(declared["address"], segment.network)]
            if declared.get("address6"):
                network6 = segment.gateways[1].network
                addresses.append(_interface6(declared["address6"], IPv6Network(str(network6))))
            return Attachment(host, segment, tuple(addresses), declared.get("release", DEFAULT_RELEASE))
    raise ValueError(f"host {host}: no declared subnet holds its address {address}")


def _interface(address: str, network: IPv4Network) -> IPv4Interface:
    if IPv4Address(address) not in network:
        raise ValueError(f"{address} is not in {network}")
    return IPv4Interface(f"{address}/{network.prefixlen}")


def _interface6(address: str, network: IPv6Network) -> IPv6Interface:
    if IPv6Address(address) not in network:
        raise ValueError(f"{address} is not in {network}")
    return IPv6Interface(f"{address}/{network.prefixlen}")


def members(inventory: Mapping[str, Any], group: str) -> list[str]:
    """Returns the hosts of an inventory group and its children, in the order of the file, each once."""
    groups: dict[str, list[Mapping[str, Any]]] = {}

    def walk(found: Mapping[str, Any]) -> None:
        for name, body in found.items():
            groups.setdefault(name, []).append(body or {})
            walk((body or {}).get("children") or {})

    walk(inventory)
    hosts: list[str] = []

    def gather(name: str) -> None:
        for body in groups.get(name, []):
            hosts.extend(body.get("hosts") or {})
            for child in body.get("children") or {}:
                gather(child)

    gather(group)
    return list(dict.fromkeys(hosts))
