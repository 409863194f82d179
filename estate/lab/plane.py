"""Carries the frames of the lab's switches: one Open vSwitch bridge for each switch and router, in user space.

What a port lets through is said by the switch behind it (`estate.lab.switches.installed`); a new port lets nothing
through until then. Everything lives in the namespace of the fabric and in one folder of the machine.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import signal
import subprocess
import time
from contextlib import suppress
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
READY = FOLDER / "ready"
"""Is there while the switches have said what their ports carry, and can be told to say it anew."""
PROGRAM = "estate.lab.switches.installed"
PATIENCE_SECONDS = 60.0
_MARKS = {
    CARRIER: f"--pidfile={FOLDER}/{CARRIER}.pid",
    KEEPER: f"--pidfile={FOLDER}/{KEEPER}.pid",
    MIND: PROGRAM,
}
"""An argument by which each program is known among all of the machine."""


class Plane:
    """Makes the bridges and their cables as wired; every step looks first, so it may be repeated."""

    def __init__(self, runner: Runner, wiring: Wiring, namespace: str) -> None:
        self._run, self._read = runner.run, runner.read
        self._wiring, self._namespace = wiring, namespace
        self._inside = ["ip", "netns", "exec", namespace]

    def start(self) -> None:
        """Makes daemons, bridges and links, and plugs in again what was; nothing when all is there as it is wired.

        What an interrupted start left, what lives in a lost namespace, and what is wired otherwise begins anew.
        """
        made = FOLDER / "wiring"
        if not self._wiring.units or (
            self._carried() and made.exists() and made.read_text() == self._digest()
        ):
            return
        end_all()
        FOLDER.mkdir(parents=True)
        self._run(["ovsdb-tool", "create", f"{FOLDER}/conf.db", SCHEMA])
        self._run([KEEPER, f"{FOLDER}/conf.db", f"--remote=p{DATABASE}", *_daemon(KEEPER)])
        self._run([*VSCTL, "--no-wait", "init"])
        self._run([*self._inside, CARRIER, DATABASE, *_daemon(CARRIER)])
        self._wire()
        made.write_text(self._digest())

    def _carried(self) -> bool:
        carrier = pid_of(CARRIER)
        return bool(pid_of(KEEPER) and carrier and is_namespace_of(NAMED / self._namespace, carrier))

    def _digest(self) -> str:
        return hashlib.sha256(repr(self._wiring).encode()).hexdigest()

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
        links = json.loads(self._read(["ip", "-n", self._namespace, "-j", "link"]) or "[]")
        places = {cable.end: cable.switch for cable in self._wiring.sockets.values()}
        places |= {unit.port: unit.name for unit in self._wiring.units.values()}
        for link in links:
            if link["ifname"] in places:
                self.plug(link["ifname"], places[link["ifname"]])

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
        if READY.exists() and (mind := pid_of(MIND)):
            os.kill(mind, signal.SIGHUP)

    def wake_switches(self, command: list[str], log: Path) -> None:
        """Starts the program that is all switches, and returns when they have said what their ports carry."""
        if not self._wiring.units:
            return
        number = pid_of(MIND)
        if not number:
            READY.unlink(missing_ok=True)
            log.parent.mkdir(parents=True, exist_ok=True)
            quiet = subprocess.DEVNULL
            with log.open("ab") as out:
                started = subprocess.Popen(
                    command, stdin=quiet, stdout=out, stderr=out, start_new_session=True
                )
            number = started.pid
        end = time.monotonic() + PATIENCE_SECONDS
        while not READY.exists():
            if time.monotonic() > end or _gone(number):
                told = log.read_text(errors="replace").strip().splitlines()[-3:]
                found = " / ".join(told) or "without a word"
                raise LabError("started the switches of the lab", found, f"Look at {log}, then up again")
            time.sleep(0.05)


def _daemon(name: str) -> list[str]:
    return [_MARKS[name], f"--unixctl={FOLDER}/{name}.ctl", f"--log-file={FOLDER}/{name}.log", "--detach"]


def end_all() -> None:
    """Ends switches, carrier and keeper, whoever started them, and removes what they left; nothing if there is none."""
    end = time.monotonic() + PATIENCE_SECONDS
    for name in (MIND, CARRIER, KEEPER):
        while (number := pid_of(name)) and time.monotonic() < end:
            with suppress(ProcessLookupError):
                os.kill(number, signal.SIGKILL)
            while not _gone(number) and time.monotonic() < end:
                time.sleep(0.01)
    shutil.rmtree(FOLDER, ignore_errors=True)


def _gone(number: int) -> bool:
    """Says whether a killed program has let go of all it held, its links too; its arguments vanish before that."""
    try:
        return Path("/proc", str(number), "stat").read_text().rpartition(")")[2].split()[0] in "ZX"
    except OSError:
        return True


def traces() -> list[str]:
    """Returns what of the data plane is on the machine, one word and a name each."""
    return [f"program {name}" for name in (MIND, CARRIER, KEEPER) if pid_of(name)]


def pid_of(name: str) -> int:
    """Returns the number of a program of the data plane, 0 when it does not run; found by how it was started."""
    mark = _MARKS[name].encode()
    for place in Path("/proc").glob("[0-9]*/cmdline"):
        with suppress(OSError):
            if mark in place.read_bytes().split(b"\0"):
                return int(place.parent.name)
    return 0
