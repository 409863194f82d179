"""Looks at what of a lab is on the machine; changes nothing and contacts no host while the lab is down."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

from estate.lab.commands import Runner
from estate.lab.hosts import Container, list_containers, sshd_answers
from estate.lab.namespaces import LINK, MOUNTS, link_owner, namespace_of, namespaces
from estate.lab.places import Places
from estate.lab.plane import MIND, pid_of
from estate.lab.plane import traces as programs
from estate.lab.room import read_desks, read_topology, read_wiring
from estate.lab.topology import Attachment, Topology
from estate.lab.tuning import REMEMBERED
from estate.lab.wiring import Wiring


@dataclass(frozen=True)
class HostStatus:
    """Tells how one declared host fares.

    `state` is `absent` when there is no such container; `sshd` is None when the lab is another checkout's, whose hosts
    are not asked.
    """

    name: str
    address: str
    state: str
    sshd: bool | None
    since: str | None


@dataclass(frozen=True)
class Status:
    """Tells whose lab is on the machine (`foreign`: another checkout's), how all in it fare, what it put there.

    A switch is `running` while the one program runs that is all of them; what is declared for a desk `stands` or not,
    and nobody asks it.
    """

    owner: str | None
    foreign: bool
    hosts: tuple[HostStatus, ...]
    leftovers: tuple[str, ...]
    switches: tuple[HostStatus, ...] = ()
    desks: tuple[HostStatus, ...] = ()


def look(places: Places) -> Status:
    """Returns the status of the lab as this checkout sees it."""
    runner = Runner()
    owner = link_owner()
    containers = {one.host: one for one in list_containers(runner)}
    topology = read_topology(places)
    mine = owner == str(places.checkout)
    hosts = tuple(_host(cable, containers.get(name), mine) for name, cable in topology.hosts.items())
    runs = bool(pid_of(MIND))
    wiring = read_wiring(places)
    switches = tuple(_switch(one.name, str(one.address.ip), runs, mine) for one in wiring.units.values())
    desks = _desks(places, topology, wiring)
    return Status(owner, bool(owner) and not mine, hosts, tuple(traces(runner)), switches, desks)


def _desks(places: Places, topology: Topology, wiring: Wiring) -> tuple[HostStatus, ...]:
    there = namespaces(MOUNTS.read_text())
    return tuple(
        HostStatus(
            one.host, one.address, "stands" if namespace_of(one.host) in there else "absent", None, None
        )
        for desk in read_desks(places, topology, wiring)
        for one, _ in desk.ends
    )


def _switch(name: str, address: str, runs: bool, mine: bool) -> HostStatus:
    answers = (runs and sshd_answers(address)) if mine else None
    return HostStatus(name, address, "running" if runs else "absent", answers, None)


def traces(runner: Runner) -> list[str]:
    """Returns every trace of a lab on the machine, one word and a name each; empty after `down`."""
    found = [f"container estate-{one.host}" for one in list_containers(runner)]
    found += [f"namespace {name}" for name in namespaces(MOUNTS.read_text())]
    if Path("/sys/class/net", LINK).exists():
        found.append(f"link {LINK}")
    routes = json.loads(runner.read(["ip", "-j", "route"]) or "[]")
    found += [f"route {route['dst']}" for route in routes if route.get("dev") == LINK]
    found += programs()
    if REMEMBERED.exists():
        found.append("sysctl fs.inotify.max_user_instances")
    return found


def _host(cable: Attachment, container: Container | None, mine: bool) -> HostStatus:
    if container is None:
        return HostStatus(cable.host, cable.address, "absent", False, None)
    state = container.state if container.alive or container.state != "running" else "dead"
    answers = container.alive and sshd_answers(cable.address) if mine else None
    return HostStatus(cable.host, cable.address, state, answers, container.since)
