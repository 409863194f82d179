"""Raises the blank switch of a drill, hangs hosts on its ports and tries who reaches whom; installed ones see nothing.

It lives in a namespace and on a data plane of its own, so what is restored on it, addresses included, meets nobody.
"""

from __future__ import annotations

import re
import sys
import time
from collections.abc import Mapping, Sequence
from typing import Any

from estate.declared import Estate
from estate.declared.drills import Drill
from estate.declared.estate import load
from estate.lab.carriage import IN_USER_SPACE, SILENT
from estate.lab.claim import locked
from estate.lab.commands import Runner
from estate.lab.errors import LabError
from estate.lab.namespaces import NAMED, make, namespace_of, remove
from estate.lab.places import Places
from estate.lab.plane import SPARE
from estate.lab.room import require_root
from estate.lab.secrets import ensure_secrets
from estate.lab.switches.spare import link_of

PATIENCE_SECONDS = 10.0
NETWORK = "203.0.113.{}"
"""All hosts have addresses of one network: the VLAN of a port alone decides who reaches whom."""
NOBODY = 254


def up(places: Places, name: str, like: str = "") -> str:
    """Raises a blank switch in place of any before, like a declared one (default: the lost one); says like which."""
    require_root()
    drill, estate = _drill(places, name)
    assert drill.spare is not None  # `_drill` refuses others
    model_of = like or drill.lost_host
    if estate.switches.switch(model_of) is None:
        known = ", ".join(one.name for one in estate.switches.switches)
        raise LabError(
            f"asked for a switch like {model_of}", "no such one is declared", f"Name one of {known}"
        )
    with locked(places.checkout, f"spare up {name}") as lock:
        runner = Runner(lock_fd=lock)
        _lower(runner, name)
        ensure_secrets(places)
        inside = namespace_of(name)
        make(inside, runner.run)
        SPARE.begin(runner.run, ["ip", "netns", "exec", inside])
        userspace = ["--", "set", "bridge", name, IN_USER_SPACE]
        runner.run([*SPARE.vsctl, "add-br", name, *userspace])
        where = ["--port", str(drill.spare.port), "--user", drill.spare.user]
        program = [sys.executable, "-m", SPARE.mind, str(places.checkout), name, model_of, *where]
        SPARE.wake(program, places.state / "switchgear" / "spare.log")
    return model_of


def down(places: Places, name: str) -> None:
    """Takes the switch away with all that hangs on it; nothing when there is none."""
    require_root()
    with locked(places.checkout, f"spare down {name}") as lock:
        _lower(Runner(lock_fd=lock), name)


def reach(
    places: Places, name: str, access: Mapping[str, int], trials: Sequence[tuple[str, str]]
) -> dict[str, Any]:
    """Hangs a host on each port of the trials and tries each pair; gives what was seen.

    Returns:
        {"hosts": [{"port", "vlan" (of the restored text), "heard" (in which VLAN the switch learned it, or null)}],
        "tries": [{"from", "to", "reached"}]}.
    """
    require_root()
    drill, estate = _drill(places, name)
    switch = estate.switches.switch(drill.lost_host)
    assert switch is not None, drill.lost_host  # a loaded estate has the switch of every drill
    ports = estate.switches.ports(switch)
    numbers = {port: at for at, port in enumerate(dict.fromkeys(port for pair in trials for port in pair), 1)}
    with locked(places.checkout, f"spare try {name}") as lock:
        runner = Runner(lock_fd=lock)
        for port, number in numbers.items():
            _hang(runner, name, number, link_of(ports, port))
        SPARE.tell()
        _settle(runner, name, numbers)
        tries = [
            {"from": one, "to": other, "reached": _pings(runner, name, numbers[one], numbers[other])}
            for one, other in trials
        ]
        heard = _heard(runner, name)
    rows = [{"port": port, "vlan": access[port], "heard": heard.get(at)} for port, at in numbers.items()]
    return {"hosts": rows, "tries": tries}


def _settle(runner: Runner, name: str, numbers: Mapping[str, int]) -> None:
    """Waits until the switch heard everybody, or for long enough: a port comes up in its time."""
    end = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < end and len(_heard(runner, name)) < len(numbers):
        for number in numbers.values():
            _pings(runner, name, number, NOBODY)  # the switch learns nobody who is silent


def _drill(places: Places, name: str) -> tuple[Drill, Estate]:
    estate = load(places.inventory)
    known = {one.target: one for one in estate.drills if one.spare is not None}
    if name not in known:
        told = ", ".join(known) or "none"
        raise LabError(
            f"asked for the spare switch {name}",
            f"drills with a spare have: {told}",
            "Use one of them, or declare `spare` in inventories/lab/estate/drills.yml",
        )
    return known[name], estate


def _lower(runner: Runner, name: str) -> None:
    SPARE.end()
    for path in sorted(NAMED.glob(f"{namespace_of(name)}*")) if NAMED.is_dir() else []:
        remove(path.name, runner.attempt)


def _host(name: str, number: int) -> str:
    return f"{namespace_of(name)}-{number}"


def _mac(number: int) -> str:
    return f"02:53:50:00:00:{number:02x}"


def _hang(runner: Runner, name: str, number: int, link: str) -> None:
    """Makes a host, in place of any before, and plugs it in; the port is silent until the switch is told."""
    inside, host = namespace_of(name), _host(name, number)
    runner.run([*SPARE.vsctl, "--if-exists", "del-port", link])
    runner.read(["ip", "-n", inside, "link", "del", link])  # one that goes with its host goes late
    remove(host, runner.attempt)
    make(host, runner.run)
    ends = ["type", "veth", "peer", "name", "eth0", "address", _mac(number), "netns", host]
    runner.run(["ip", "-n", inside, "link", "add", link, *ends])
    runner.run(["ip", "-n", inside, "link", "set", link, "up"])
    runner.run(["ip", "-n", host, "addr", "add", f"{NETWORK.format(number)}/24", "dev", "eth0"])
    runner.run(["ip", "-n", host, "link", "set", "eth0", "up"])
    runner.run([*SPARE.vsctl, "add-port", name, link, f"tag={SILENT}"])


def _pings(runner: Runner, name: str, source: int, target: int) -> bool:
    call = ["ip", "netns", "exec", _host(name, source), "ping", "-c1", "-W1", NETWORK.format(target)]
    return runner.read(call) is not None


def _heard(runner: Runner, name: str) -> dict[int, int]:
    """Gives the VLAN in which the switch learned the hardware address of each host, by the number of the host."""
    shown = runner.read([*SPARE.appctl, "fdb/show", name]) or ""
    learned = re.finditer(rf"(\d+)\s+{_mac(0)[:-2]}([0-9a-f]{{2}})\s", shown)
    return {int(found[2], 16): int(found[1]) for found in learned if found[1] != SILENT}
