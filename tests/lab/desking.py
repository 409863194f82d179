"""Sits at the desks of the lab: a telephone or a PC is a network namespace, in which ordinary programs run."""

from __future__ import annotations

import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from estate.lab.desks import Desk
from estate.lab.namespaces import namespace_of
from estate.lab.places import locate
from estate.lab.room import read_desks, read_topology, read_wiring
from estate.lab.topology import Attachment
from pyinfra_deploys.connectors.way import Way
from tests.lab.reaching import BIN, ROOT, Answer, estate, ran

PLACES = locate()
DESKS = {desk.socket.label: desk for desk in read_desks(PLACES, read_topology(PLACES), read_wiring(PLACES))}
"""What stands on desks as declared: outlet, desk. `desk.telephone.address` is reached from the servers."""
Reach = Callable[[str], Way]


def inside(machine: Attachment, *command: str) -> list[str]:
    """Gives the command that runs a program as a telephone or a PC: `inside(desk.telephone, "baresip", ...)`."""
    return ["ip", "netns", "exec", namespace_of(machine.host), *command]


def reaches(namespace: str, address: str, *options: str) -> bool:
    """Tells whether an address answers one ping."""
    call = ["ip", "netns", "exec", namespace, "ping", "-c1", "-W1", *options, address]
    return subprocess.run(call, capture_output=True, timeout=30).returncode == 0


@contextmanager
def telephone(outlet: str, address: str, pc: str = "") -> Iterator[tuple[str, str]]:
    """Plugs a telephone in for a while; gives the namespaces of it and of the PC behind it."""
    done = estate("lab", "phone", outlet, address, *(["--pc", pc] if pc else []))
    if done.returncode:
        pytest.fail(done.stderr)
    try:
        names = [line.split()[-2] for line in done.stdout.splitlines()]
        yield names[0], names[-1]
    finally:
        estate("lab", "phone", outlet, "--unplug")


def stand_again(desk: Desk) -> None:
    """Lets a declared desk stand as it is declared, whatever a test left at its outlet."""
    behind = ["--pc", desk.pc.address] if desk.pc else []
    done = estate("lab", "phone", desk.socket.label, desk.telephone.address, *behind)
    if done.returncode:
        pytest.fail(done.stderr)


def deployed(checkout: Path = ROOT, *options: str) -> Answer:
    """Lets the deploy of a checkout bring its switches, and gives what came of it."""
    files = ["pyinfra_deploys/switch_inventory.py", "pyinfra_deploys/switches.py"]
    return ran([BIN / "pyinfra", "-y", *files, *options], cwd=checkout, PYTHONPATH=str(checkout))
