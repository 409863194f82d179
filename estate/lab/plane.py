"""Carries the frames of the lab's switches: one Open vSwitch bridge for each switch and router, in user space.

What a port lets through is said by the switch behind it (`estate.lab.switches.installed`); a new port lets nothing
through until then. Everything lives in the namespace of the fabric and in one folder of the machine.
"""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import time
from pathlib import Path

from estate.lab.commands import Runner
from estate.lab.errors import LabError
from estate.lab.namespaces import NAMED, is_namespace_of
from estate.lab.places import MACHINE_STATE
from estate.lab.wiring import Wiring

FOLDER = MACHINE_STATE / "switches"
DATABASE = f"unix:{FOLDER}/db.sock"
SCHEMA = "/usr/share/openvswitch/vswitch.ovsschema"
SILENT = "4095"
"""A VLAN that no port has: what is tagged with it goes nowhere."""
VSCTL = ("ovs-vsctl", f"--db={DATABASE}", "--timeout=20")
CARRIER, KEEPER, MIND = "ovs-vswitchd", "ovsdb-server", "installed"
PATIENCE_SECONDS = 60.0


class Plane:
    """Makes the bridges and their cables as wired; every step looks first, so it may be repeated."""

    def __init__(self, runner: Runner, wiring: Wiring, namespace: str) -> None:
        self._run, self._read = runner.run, runner.read
        self._wiring, self._namespace = wiring, namespace
        self._inside = ["ip", "netns", "exec", namespace]

    def start(self) -> None:
        """Starts both daemons, and makes bridges and links; one that lives in a lost namespace is started anew."""
        if not self._wiring.units:
            return
        if not (
            pid_of(KEEPER) and pid_of(CARRIER) and is_namespace_of(NAMED / self._namespace, pid_of(CARRIER))
        ):
            end_all()
            FOLDER.mkdir(parents=True)
            self._run(["ovsdb-tool", "create", f"{FOLDER}/conf.db", SCHEMA])
            own = f"--pidfile={FOLDER}/{KEEPER}.pid"
            control = [f"--unixctl={FOLDER}/{KEEPER}.ctl", f"--log-file={FOLDER}/{KEEPER}.log", "--detach"]
            self._run([KEEPER, f"{FOLDER}/conf.db", f"--remote=p{DATABASE}", own, *control])
            self._run([*VSCTL, "--no-wait", "init"])
            own = f"--pidfile={FOLDER}/{CARRIER}.pid"
            control = [f"--unixctl={FOLDER}/{CARRIER}.ctl", f"--log-file={FOLDER}/{CARRIER}.log", "--detach"]
            self._run([*self._inside, CARRIER, DATABASE, own, *control])
            self._wire()

    def _wire(self) -> None:
        words: list[str] = []
        for bridge in self._wiring.bridges:
            words += ["--", "add-br", bridge, "--", "set", "bridge", bridge, "datapath_type=netdev"]
        far = self._wiring.far_ends
        for here in self._wiring.patches:
            port = ["--", "add-port", here.switch, here.end]
            if here.switch in self._wiring.units:
                port.append(f"tag={SILENT}")
            kind = ["type=patch", f"options:peer={far[here.end].end}"]
            words += [*port, "--", "set", "interface", here.end, *kind]
        self._run([*VSCTL, *words[1:]])

    def leg(self, router: str, name: str, vlan: int, mac: str) -> None:
        """Gives a router an interface in a VLAN: a link of the namespace, still without an address."""
        port = ["--may-exist", "add-port", router, name, f"tag={vlan}"]
        self._run([*VSCTL, *port, "--", "set", "interface", name, "type=internal", f'mac="{mac}"'])

    def plugged(self) -> dict[str, tuple[str, int]]:
        """Returns for each port the switch it is plugged into and the number of the link that is carried there."""
        if not self._wiring.units:
            return {}
        asked = ["--columns=name,external_ids,ifindex", "--format=json", "list", "interface"]
        listed = json.loads(self._read([*VSCTL, *asked]) or '{"data": []}')["data"]
        return {
            name: (dict(ids[1]).get("switch", ""), link if isinstance(link, int) else -1)
            for name, ids, link in listed
        }

    def unplug(self, port: str) -> None:
        """Takes a port off its switch. The carrier never notices by itself that a link is another of the same name."""
        if self._wiring.units and pid_of(KEEPER):
            self._run([*VSCTL, "--if-exists", "del-port", port])

    def plug(self, port: str, switch: str) -> None:
        """Puts a link of the namespace onto a switch, as a port that is silent until the switch says otherwise."""
        mark = ["--", "set", "interface", port, f"external_ids:switch={switch}"]
        self._run([*VSCTL, "--may-exist", "add-port", switch, port, f"tag={SILENT}", *mark])

    def tell_switches(self) -> None:
        """Lets the switches say anew what each port carries: something was plugged in."""
        if pid_of(MIND):
            os.kill(pid_of(MIND), signal.SIGHUP)

    def wake_switches(self, command: list[str], log: Path) -> None:
        """Starts the program that is all switches, and returns when they have said what their ports carry."""
        if not self._wiring.units or pid_of(MIND):
            return
        ready = FOLDER / "ready"
        ready.unlink(missing_ok=True)
        log.parent.mkdir(parents=True, exist_ok=True)
        with log.open("ab") as out:
            process = subprocess.Popen(
                command, stdin=subprocess.DEVNULL, stdout=out, stderr=out, start_new_session=True
            )
        (FOLDER / f"{MIND}.pid").write_text(f"{process.pid}\n")
        end = time.monotonic() + PATIENCE_SECONDS
        while not ready.exists():
            if process.poll() is not None or time.monotonic() > end:
                told = log.read_text(errors="replace").strip().splitlines()[-3:]
                found = " / ".join(told) or "without a word"
                raise LabError("started the switches of the lab", found, f"Look at {log}, then up again")
            time.sleep(0.05)


def end_all() -> None:
    """Ends switches, carrier and keeper, whoever started them, and removes what they left; nothing if there is none."""
    for name in (MIND, CARRIER, KEEPER):
        if pid_of(name):
            os.kill(pid_of(name), signal.SIGKILL)
    shutil.rmtree(FOLDER, ignore_errors=True)


def traces() -> list[str]:
    """Returns what of the data plane is on the machine, one word and a name each."""
    return [f"program {name}" for name in (MIND, CARRIER, KEEPER) if pid_of(name)]


def pid_of(name: str) -> int:
    """Returns the number of a program of the data plane, 0 when it does not run; numbers are used again by others."""
    try:
        number = int((FOLDER / f"{name}.pid").read_text())
        words = Path("/proc", str(number), "cmdline").read_bytes()
    except (OSError, ValueError):
        return 0
    return number if name.encode() in words else 0
