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

from estate.lab.access import ensure_access
from estate.lab.claim import locked, to_clear
from estate.lab.commands import Runner, say
from estate.lab.errors import LabError
from estate.lab.fabric import Fabric
from estate.lab.hosts import await_sshd, ensure_host, list_containers, remove_host, run_line
from estate.lab.image import ensure_image, remove_images
from estate.lab.namespaces import MOUNTS, NAMED, has_ipv6, is_mounted, link_owner, namespace_of
from estate.lab.packages import ensure_packages
from estate.lab.places import MACHINE_STATE, Places, settle
from estate.lab.plane import PROGRAM
from estate.lab.secrets import ensure_secrets
from estate.lab.topology import Topology, derive, members, standing, without_ipv6
from estate.lab.tuning import raise_limits, restore_limits
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


def default_hosts(places: Places) -> list[str]:
    """Returns the hosts that belong to a lab when none is named: the group `managed`."""
    return members(_subject(places.inventory / "hosts.yml"), "managed")


def up(places: Places, asked: Sequence[str] = ()) -> Raised:
    """Makes the asked hosts run (default: the group managed), with names, routes, packages and secrets in place."""
    begun = time.monotonic()
    _require_root()
    topology = read_topology(places)
    hosts = chosen(topology, asked or default_hosts(places))
    places.cache.mkdir(parents=True, exist_ok=True)
    with locked(places.checkout, "up") as lock:
        runner = Runner(lock_fd=lock)
        _clear_others(runner, places, topology)
        raise_limits(runner)
        image = ensure_image(runner, places)
        ensure_access(runner, places, topology)
        if ensure_secrets(places):
            say("lab: added secrets to the vault of the lab")
        started = _boot(runner, places, topology, hosts, image)
        say("lab: package repository")
        repository = ensure_packages(runner, places)
        running = [one.host for one in list_containers(runner) if one.alive]
        _in_parallel(running, lambda host: _refresh_packages(runner, places, host, repository.digest))
        if repository.failures:
            raise repository.failures[0]
    return Raised(tuple(hosts), tuple(started), runner.count, time.monotonic() - begun)


def down(places: Places, asked: Sequence[str] = (), purge: bool = False) -> list[str]:
    """Removes the asked hosts, or the whole lab with all it put on the machine (purge: also the cache); names them."""
    _require_root()
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


def plug_pc(places: Places, outlet: str, address: str) -> str:
    """Plugs a PC into an outlet (`address` empty: unplugs it); returns the name of its network namespace."""
    _require_root()
    topology, wiring = read_topology(places), read_wiring(places)
    free = [name for name in wiring.sockets if name not in {*topology.hosts, topology.controller.host}]
    if outlet not in free:
        raise LabError(
            f"asked for the outlet {outlet}",
            f"where no host of the lab hangs: {', '.join(free) or 'none'}",
            "Use one of them, or declare it in inventories/lab/estate/switches.yml",
        )
    cable = standing(outlet, address, topology) if address else None
    with locked(places.checkout, f"pc {outlet}") as lock:
        if link_owner() != str(places.checkout):
            raise LabError("asked to plug in a PC", "the lab is down", "Run `./scripts/estate lab up`")
        fabric = Fabric(Runner(lock_fd=lock), topology, places.checkout, wiring)
        fabric.detach(outlet)
        if cable is not None:
            fabric.attach(cable)
    return namespace_of(outlet)


def chosen(topology: Topology, asked: Sequence[str]) -> list[str]:
    """Returns the asked hosts, refusing names that are not declared."""
    if unknown := [host for host in asked if host not in topology.hosts]:
        raise LabError(
            f"asked for {', '.join(unknown)}",
            f"the declared hosts are {', '.join(topology.hosts)}",
            "Use one of them, or declare the host in inventories/lab/group_vars/all/networks.yml",
        )
    return list(dict.fromkeys(asked))


def _boot(runner: Runner, places: Places, topology: Topology, hosts: Sequence[str], image: str) -> list[str]:
    fabric = Fabric(runner, topology, places.checkout, read_wiring(places))
    fabric.raise_core()
    program = [sys.executable, "-m", PROGRAM, str(places.checkout)]
    fabric.plane.wake_switches(program, places.state / "switchgear" / "log")
    places.packages.mkdir(parents=True, exist_ok=True)
    known = {one.host: one for one in list_containers(runner)}
    for host in hosts:
        living = known[host].pid if host in known and known[host].alive else None
        fabric.attach(topology.hosts[host], living)

    def boot(host: str) -> bool:
        cable = topology.hosts[host]
        acted = ensure_host(runner, known.get(host), run_line(cable, topology.domain, places, image))
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
    for name in ("packages", "apt", "tmp"):
        shutil.rmtree(places.cache / name, ignore_errors=True)
    for path in [
        *places.cache.glob("rootfs-*"),
        *places.cache.glob("packages.*"),
        *places.cache.glob("apt-*.db"),
    ]:
        path.unlink()


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


def _require_root() -> None:
    if os.geteuid() != 0:
        raise LabError(
            "asked to change the lab",
            "only root may make namespaces and systems on this machine",
            "Repeat it with sudo",
        )
