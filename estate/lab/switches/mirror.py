"""Lets each port of an Open vSwitch bridge carry what the switch behind it says, and tells what hangs on the ports."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Mapping, Sequence
from typing import Any

from estate.lab.carriage import SILENT, Carriage
from estate.lab.plane import INSTALLED
from estate.lab.switches.machine import Machine
from estate.lab.switches.ports import Port, State
from estate.lab.switches.wires import Wires
from estate.lab.wiring import BETWEEN


def rules(port: Port) -> list[str]:
    """Returns the columns of an Open vSwitch port that make it carry what a port of a switch carries.

    A trunk whose native VLAN is not among its VLANs drops untagged frames; a telephone's VLAN is carried tagged beside
    the one of the PC behind it.
    """
    untagged = port.untagged if port.enabled else None
    tagged = port.tagged if port.enabled else frozenset[int]()
    if untagged is None:
        return ["vlan_mode=trunk", "tag=[]", f"trunks={_listed(tagged)}"]
    if not tagged:
        return ["vlan_mode=access", f"tag={untagged}", "trunks=[]"]
    return ["vlan_mode=native-untagged", f"tag={untagged}", f"trunks={_listed(tagged | {untagged})}"]


def _listed(vlans: frozenset[int]) -> str:
    return ",".join(map(str, sorted(vlans))) or SILENT


class Mirror:
    """Is the one bridge of one switch: `ports` names the link behind each port, `own` the link of its own address."""

    def __init__(
        self,
        machine: Machine,
        ports: Mapping[str, str],
        own: tuple[int, str],
        inside: Sequence[str],
        carriage: Carriage = INSTALLED,
    ) -> None:
        self._carriage = carriage
        self._machine, self._ports, self._inside = machine, ports, inside
        self._vlan, self._own = own
        machine.wires = Seen(self)

    def show(self, state: State) -> None:
        """Lets the bridge carry what the switch says; the observer of its machine."""
        words: list[str] = []
        for port, link in self._ports.items():
            words += ["--", "--if-exists", "set", "port", link, *rules(state.ports[port])]
        up = self._vlan in state.interfaces
        words += ["--", "--if-exists", "set", "port", self._own, f"tag={self._vlan if up else SILENT}"]
        _run([*self._carriage.vsctl, *words[1:]])
        flags = self._flags()  # what is not plugged in has none; nor has a link between two switches
        for port, link in self._ports.items():
            enabled = state.ports[port].enabled
            if link in flags and ("UP" in flags[link]) != enabled:
                self._ip("link", "set", link, "up" if enabled else "down")

    def _ip(self, *words: str) -> str:
        return _run([*self._inside, "ip", *words], may_fail=True)

    def _flags(self) -> dict[str, list[str]]:
        return {link["ifname"]: link["flags"] for link in json.loads(self._ip("-j", "link") or "[]")}

    def carriers(self) -> set[str]:
        """Returns the ports that see a neighbour; between two switches the cable is always there."""
        flags = self._flags()
        return {
            port
            for port, link in self._ports.items()
            if (link not in flags and link.startswith(BETWEEN)) or "LOWER_UP" in flags.get(link, ())
        }

    def learned(self) -> list[tuple[int, str, str]]:
        """Returns the hardware addresses that spoke lately: VLAN, address, port."""
        asked = _run([*self._carriage.appctl, "fdb/show", self._machine.name], may_fail=True)
        numbers = self._numbers()
        rows = [line.split() for line in asked.splitlines()[1:]]
        found = [(int(row[1]), row[2], numbers[row[0]]) for row in rows if row[0] in numbers]
        return sorted(found)

    def forget(self) -> None:
        """Forgets the learned addresses."""
        _run([*self._carriage.appctl, "fdb/flush", self._machine.name], may_fail=True)

    def _numbers(self) -> dict[str, str]:
        """Returns the port behind each number that the bridge gives its links."""
        return {str(number): port for port, number in self._column("ofport").items()}

    def counted(self) -> dict[str, dict[str, int]]:
        """Returns for each port what passed it since it was plugged in, as of the last five seconds.

        Names as Open vSwitch gives them: `rx_bytes`, `tx_packets`, `rx_errors`; received is what came in from outside.
        """
        return {port: dict(kept[1]) for port, kept in self._column("statistics").items()}

    def _column(self, name: str) -> dict[str, Any]:
        """Returns a column of the table of interfaces by port, for those that are plugged in."""
        asked = [
            *self._carriage.vsctl,
            f"--columns=name,{name}",
            "--format=json",
            "--if-exists",
            "list",
            "interface",
        ]
        answer = _run([*asked, *self._ports.values()], may_fail=True) if self._ports else ""
        ports = {link: port for port, link in self._ports.items()}
        return {
            ports[link]: value
            for link, value in json.loads(answer or '{"data": []}')["data"]
            if link in ports
        }


class Seen(Wires):
    """Is what hangs on the ports now, asked anew each time a switch shows it."""

    def __init__(self, mirror: Mirror) -> None:
        self._mirror = mirror
        self.neighbours, self.errors, self.stopped = [], {}, set()

    @property
    def up(self) -> set[str]:  # type: ignore[override]  # asked, not kept
        """The ports with a carrier."""
        return self._mirror.carriers()

    @property
    def addresses(self) -> list[tuple[int, str, str]]:  # type: ignore[override]  # asked, not kept
        """The addresses that were learned."""
        return self._mirror.learned()

    def forget(self) -> None:
        """Forgets them."""
        self._mirror.forget()


def _run(command: Sequence[str], may_fail: bool = False) -> str:
    done = subprocess.run(command, capture_output=True, text=True, timeout=30, check=False)
    if done.returncode != 0 and not may_fail:
        raise RuntimeError(f"{' '.join(command[:4])} ... ended with {done.returncode}: {done.stderr.strip()}")
    return done.stdout
