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
    NAMED,
    has_ipv6,
    is_namespace_of,
    link_owner,
    make,
    namespace_of,
    port_of,
    remove,
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
        if make(CORE, self._run):
            for family in ("net.ipv4.ip_forward", "net.ipv6.conf.all.forwarding")[: 2 if has_ipv6() else 1]:
                self._run(["ip", "netns", "exec", CORE, "sysctl", "-qw", f"{family}=1"])
        self.plane.start()
        known, carried = self.links(CORE), self.plane.plugged()
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
            remove(name, self._attempt)
            self._run(["ip", "netns", "attach", name, str(living)])
        self.stand(cable, port_of(cable.host), self._switch_of(cable))

    def stand(self, cable: Attachment, link: str, switch: str | None) -> None:
        """Gives a machine its namespace, addresses and routes, and a cable that ends as `link` at a switch.

        Without a switch it ends at the bridge of its segment.
        """
        name = namespace_of(cable.host)
        make(name, self._run)
        port, own = self.links(CORE).get(link, {}), self.links(name).get("eth0", {})
        bridge = cable.segment.bridge
        if not self._is_plugged(link, switch, bridge, port) or own.get("address") != cable.mac:
            if port or own:
                self._pull(link, name, bool(port))
            self._lay(link, name, cable.mac, switch, bridge)
            own = {}
        if missing := _missing(own, cable.addresses):
            self._address(name, "eth0", missing)
            self._run(["ip", "-n", name, "link", "set", "eth0", "up"])
        self._route(cable, name)

    def detach(self, host: str) -> None:
        """Takes a host's cable and namespace away."""
        self.plane.unplug(port_of(host))
        self._read(["ip", "-n", CORE, "link", "del", port_of(host)])
        remove(namespace_of(host), self._attempt)

    def dismantle(self) -> None:
        """Takes everything away that raise_core and attach made, whoever was interrupted in it."""
        if Path("/sys/class/net", LINK).exists():
            self._attempt(["ip", "link", "del", LINK])
        end_all()
        for path in sorted(NAMED.glob("estate-*")) if NAMED.is_dir() else []:
            remove(path.name, self._attempt)

    def links(self, name: str) -> dict[str, Any]:
        """Returns the links of a namespace by name, as `ip -j addr` shows them."""
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

    def _is_plugged(self, link: str, switch: str | None, bridge: str, port: dict[str, Any]) -> bool:
        """Says whether the core-side end of a cable hangs where it belongs."""
        if switch is None:
            return bool(port.get("master") == bridge)
        return self.plane.plugged().get(link) == (switch, port.get("ifindex"))

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
        if switch:
            self._compute_checksums(["ip", "netns", "exec", name], "eth0")
        self._connect(link, switch, bridge)

    def _connect(self, link: str, switch: str | None, bridge: str) -> None:
        """Gives the core-side end of a cable to its switch, or to the bridge of its segment."""
        if switch:
            self._run(["ip", "-n", CORE, "link", "set", link, "up"])
            self.plane.plug(link, switch)
            if switch in self._wiring.units:
                self.plane.tell_switches()
        else:
            self._run(["ip", "-n", CORE, "link", "set", link, "master", bridge, "up"])

    def _compute_checksums(self, inside: Sequence[str], link: str) -> None:
        """Lets the machine compute its checksums: a carrier in user space does not, and TCP dies of it."""
        self._run([*inside, "ethtool", "-K", link, "tx", "off"])

    def _attach_switch(self, unit: Unit) -> None:
        """Gives a switch its own address: a namespace of its own, plugged into the switch itself."""
        name = namespace_of(unit.name)
        make(name, self._run)
        port, own = self.links(CORE).get(unit.port, {}), self.links(name).get("eth0", {})
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
        switch, bridge = self._switch_of(cable), cable.segment.bridge
        if not self._is_plugged(link, switch, bridge, self.links(CORE).get(link, {})):
            self._refuse_shadowing()
            if switch:
                self.plane.unplug(link)
            if own:
                self._run(["ip", "link", "del", LINK])
            peer = ["type", "veth", "peer", "name", link, "netns", CORE]
            self._run(["ip", "link", "add", LINK, "address", cable.mac, *peer])
            if switch:
                self._compute_checksums([], LINK)
            self._connect(link, switch, bridge)
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
