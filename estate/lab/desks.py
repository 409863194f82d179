"""Puts telephones on desks, each a small switch with the handset in the voice VLAN and perhaps a PC behind it.

What leaves the handset is tagged with the VLAN that the profile of the outlet gives to telephones, what leaves the PC
is not; whether the port lets it through is the switch's business.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from estate.lab.commands import Runner
from estate.lab.errors import LabError
from estate.lab.fabric import Fabric
from estate.lab.namespaces import CORE, namespace_of, remove
from estate.lab.topology import Attachment, Topology, standing
from estate.lab.wiring import Socket, Wiring

WHERE = "inventories/lab/estate/switches.yml"


@dataclass(frozen=True)
class Desk:
    """Is a telephone at an outlet; `pc` stands behind it."""

    socket: Socket
    telephone: Attachment
    pc: Attachment | None = None

    @property
    def ends(self) -> list[tuple[Attachment, str]]:
        """The machines on the desk, each with the port of the telephone it hangs on."""
        _, handset, behind = self.socket.inside
        found = [(self.telephone, handset)]
        return [*found, (self.pc, behind)] if self.pc else found


def pc_behind(thing: str) -> str:
    """Names the PC behind what hangs at an outlet."""
    return f"{thing}-pc"


def socket_for(outlet: str, wiring: Wiring, topology: Topology) -> Socket:
    """Returns the outlet of that label or device, or raises LabError: there is none, or a host hangs there."""
    taken = {*topology.hosts, topology.controller.host}
    socket = wiring.socket(outlet)
    if socket is None or socket.far in taken:
        free = [name for name in wiring.sockets if name not in taken]
        raise LabError(
            f"asked for the outlet {outlet}",
            f"where no host of the lab hangs: {', '.join(free) or 'none'}",
            f"Use one of them, or declare it in {WHERE}",
        )
    return socket


def desk_at(outlet: str, address: str, pc: str, wiring: Wiring, topology: Topology) -> Desk:
    """Returns the desk of a telephone with this address (`pc` empty: nothing behind it), or raises LabError."""
    socket = socket_for(outlet, wiring, topology)
    if not socket.voice:
        able = [one.label for one in wiring.sockets.values() if one.voice]
        raise LabError(
            f"asked for a telephone at the outlet {outlet}",
            f"its profile gives no VLAN to telephones; those of {', '.join(able) or 'no outlet'} do",
            f"Use one of them, or change its profile in {WHERE}",
        )
    telephone = replace(standing(socket.far, address, topology), hardware=socket.mac)
    if not pc:
        return Desk(socket, telephone)
    return Desk(socket, telephone, replace(standing(socket.far, pc, topology), host=pc_behind(socket.far)))


def derive_desks(
    declared: Iterable[Mapping[str, Any]], wiring: Wiring, topology: Topology
) -> tuple[Desk, ...]:
    """Returns the desks of an `estate_lab_desks` list, or raises LabError: what does not fit, or stands there twice."""
    try:
        found = tuple(
            desk_at(one["outlet"], one["telephone"], one.get("pc", ""), wiring, topology) for one in declared
        )
    except (KeyError, TypeError, AttributeError) as wrong:
        told = f"{type(wrong).__name__}: {wrong}"
        raise LabError(
            "read the desks of the lab", told, "Write outlet, telephone and perhaps pc in desks.yml"
        ) from wrong
    names = [name for desk in found for name in (desk.socket.label, *(end.address for end, _ in desk.ends))]
    if twice := sorted({name for name in names if names.count(name) > 1}):
        raise LabError(
            "read the desks of the lab", f"{', '.join(twice)} twice", "Write each once in desks.yml"
        )
    return found


class Desks:
    """Makes desks stand and clears them; every step looks first, so it may be repeated."""

    def __init__(self, runner: Runner, fabric: Fabric) -> None:
        self._run, self._attempt, self._read = runner.run, runner.attempt, runner.read
        self._fabric = fabric

    def stand(self, desk: Desk) -> None:
        """Makes a desk stand; what hangs at the outlet otherwise goes, and so does a PC that is not part of it."""
        if not self._is_connected(desk.socket):
            self.clear(desk.socket)
            self._connect(desk.socket)
        for machine, link in desk.ends:
            self._fabric.stand(machine, link, desk.socket.bridge)
        if desk.pc is None:
            self._send_away(desk.socket)

    def clear(self, socket: Socket) -> None:
        """Leaves nothing at an outlet, whatever hung there."""
        links = self._fabric.links(CORE)
        if any(name in links for name in (socket.bridge, *socket.inside)):
            self._fabric.plane.scrap(socket.bridge)
            for link in socket.inside[1:]:
                self._read(["ip", "-n", CORE, "link", "del", link])
        self._fabric.detach(socket.far)
        remove(namespace_of(pc_behind(socket.far)), self._attempt)

    def _is_connected(self, socket: Socket) -> bool:
        links, plugged = self._fabric.links(CORE), self._fabric.plane.plugged()
        ends = {socket.end: socket.switch, socket.inside[0]: socket.bridge}
        return all(
            link in links and plugged.get(link) == (switch, links[link]["ifindex"])
            for link, switch in ends.items()
        )

    def _connect(self, socket: Socket) -> None:
        """Lays the cable between the outlet and the telephone."""
        near, far = socket.end, socket.inside[0]
        self._run(["ip", "-n", CORE, "link", "add", near, "type", "veth", "peer", "name", far])
        self._run(["ip", "-n", CORE, "link", "set", far, "addrgenmode", "none", "up"])
        self._run(["ip", "-n", CORE, "link", "set", near, "up"])
        self._fabric.plane.plug(far, socket.bridge)
        self._fabric.plane.plug(near, socket.switch)
        self._fabric.plane.tell_switches()

    def _send_away(self, socket: Socket) -> None:
        link = socket.inside[2]
        if link in self._fabric.links(CORE):
            self._fabric.plane.unplug(link)
            self._run(["ip", "-n", CORE, "link", "del", link])
        remove(namespace_of(pc_behind(socket.far)), self._attempt)
