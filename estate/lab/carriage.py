"""Runs an Open vSwitch in user space for itself alone: its daemons, its folder, and the program that speaks for it."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from estate.lab.errors import LabError
from estate.lab.namespaces import NAMED, is_namespace_of

SCHEMA = "/usr/share/openvswitch/vswitch.ovsschema"
SILENT = "4095"
"""A VLAN that no port has: what is tagged with it goes nowhere."""
IN_USER_SPACE = "datapath_type=netdev"
CARRIER, KEEPER, AGENT = "ovs-vswitchd", "ovsdb-server", "snmpd"
"""Of agents, which answer SNMP, there is one for each switch; they die with the mind."""
PATIENCE_SECONDS = 60.0


@dataclass(frozen=True)
class Carriage:
    """Is one Open vSwitch: the folder of all its files, and the Python module (`mind`) that says what ports carry."""

    folder: Path
    mind: str

    @property
    def database(self) -> str:
        """Where its database answers."""
        return f"unix:{self.folder}/db.sock"

    @property
    def vsctl(self) -> tuple[str, ...]:
        """How a command to its database begins."""
        return ("ovs-vsctl", f"--db={self.database}", "--timeout=20")

    @property
    def appctl(self) -> tuple[str, ...]:
        """How a question to its carrier begins."""
        return ("ovs-appctl", "-t", f"{self.folder}/{CARRIER}.ctl")

    @property
    def agent_log(self) -> str:
        """Where agents write, which is how they are known."""
        return f"{self.folder}/{AGENT}.log"

    @property
    def ready(self) -> Path:
        """Is there while the mind has said what the ports carry, and can be told to say it anew."""
        return self.folder / "ready"

    def begin(self, run: Callable[[Sequence[str]], object], inside: Sequence[str]) -> None:
        """Starts keeper and carrier anew, without bridges; `inside` leads into the namespace of its links."""
        self.end()
        self.folder.mkdir(parents=True)
        run(["ovsdb-tool", "create", f"{self.folder}/conf.db", SCHEMA])
        run([KEEPER, f"{self.folder}/conf.db", f"--remote=p{self.database}", *self._daemon(KEEPER)])
        run([*self.vsctl, "--no-wait", "init"])
        run([*inside, CARRIER, self.database, *self._daemon(CARRIER)])

    def carries(self, namespace: str) -> bool:
        """Says whether both daemons run, the carrier in the namespace that bears this name now."""
        carrier = self.pid_of(CARRIER)
        return bool(self.pid_of(KEEPER) and carrier and is_namespace_of(NAMED / namespace, carrier))

    def tell(self) -> None:
        """Lets the mind say anew what each port carries: something was plugged in."""
        if self.ready.exists() and (mind := self.pid_of(self.mind)):
            os.kill(mind, signal.SIGHUP)

    def wake(self, command: list[str], log: Path) -> None:
        """Starts the mind unless it runs, and returns when it has said what its ports carry."""
        number = self.pid_of(self.mind)
        if not number:
            self.ready.unlink(missing_ok=True)
            log.parent.mkdir(parents=True, exist_ok=True)
            quiet = subprocess.DEVNULL
            with log.open("ab") as out:
                started = subprocess.Popen(
                    command, stdin=quiet, stdout=out, stderr=out, start_new_session=True
                )
            number = started.pid
        end = time.monotonic() + PATIENCE_SECONDS
        while not self.ready.exists():
            if time.monotonic() > end or _gone(number):
                told = log.read_text(errors="replace").strip().splitlines()[-3:]
                found = " / ".join(told) or "without a word"
                raise LabError("started the switches of the lab", found, f"Look at {log}, then up again")
            time.sleep(0.05)

    def end(self) -> None:
        """Ends all its programs, whoever started them, and removes what they left; nothing if there is none."""
        end = time.monotonic() + PATIENCE_SECONDS
        for name in (self.mind, AGENT, CARRIER, KEEPER):
            while (number := self.pid_of(name)) and time.monotonic() < end:
                with suppress(ProcessLookupError):
                    os.kill(number, signal.SIGKILL)
                while not _gone(number) and time.monotonic() < end:
                    time.sleep(0.01)
        shutil.rmtree(self.folder, ignore_errors=True)

    def pid_of(self, name: str) -> int:
        """Returns the number of one of its programs, 0 when it does not run; found by how it was started."""
        mark = self._mark(name).encode()
        for place in Path("/proc").glob("[0-9]*/cmdline"):
            with suppress(OSError):
                if mark in place.read_bytes().split(b"\0"):
                    return int(place.parent.name)
        return 0

    def _mark(self, name: str) -> str:
        """Gives an argument by which a program is known among all of the machine."""
        if name == AGENT:
            return self.agent_log
        return name if name == self.mind else f"--pidfile={self.folder}/{name}.pid"

    def _daemon(self, name: str) -> list[str]:
        files = [f"--unixctl={self.folder}/{name}.ctl", f"--log-file={self.folder}/{name}.log"]
        return [self._mark(name), *files, "--detach"]


def _gone(number: int) -> bool:
    """Says whether a killed program has let go of all it held, its links too; its arguments vanish before that."""
    try:
        return Path("/proc", str(number), "stat").read_text().rpartition(")")[2].split()[0] in "ZX"
    except OSError:
        return True
