"""Plugs the machines of the lab together: bridges and gateways in a namespace of their own, cables to each host.

The seam for real switches is `attach` and `detach`: whatever carries the segments later only has to put the core-side
end of a host's cable (`port_of(host)` in the namespace `estate-core`) into the segment of that host.
"""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from ipaddress import ip_network
from pathlib import Path
from typing import Any

from estate.lab.commands import Runner
from estate.lab.errors import LabError
from estate.lab.topology import Attachment, Interface, Segment, Topology, mac_of

CORE = "estate-core"
LINK = "estate0"
NAMED = Path("/run/netns")
MOUNTS = Path("/proc/self/mountinfo")


def namespace_of(host: str) -> str:
    """Names the network namespace in which a host lives."""
    return f"estate-{host}"


def port_of(host: str) -> str:
    """Names the core-side end of the cable of a host."""
    return f"p-{host}"


def namespaces(mountinfo: str) -> list[str]:
    """Returns the lab's namespaces that are really mounted, from the text of /proc/self/mountinfo."""
    points = [line.split()[4] for line in mountinfo.splitlines() if " - nsfs " in line]
    names = {
        point.rsplit("/", 1)[1] for point in points if point.startswith(("/run/netns/", "/var/run/netns/"))
    }
    return sorted(name for name in names if name.startswith("estate-"))


def is_mounted(point: Path, mountinfo: str) -> bool:
    """Says whether something is mounted there; a folder mounted on itself looks like none to `os.path.ismount`."""
    return any(line.split()[4] == str(point) for line in mountinfo.splitlines())


def link_owner() -> str | None:
    """Returns the checkout named on the controller's cable, None while no lab is up."""
    try:
        return Path("/sys/class/net", LINK, "ifalias").read_text().strip()
    except OSError:
        return None


def has_ipv6() -> bool:
    """Says whether the kernel of the machine speaks IPv6."""
    return Path("/proc/sys/net/ipv6").is_dir()


class Fabric:
    """Makes the fabric as derived and takes it away; every step looks first, so it may be repeated."""

    def __init__(self, runner: Runner, topology: Topology, checkout: Path) -> None:
        self._run = runner.run
        self._attempt = runner.attempt
        self._read = runner.read
        self._topology = topology
        self._checkout = checkout

    def raise_core(self) -> None:
        """Makes the core namespace with every declared gateway, and the controller's cable and routes."""
        if self._namespace(CORE):
            for family in ("net.ipv4.ip_forward", "net.ipv6.conf.all.forwarding")[: 2 if has_ipv6() else 1]:
                self._run(["ip", "netns", "exec", CORE, "sysctl", "-qw", f"{family}=1"])
        known = self._links(CORE)
        for segment in self._topology.segments:
            self._bridge(segment, known.get(segment.bridge))
        self._attach_controller()

    def attach(self, cable: Attachment, living: int | None = None) -> None:
        """Gives a host its namespace and plugs it into its segment with its addresses and routes.

        `living` is the first process of a host that runs already: its namespace is named anew if the name was lost.
        """
        name = namespace_of(cable.host)
        if living is not None and not _is_namespace_of(NAMED / name, living):
            self._remove(name)
            self._run(["ip", "netns", "attach", name, str(living)])
        self._namespace(name)
        port = self._links(CORE).get(port_of(cable.host), {})
        own = self._links(name).get("eth0", {})
        if port.get("master") != cable.segment.bridge or own.get("address") != cable.mac:
            self._plug(cable, name, bool(port), bool(own))
            own = {}
        if missing := _missing(own, cable.addresses):
            self._address(name, "eth0", missing)
            self._run(["ip", "-n", name, "link", "set", "eth0", "up"])
        self._route(cable, name)

    def detach(self, host: str) -> None:
        """Takes a host's cable and namespace away."""
        self._read(["ip", "-n", CORE, "link", "del", port_of(host)])
        self._remove(namespace_of(host))

    def dismantle(self) -> None:
        """Takes everything away that raise_core and attach made, whoever was interrupted in it."""
        if Path("/sys/class/net", LINK).exists():
            self._attempt(["ip", "link", "del", LINK])
        for path in sorted(NAMED.glob("estate-*")) if NAMED.is_dir() else []:
            self._remove(path.name)

    def _namespace(self, name: str) -> bool:
        if name in namespaces(MOUNTS.read_text()):
            return False
        (NAMED / name).unlink(
            missing_ok=True
        )  # what a killed `ip netns add` leaves: a file nothing is mounted on
        self._run(["ip", "netns", "add", name])
        self._run(["ip", "-n", name, "link", "set", "lo", "up"])
        return True

    def _remove(self, name: str) -> None:
        if name in namespaces(MOUNTS.read_text()):
            self._attempt(["ip", "netns", "del", name])
        (NAMED / name).unlink(missing_ok=True)

    def _links(self, name: str) -> dict[str, Any]:
        return {
            link["ifname"]: link for link in json.loads(self._read(["ip", "-n", name, "-j", "addr"]) or "[]")
        }

    def _bridge(self, segment: Segment, known: dict[str, Any] | None) -> None:
        if known is None:
            link = [segment.bridge, "address", mac_of(segment.gateways[0])]
            self._run(["ip", "-n", CORE, "link", "add", *link, "type", "bridge"])
        if missing := _missing(known or {}, segment.gateways):
            self._address(CORE, segment.bridge, missing)
            self._run(["ip", "-n", CORE, "link", "set", segment.bridge, "up"])

    def _plug(self, cable: Attachment, name: str, port: bool, own: bool) -> None:
        if port:
            self._run(["ip", "-n", CORE, "link", "del", port_of(cable.host)])
        elif own:
            self._run(["ip", "-n", name, "link", "del", "eth0"])
        ends = ["type", "veth", "peer", "name", "eth0", "address", cable.mac, "netns", name]
        self._run(["ip", "-n", CORE, "link", "add", port_of(cable.host), *ends])
        plug = ["master", cable.segment.bridge, "up"]
        self._run(["ip", "-n", CORE, "link", "set", port_of(cable.host), *plug])

    def _address(self, name: str, link: str, addresses: Sequence[Interface]) -> None:
        for address in addresses:
            nodad = ["nodad"] if address.version == 6 else []
            self._run(["ip", "-n", name, "addr", "replace", str(address), "dev", link, *nodad])

    def _route(self, cable: Attachment, name: str) -> None:
        versions = {address.version for address in cable.addresses}
        for version in sorted(versions):
            listed = json.loads(self._read(["ip", "-n", name, f"-{version}", "-j", "route"]) or "[]")
            present = {(route["dst"], route.get("gateway")) for route in listed}
            for route in cable.segment.routes:
                fits = (":" in route.via) == (version == 6)
                if fits and (route.to, route.via) not in present:
                    self._run(
                        ["ip", "-n", name, f"-{version}", "route", "replace", route.to, "via", route.via]
                    )

    def _attach_controller(self) -> None:
        cable = self._topology.controller
        listed = json.loads(self._read(["ip", "-j", "addr", "show", LINK]) or "[]")
        own = listed[0] if listed else {}
        if self._links(CORE).get(port_of(cable.host), {}).get("master") != cable.segment.bridge:
            self._refuse_shadowing()
            if own:
                self._run(["ip", "link", "del", LINK])
            peer = ["type", "veth", "peer", "name", port_of(cable.host), "netns", CORE]
            self._run(["ip", "link", "add", LINK, "address", cable.mac, *peer])
            plug = ["master", cable.segment.bridge, "up"]
            self._run(["ip", "-n", CORE, "link", "set", port_of(cable.host), *plug])
            own = {}
        if link_owner() != str(self._checkout):
            self._run(["ip", "link", "set", LINK, "alias", str(self._checkout)])
        if missing := _missing(own, cable.addresses):
            for address in missing:
                self._run(["ip", "addr", "replace", str(address), "dev", LINK])
            self._run(["ip", "link", "set", LINK, "up"])
        present = {
            (route["dst"], route.get("gateway")) for route in self._routes() if route.get("dev") == LINK
        }
        for route in self._topology.controller_routes:
            if (route.to, route.via) not in present:
                self._run(["ip", "route", "replace", route.to, "via", route.via, "dev", LINK])

    def _routes(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = json.loads(self._read(["ip", "-4", "-j", "route"]) or "[]")
        return found

    def _refuse_shadowing(self) -> None:
        foreign = [route for route in self._routes() if route.get("dev") != LINK]
        for clash in shadowed([segment.network for segment in self._topology.segments], foreign):
            raise LabError(
                "asked to route the lab's networks from this machine",
                f"the machine already has a route of its own that overlaps: {clash}",
                "Change the subnets in inventories/lab/group_vars/all/networks.yml",
            )


def shadowed(wanted: Sequence[Any], routes: Sequence[dict[str, Any]]) -> list[str]:
    """Returns the machine's own routes that lie within a wanted network: the lab would hide them or lose to them."""
    clashes = []
    for route in routes:
        if route["dst"] == "default":
            continue
        network = ip_network(route["dst"], strict=False)
        if any(network.version == one.version and network.subnet_of(one) for one in wanted):
            clashes.append(f"{route['dst']} dev {route.get('dev', '?')}")
    return clashes


def _is_namespace_of(named: Path, process: int) -> bool:
    try:
        return os.path.samestat(named.stat(), Path("/proc", str(process), "ns", "net").stat())
    except OSError:
        return False


def _missing(link: dict[str, Any], wanted: Sequence[Interface]) -> list[Interface]:
    present = {f"{one['local']}/{one['prefixlen']}" for one in link.get("addr_info", [])}
    up = "UP" in link.get("flags", [])
    return [address for address in wanted if not up or str(address) not in present]
