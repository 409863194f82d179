"""Declares many switches of 48 ports and serves them in a process of its own; what a benchmark measures against."""

from __future__ import annotations

import asyncio
import json
import os
import re
import shutil
import subprocess
import sys
from datetime import date
from pathlib import Path

import asyncssh

from estate.declared import load
from estate.lab.switches import Fleet, Machine
from estate.records.files import write_text
from estate.switches import remembered
from estate.switches.intended import intended
from tests.unit.switches.pushing.conftest import INVENTORY, LAB, ROOT, SECRETS

MODEL, PRINTERS, DRIFTED, WRONG = "WS-C2960X-48TS-L", 24, range(31, 36), "YANLIS"
SWITCH = """\
    - name: sw-olcum-{0:03}
      model: c2960x-48
      site: ANA
      place: Deneme
      address: "10.40.10.{1}"
      links:
        - {{port: Gi1/0/49, to: gecit-ana, native_vlan: NATIVE_BOS, vlans: [MGMT, YAZICI, KARANTINA]}}
"""
OUTLET = """\
    - {{name: ANA-{0}-{1}, switch: sw-olcum-{2:03}, port: "Gi1/0/{1}", profile: yazici, device: yazici-{2}-{1}}}
"""


class Crowd:
    """Is so many switches: declared in a copy of the lab's inventory, and served by a child that `close` ends."""

    def __init__(self, folder: Path, count: int) -> None:
        self.folder, self.declared = folder, folder / "inventories" / "lab"
        shutil.copytree(LAB, self.declared, ignore=shutil.ignore_patterns("vault.yml"))
        path = self.declared / "estate" / "switches.yml"
        switches = "".join(SWITCH.format(n, n + 40) for n in range(1, count + 1))
        outlets = "".join(
            OUTLET.format(100 + n, port, n) for n in range(1, count + 1) for port in range(1, PRINTERS + 1)
        )
        text = path.read_text("utf-8").replace("  switches:\n", f"  switches:\n{switches}", 1)
        path.write_text(text.replace("  outlets:\n", f"  outlets:\n{outlets}", 1), "utf-8")
        self.names = [f"sw-olcum-{n:03}" for n in range(1, count + 1)]
        self.user = load(self.declared).switches.base.local_user
        self._child = subprocess.Popen(
            [sys.executable, "-m", "tests.unit.switches.pushing.many", str(self.declared)],
            cwd=ROOT,
            env={**os.environ, "PYTHONPATH": str(ROOT)},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,  # asyncio tells every connection that was reset, as ours are on purpose
            text=True,
        )
        self.ports: dict[str, int] = {}
        self.kilobytes = 0.0

    def wait(self) -> None:
        """Returns when all are served and their host key is known."""
        told = self._answer()
        self.ports, self.kilobytes = told["ports"], told["kilobytes"]
        estate, today = load(self.declared), date.today()
        secrets = {key: word for key, word in SECRETS.items() if "first" not in key}
        stand = [switch for switch in estate.switches.switches if switch.name in self.ports]
        marks: dict[str, dict[str, str]] = {}
        for each in stand:
            wanted = intended(estate, each, today)
            marks[each.name] = remembered.marks(wanted, secrets, marks.values())
        write_text(self.folder / "var" / "switches" / "secrets.json", json.dumps(marks), 0o600)
        first = next(iter(self.ports.values()))
        key = asyncio.run(asyncssh.get_server_host_key("127.0.0.1", first))
        assert key is not None
        shown = " ".join(key.export_public_key().decode().split()[:2])
        lines = [f"[127.0.0.1]:{port} {shown}\n" for port in self.ports.values()]
        (self.folder / "known_switches").write_text("".join(lines))

    def close(self) -> None:
        """Ends the child."""
        self._child.kill()
        self._child.communicate()

    @property
    def variables(self) -> dict[str, str]:
        """The environment for pyinfra."""
        found = {**os.environ, "PYTHONPATH": str(ROOT), "SHELL": "/bin/sh"}
        found.pop("PYTHONDONTWRITEBYTECODE", None)
        return found

    def inventory(self, count: int) -> Path:
        """Gives an inventory of the first switches."""
        path = self.folder / f"inventory{count}.py"
        hosts = [(name, "cisco_ios", self.ports[name]) for name in self.names[:count]]
        places = {"var": str(self.folder / "var"), "declared": str(self.declared)}
        known = str(self.folder / "known_switches")
        path.write_text(INVENTORY.format(secrets=SECRETS, minute=60.0, hosts=hosts, known=known, **places))
        return path

    def forget(self) -> None:
        """Has the next plan remember nothing."""
        (self.folder / "var" / "switches" / "idle.json").unlink(missing_ok=True)

    def drift(self, count: int) -> list[str]:
        """Gives some ports of the first switches another name; gives the lines that mend it on any of them."""
        return list(self._ask(f"drift {count}")["lines"])

    def settled(self, count: int) -> None:
        """Holds that no port of the first switches has a wrong name any more."""
        left = self._ask(f"left {count}")["left"]
        assert left == 0, f"{left} names are wrong still"

    def _ask(self, command: str) -> dict[str, object]:
        assert self._child.stdin is not None
        self._child.stdin.write(f"{command}\n")
        self._child.stdin.flush()
        return self._answer()

    def _answer(self) -> dict[str, object]:
        assert self._child.stdout is not None
        return dict(json.loads(self._child.stdout.readline()))


def _stands(declared: Path) -> list[Machine]:
    estate, machines = load(declared), []
    for switch in estate.switches.switches:
        if switch.name.startswith("sw-olcum"):
            wanted = intended(estate, switch, date.today())
            machine = Machine(switch.name, "cisco_ios", MODEL, blank=True)
            text = re.sub(r"<vault:([a-z_]+)>", lambda found: SECRETS[found[1]], wanted.text)
            machine.configure(text)
            machine.save()
            machines.append(machine)
    return machines


def _kilobytes() -> int:
    return int(re.findall(r"VmRSS:\s+(\d+)", Path("/proc/self/status").read_text())[0])


def _wrong(machine: Machine) -> int:
    return sum(f"description {WRONG}" in lines.values() for lines in machine.running.values())


def _serve(declared: Path) -> None:
    """Serves, then answers what is asked: `drift COUNT` and `left COUNT`; JSON, a line each."""
    before = _kilobytes()
    machines = _stands(declared)
    ports = [f"interface GigabitEthernet1/0/{port}" for port in DRIFTED]
    spoiled = "\n".join(f"{port}\ndescription {WRONG}" for port in ports)
    mended = [line for port in ports for line in (port, "description bos")]
    with Fleet(machines) as fleet:
        extra = (_kilobytes() - before) / len(machines)
        print(json.dumps({"ports": fleet.ports, "kilobytes": extra}), flush=True)
        for asked in sys.stdin:
            word, count = asked.split()
            those = machines[: int(count)]
            if word == "drift":
                for machine in those:
                    fleet.call(machine.configure, spoiled)
                    fleet.call(machine.save)
                print(json.dumps({"lines": mended}), flush=True)
            else:
                print(json.dumps({"left": sum(map(_wrong, those))}), flush=True)


if __name__ == "__main__":
    _serve(Path(sys.argv[1]))
