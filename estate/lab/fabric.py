"""Plugs the machines of the lab together: gateways and switches in a namespace of their own, cables to each host.

At a site with declared switches every machine hangs on a port of one of them (`estate.lab.plane`), and the gateways are
interfaces of the site's router, behind its link. Elsewhere, and outside, a segment is a bridge of the kernel.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from ipaddress import ip_network
from pathlib import Path
from typing import Any

from estate.lab.commands import Runner
from estate.lab.errors import LabError
from estate.lab.namespaces import (
    CORE,
    LINK,
    MOUNTS,
    NAMED,
    has_ipv6,
    is_namespace_of,
    link_owner,
    namespace_of,
    namespaces,
    port_of,
)
from estate.lab.plane import Plane, end_all
from estate.lab.topology import Attachment, Interface, Segment, Topology, mac_of
from estate.lab.wiring import Unit, Wiring


class Fabric:
    """Makes the fabric as derived and takes it away; every step looks first, so it may be repeated."""

    def __init__(
        self, runner: Runner, topology: Topology, checkout: Path, wiring: Wiring | None = None
    ) -> None:
        self._run = runner.run
        self._attempt = runner.attempt
        self._read = runner.read
        self._topology = topology
        self._checkout = checkout
        self._wiring = wiring or Wiring()
        self.plane = Plane(runner, self._wiring, CORE)

    def raise_core(self) -> None:
        """Makes the core namespace with every declared gateway, the switches, and the controller's cable and routes."""
        if self._namespace(CORE):
            for family in ("net.ipv4.ip_forward", "net.ipv6.conf.all.forwarding")[: 2 if has_ipv6() else 1]:
                self._run(["ip", "netns", "exec", CORE, "sysctl", "-qw", f"{family}=1"])
        self.plane.start()
        known, carried = self._links(CORE), self.plane.plugged()
        for segment in self._topology.segments:
            if segment.site in self._wiring.routers and segment.bridge not in carried:
                self._leg(segment, segment.bridge in known)
                known.pop(segment.bridge, None)
            self._bridge(segment, known.get(segment.bridge))
        for unit in self._wiring.units.values():
            self._attach_switch(unit)
        self._attach_controller()

    def attach(self, cable: Attachment, living: int | None = None) -> None:
        """Gives a host its namespace and plugs it into its segment with its addresses and routes.

        `living` is the first process of a host that runs already: its namespace is named anew if the name was lost.
        """
        name = namespace_of(cable.host)
        if living is not None and not is_namespace_of(NAMED / name, living):
            self._remove(name)
            self._run(["ip", "netns", "attach", name, str(living)])
        self._namespace(name)
        port = self._links(CORE).get(port_of(cable.host), {})
        own = self._links(name).get("eth0", {})
        if not self._is_plugged(cable, port) or own.get("address") != cable.mac:
            self._plug(cable, name, bool(port), bool(own))
            own = {}
        if missing := _missing(own, cable.addresses):
            self._address(name, "eth0", missing)
            self._run(["ip", "-n", name, "link", "set", "eth0", "up"])
        self._route(cable, name)

    def detach(self, host: str) -> None:
        """Takes a host's cable and namespace away."""
        self.plane.unplug(port_of(host))
        self._read(["ip", "-n", CORE, "link", "del", port_of(host)])
        self._remove(namespace_of(host))

    def dismantle(self) -> None:
        """Takes everything away that raise_core and attach made, whoever was interrupted in it."""
        if Path("/sys/class/net", LINK).exists():
            self._attempt(["ip", "link", "del", LINK])
        end_all()
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

    def _leg(self, segment: Segment, left: bool) -> None:
        """Gives the router of a site its interface in a segment; a carrier that died leaves the old one behind."""
        if left:
            self._run(["ip", "-n", CORE, "link", "del", segment.bridge])
        mac = mac_of(segment.gateways[0])
        self.plane.leg(self._wiring.routers[segment.site], segment.bridge, segment.vlan, mac)

    def _bridge(self, segment: Segment, known: dict[str, Any] | None) -> None:
        if known is None and segment.site not in self._wiring.routers:
            link = [segment.bridge, "address", mac_of(segment.gateways[0])]
            self._run(["ip", "-n", CORE, "link", "add", *link, "type", "bridge"])
        if missing := _missing(known or {}, segment.gateways):
            self._address(CORE, segment.bridge, missing)
            self._run(["ip", "-n", CORE, "link", "set", segment.bridge, "up"])

    def _is_plugged(self, cable: Attachment, port: dict[str, Any]) -> bool:
        """Says whether the core-side end of a cable hangs where it belongs."""
        if (switch := self._switch_of(cable)) is None:
            return bool(port.get("master") == cable.segment.bridge)
        return self.plane.plugged().get(port_of(cable.host)) == (switch, port.get("ifindex"))

    def _switch_of(self, cable: Attachment) -> str | None:
        """Names the switch a machine hangs on; at a site with switches no machine goes past them."""
        socket = self._wiring.sockets.get(cable.host)
        if socket is None and cable.segment.site in self._wiring.routers:
            raise LabError(
                f"asked to plug {cable.host} in at {cable.segment.site}",
                "no outlet names it as its device, and the site has switches",
                "Add an outlet with this device to inventories/lab/estate/switches.yml",
            )
        return socket.switch if socket else None

    def _plug(self, cable: Attachment, name: str, port: bool, own: bool) -> None:
        switch = self._switch_of(cable)
        if port or own:
            self._pull(port_of(cable.host), name, port)
        self._lay(port_of(cable.host), name, cable.mac, switch, cable.segment.bridge)

    def _pull(self, link: str, name: str, port: bool) -> None:
        """Takes a cable away by the end that is there."""
        space, end = (CORE, link) if port else (name, "eth0")
        self._run(["ip", "-n", space, "link", "del", end])

    def _lay(self, link: str, name: str, mac: str, switch: str | None, bridge: str = "") -> None:
        """Lays a cable from a namespace to its switch, or to the bridge of its segment."""
        if switch:
            self.plane.unplug(link)
        ends = ["type", "veth", "peer", "name", "eth0", "address", mac, "netns", name]
        self._run(["ip", "-n", CORE, "link", "add", link, *ends])
        self._connect(link, switch, bridge)
        if switch:
            self._compute_checksums(["ip", "netns", "exec", name], "eth0")

    def _connect(self, link: str, switch: str | None, bridge: str) -> None:
        """Gives the core-side end of a cable to its switch, or to the bridge of its segment."""
        if switch:
            self._run(["ip", "-n", CORE, "link", "set", link, "up"])
            self.plane.plug(link, switch)
            self.plane.tell_switches()
        else:
            self._run(["ip", "-n", CORE, "link", "set", link, "master", bridge, "up"])

    def _compute_checksums(self, inside: Sequence[str], link: str) -> None:
        """Lets the machine compute its checksums: a carrier in user space does not, and TCP dies of it."""
        self._run([*inside, "ethtool", "-K", link, "tx", "off"])

    def _attach_switch(self, unit: Unit) -> None:
        """Gives a switch its own address: a namespace of its own, plugged into the switch itself."""
        name = namespace_of(unit.name)
        self._namespace(name)
        port, own = self._links(CORE).get(unit.port, {}), self._links(name).get("eth0", {})
        if not own or self.plane.plugged().get(unit.port) != (unit.name, port.get("ifindex")):
            if port or own:
                self._pull(unit.port, name, bool(port))
            self._lay(unit.port, name, mac_of(unit.address), unit.name)
            own = {}
        if missing := _missing(own, (unit.address,)):
            self._address(name, "eth0", missing)
            self._run(["ip", "-n", name, "link", "set", "eth0", "up"])
            self._run(["ip", "-n", name, "route", "replace", "default", "via", unit.gateway])

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
        link = port_of(cable.host)
        if not self._is_plugged(cable, self._links(CORE).get(link, {})):
            self._refuse_shadowing()
            if switch := self._switch_of(cable):
                self.plane.unplug(link)
            if own:
                self._run(["ip", "link", "del", LINK])
            peer = ["type", "veth", "peer", "name", link, "netns", CORE]
            self._run(["ip", "link", "add", LINK, "address", cable.mac, *peer])
            self._connect(link, switch, cable.segment.bridge)
            if switch:
                self._compute_checksums([], LINK)
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


def _missing(link: dict[str, Any], wanted: Sequence[Interface]) -> list[Interface]:
    present = {f"{one['local']}/{one['prefixlen']}" for one in link.get("addr_info", [])}
    up = "UP" in link.get("flags", [])
    return [address for address in wanted if not up or str(address) not in present]
