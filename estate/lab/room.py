"""Brings the lab up and takes it down; each may be interrupted anywhere and repeated."""

from __future__ import annotations

import os
import shutil
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import yaml

from estate.declared.repository import roles_given
from estate.lab.access import ensure_access
from estate.lab.claim import locked, to_clear
from estate.lab.commands import Runner, say
from estate.lab.desks import Desk, Desks, derive_desks
from estate.lab.errors import LabError
from estate.lab.fabric import Fabric
from estate.lab.hosts import await_sshd, ensure_host, list_containers, remove_host, run_line
from estate.lab.image import ensure_image, remove_images
from estate.lab.namespaces import MOUNTS, NAMED, has_ipv6, is_mounted, link_owner
from estate.lab.packages import Repository, ensure_packages
from estate.lab.places import MACHINE_STATE, Places, settle
from estate.lab.plane import PROGRAM
from estate.lab.secrets import ensure_secrets
from estate.lab.topology import Topology, derive, members, without_ipv6
from estate.lab.tuning import raise_limits, restore_limits
from estate.lab.wheels import ROLE, ensure_wheels
from estate.lab.wiring import Wiring, derive_wiring

T = TypeVar("T")
R = TypeVar("R")


@dataclass(frozen=True)
class Raised:
    """Tells what `up` did: the hosts it had to start, the commands it ran, the seconds it took."""

    hosts: tuple[str, ...]
    started: tuple[str, ...]
    commands: int
    seconds: float


def read_topology(places: Places) -> Topology:
    """Returns the topology of the declared lab, as far as this machine can carry it."""
    topology = derive(_subject(places.subjects / "networks.yml").get("estate_networks", {}))
    return topology if has_ipv6() else without_ipv6(topology)


def read_wiring(places: Places) -> Wiring:
    """Returns what the declared switches of the lab hold together; none are declared without a switches.yml."""
    path = places.inventory / "estate" / "switches.yml"
    switches = _subject(path).get("estate_switches", {}) if path.exists() else {}
    return derive_wiring(_subject(places.subjects / "networks.yml").get("estate_networks", {}), switches)


def read_desks(places: Places, topology: Topology, wiring: Wiring) -> tuple[Desk, ...]:
    """Returns what stands on desks while the lab is up; nothing without a desks.yml."""
    path = places.inventory / "desks.yml"
    declared = _subject(path).get("estate_lab_desks", []) if path.exists() else []
    return derive_desks(declared, wiring, topology)


def default_hosts(places: Places) -> list[str]:
    """Returns the hosts that belong to a lab when none is named: the group `managed`."""
    return members(_subject(places.inventory / "hosts.yml"), "managed")


def up(places: Places, asked: Sequence[str] = ()) -> Raised:
    """Makes the asked hosts run (default: the group managed), with names, routes, packages and secrets in place."""
    begun = time.monotonic()
    require_root()
    topology = read_topology(places)
    hosts = chosen(topology, asked or default_hosts(places))
    places.cache.mkdir(parents=True, exist_ok=True)
    with locked(places.checkout, "up") as lock:
        runner = Runner(lock_fd=lock)
        _clear_others(runner, places, topology)
        raise_limits(runner)
        images = {
            one: ensure_image(runner, places, one) for one in dict.fromkeys(map(topology.release, hosts))
        }
        ensure_access(runner, places, topology)
        if ensure_secrets(places):
            say("lab: added secrets to the vault of the lab")
        started = _boot(runner, places, topology, hosts, images)
        running = [one.host for one in list_containers(runner) if one.alive]
        found = _stock(runner, places, topology, running)
        for failure in (failure for repository in found.values() for failure in repository.failures):
            raise failure
    return Raised(tuple(hosts), tuple(started), runner.count, time.monotonic() - begun)


def down(places: Places, asked: Sequence[str] = (), purge: bool = False) -> list[str]:
    """Removes the asked hosts, or the whole lab with all it put on the machine (purge: also the cache); names them."""
    require_root()
    topology = read_topology(places)
    hosts = chosen(topology, asked)
    with locked(places.checkout, "down") as lock:
        runner = Runner(lock_fd=lock)
        _clear_others(runner, places, topology)
        fabric = Fabric(runner, topology, places.checkout, read_wiring(places))
        doomed = [one for one in list_containers(runner) if not hosts or one.host in hosts]
        _in_parallel(doomed, lambda one: remove_host(runner, one))
        if hosts:
            for host in hosts:
                fabric.detach(host)
            return sorted(one.host for one in doomed)
        _leave(runner, fabric)
        shutil.rmtree(
            places.state / "switchgear", ignore_errors=True
        )  # new switches, when there is a lab again
        if purge:
            remove_images(runner)
            purge_cache(places)
    return sorted(one.host for one in doomed)


def chosen(topology: Topology, asked: Sequence[str]) -> list[str]:
    """Returns the asked hosts, refusing names that are not declared."""
    if unknown := [host for host in asked if host not in topology.hosts]:
        raise LabError(
            f"asked for {', '.join(unknown)}",
            f"the declared hosts are {', '.join(topology.hosts)}",
            "Use one of them, or declare the host in inventories/lab/group_vars/all/networks.yml",
        )
    return list(dict.fromkeys(asked))


def release_roles(places: Places, topology: Topology, release: str) -> frozenset[str]:
    """Returns the roles that the playbooks give to a group in which a host of this release stands."""
    inventory = _subject(places.inventory / "hosts.yml")

    def hold(group: str) -> bool:
        return any(topology.release(host) == release for host in members(inventory, group))

    return roles_given(places.checkout, hold)


def _stock(
    runner: Runner, places: Places, topology: Topology, running: Sequence[str]
) -> dict[str, Repository]:
    """Fetches what the running hosts may install, for each of their releases, and lets every one of them know."""
    found = {}
    for release in dict.fromkeys(map(topology.release, running)):
        say(f"lab: package repository of {release}")
        roles = release_roles(places, topology, release)
        found[release] = ensure_packages(runner, places, release, roles)
        if ROLE in roles:
            ensure_wheels(runner, places, release)
    _in_parallel(
        running,
        lambda host: _refresh_packages(runner, places, host, found[topology.release(host)].digest),
    )
    return found


def _boot(
    runner: Runner, places: Places, topology: Topology, hosts: Sequence[str], images: Mapping[str, str]
) -> list[str]:
    wiring = read_wiring(places)
    fabric = Fabric(runner, topology, places.checkout, wiring)
    fabric.raise_core()
    _in_parallel(read_desks(places, topology, wiring), Desks(runner, fabric).stand)
    program = [sys.executable, "-m", PROGRAM, str(places.checkout)]
    fabric.plane.wake_switches(program, places.state / "switchgear" / "log")
    for release in images:
        places.packages(release).mkdir(parents=True, exist_ok=True)
    known = {one.host: one for one in list_containers(runner)}
    for host in hosts:
        living = known[host].pid if host in known and known[host].alive else None
        fabric.attach(topology.hosts[host], living)

    def boot(host: str) -> bool:
        cable = topology.hosts[host]
        line = run_line(cable, topology.domain, places, images[cable.release])
        acted = ensure_host(runner, known.get(host), line)
        await_sshd(cable)
        if acted:
            say(f"lab: {host} answers at {cable.address}")
        return acted

    acted = _in_parallel(hosts, boot)
    return [host for host, did in zip(hosts, acted, strict=True) if did]


def _refresh_packages(runner: Runner, places: Places, host: str, digest: str) -> None:
    container = runner.read(["podman", "inspect", "--format", "{{.Id}}", f"estate-{host}"]) or ""
    seen = places.host(host) / "packages-seen"
    if seen.exists() and seen.read_text() == f"{container.strip()} {digest}\n":
        return
    runner.run(["podman", "exec", f"estate-{host}", "apt-get", "-qq", "update"])
    settle(seen, f"{container.strip()} {digest}\n")


def _clear_others(runner: Runner, places: Places, topology: Topology) -> None:
    foreign = to_clear(list_containers(runner), places.checkout, link_owner())
    for one in foreign:
        remove_host(runner, one)
    if link_owner() not in (None, str(places.checkout)):
        Fabric(runner, topology, places.checkout).dismantle()


def _leave(runner: Runner, fabric: Fabric) -> None:
    fabric.dismantle()
    restore_limits(runner)
    # `ip netns add` mounts its folder on itself; an empty one is nobody's any more.
    if is_mounted(NAMED, MOUNTS.read_text()) and not any(NAMED.iterdir()):
        runner.attempt(["umount", str(NAMED)])
    if NAMED.is_dir() and not any(NAMED.iterdir()):
        NAMED.rmdir()
    (MACHINE_STATE / "lock").unlink(missing_ok=True)
    MACHINE_STATE.rmdir()


def purge_cache(places: Places) -> None:
    """Removes what the lab keeps in the cache; what others keep there stays."""
    for name in ("rootfs-*", "packages*", "apt*", "tmp"):
        for path in places.cache.glob(name):
            shutil.rmtree(path) if path.is_dir() and not path.is_symlink() else path.unlink()


def _in_parallel(each: Sequence[T], work: Callable[[T], R]) -> list[R]:
    with ThreadPoolExecutor(max_workers=max(1, len(each))) as pool:
        return list(pool.map(work, each))


def _subject(path: Path) -> Mapping[str, Any]:
    try:
        loaded = yaml.safe_load(path.read_text())
    except (OSError, yaml.YAMLError) as wrong:
        raise LabError(
            "read the declared lab", f"{path}: {wrong}", "Run `./scripts/estate validate`"
        ) from wrong
    if not isinstance(loaded, dict):
        raise LabError(
            "read the declared lab", f"{path}: holds no mapping", "Run `./scripts/estate validate`"
        )
    return loaded


def require_root() -> None:
    """Raises LabError unless this is root."""
    if os.geteuid() != 0:
        raise LabError(
            "asked to change the lab",
            "only root may make namespaces and systems on this machine",
            "Repeat it with sudo",
        )
