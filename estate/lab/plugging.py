"""Plugs a PC or a telephone into an outlet of the lab that is up, and takes it away again."""

from __future__ import annotations

from collections.abc import Callable

from estate.lab.claim import locked
from estate.lab.commands import Runner
from estate.lab.desks import Desks, desk_at, pc_behind, socket_for
from estate.lab.errors import LabError
from estate.lab.fabric import Fabric
from estate.lab.namespaces import link_owner, namespace_of
from estate.lab.places import Places
from estate.lab.room import read_topology, read_wiring, require_root
from estate.lab.topology import standing


def plug_pc(places: Places, outlet: str, address: str) -> str:
    """Plugs a PC into an outlet in place of what hangs there; returns the name of its network namespace."""
    topology, wiring = read_topology(places), read_wiring(places)
    socket = socket_for(outlet, wiring, topology)
    cable = standing(socket.far, address, topology)

    def plug(fabric: Fabric, desks: Desks) -> None:
        desks.clear(socket)
        fabric.attach(cable)

    _do(places, f"pc {outlet}", plug)
    return namespace_of(socket.far)


def plug_telephone(places: Places, outlet: str, address: str, pc: str = "") -> tuple[str, str]:
    """Plugs a telephone into an outlet in place of what hangs there, with a PC behind it when it has an address.

    Returns the names of the network namespaces of the telephone and of the PC.
    """
    desk = desk_at(outlet, address, pc, read_wiring(places), read_topology(places))
    _do(places, f"phone {outlet}", lambda _, desks: desks.stand(desk))
    return namespace_of(desk.telephone.host), namespace_of(pc_behind(desk.socket.far))


def unplug(places: Places, outlet: str) -> None:
    """Leaves nothing at an outlet."""
    socket = socket_for(outlet, read_wiring(places), read_topology(places))
    _do(places, f"unplug {outlet}", lambda _, desks: desks.clear(socket))


def _do(places: Places, asked: str, work: Callable[[Fabric, Desks], None]) -> None:
    require_root()
    with locked(places.checkout, asked) as lock:
        if link_owner() != str(places.checkout):
            raise LabError("asked to plug something in", "the lab is down", "Run `./scripts/estate lab up`")
        runner = Runner(lock_fd=lock)
        fabric = Fabric(runner, read_topology(places), places.checkout, read_wiring(places))
        work(fabric, Desks(runner, fabric))
