"""Carries the frames of the lab's switches: one Open vSwitch bridge for each switch and router, in user space.

What a port lets through is said by the switch behind it (`estate.lab.switches.installed`); a new port lets nothing
through until then. A telephone is a small bridge of its own, whose ports carry what it was built for.
Everything lives in the namespace of the fabric and in one folder of the machine.
"""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

from estate.lab.carriage import AGENT, CARRIER, IN_USER_SPACE, KEEPER, SILENT, Carriage
from estate.lab.commands import Runner
from estate.lab.places import MACHINE_STATE
from estate.lab.wiring import Wiring

WITHIN = "4094"
"""The VLAN inside a telephone of what leaves it untagged: the frames of the PC behind it."""
PROGRAM = MIND = "estate.lab.switches.installed"
INSTALLED = Carriage(MACHINE_STATE / "switches", PROGRAM)
SPARE = Carriage(MACHINE_STATE / "spare", "estate.lab.switches.spare")
"""Carries a switch that drills alone see; no cable leads from it to the others."""
AGENTS = INSTALLED.folder / "snmp"
"""What the SNMP agents of the switches use."""
AGENT_LOG = INSTALLED.agent_log


class Plane:
    """Makes the bridges and their cables as wired; every step looks first, so it may be repeated."""

    def __init__(self, runner: Runner, wiring: Wiring, namespace: str) -> None:
        self._run, self._read = runner.run, runner.read
        self._wiring, self._namespace = wiring, namespace
        self._inside = ["ip", "netns", "exec", namespace]
        self._change = object()
        self._seen: tuple[object, dict[str, tuple[str, int]]] | None = None

    def start(self) -> None:
        """Makes daemons, bridges and links, and plugs in again what was; nothing when all is there as it is wired.

        What an interrupted start left, what lives in a lost namespace, and what is wired otherwise begins anew.
        """
        made = INSTALLED.folder / "wiring"
        if not self._wiring.units or (
            INSTALLED.carries(self._namespace) and made.exists() and made.read_text() == self._digest()
        ):
            return
        INSTALLED.begin(self._run, self._inside)
        self._wire()
        made.write_text(self._digest())

    def _digest(self) -> str:
        return hashlib.sha256(repr(self._wiring).encode()).hexdigest()

    def _wire(self) -> None:
        words: list[str] = []
        for bridge in self._wiring.bridges:
            words += ["--", "add-br", bridge, "--", "set", "bridge", bridge, IN_USER_SPACE]
        far = self._wiring.far_ends
        for here in self._wiring.patches:
            port = ["--", "add-port", here.switch, here.end]
            if here.switch in self._wiring.units:
                port.append(f"tag={SILENT}")
            kind = ["type=patch", f"options:peer={far[here.end].end}"]
            words += [*port, "--", "set", "interface", here.end, *kind]
        self._tell(*words[1:])
        links = json.loads(self._read(["ip", "-n", self._namespace, "-j", "link"]) or "[]")
        places = {cable.end: cable.switch for cable in self._wiring.sockets.values()}
        places |= {unit.port: unit.name for unit in self._wiring.units.values()}
        for socket in self._wiring.sockets.values():
            if socket.voice:
                places |= dict.fromkeys(socket.inside, socket.bridge)
        for link in links:
            if link["ifname"] in places:
                self.plug(link["ifname"], places[link["ifname"]])

    def leg(self, router: str, name: str, vlan: int, mac: str) -> None:
        """Gives a router an interface in a VLAN: a link of the namespace, still without an address."""
        port = ["--may-exist", "add-port", router, name, f"tag={vlan}"]
        self._tell(*port, "--", "set", "interface", name, "type=internal", f'mac="{mac}"')

    def plugged(self) -> dict[str, tuple[str, int]]:
        """Returns for each port the switch it is plugged into and the number of the link that is carried there.

        Asked anew only after something was plugged in or out, be it by another thread while it was asked.
        """
        change, seen = self._change, self._seen
        if seen is None or seen[0] is not change:
            seen = self._seen = (change, self._asked() if self._wiring.units else {})
        return seen[1]

    def _asked(self) -> dict[str, tuple[str, int]]:
        asked = ["--columns=name,external_ids,ifindex", "--format=json", "list", "interface"]
        listed = json.loads(self._read([*INSTALLED.vsctl, *asked]) or '{"data": []}')["data"]
        return {
            name: (dict(ids[1]).get("switch", ""), link if isinstance(link, int) else -1)
            for name, ids, link in listed
        }

    def _tell(self, *words: str) -> None:
        """Changes what is plugged in; what was asked before this has happened counts no more."""
        try:
            self._run([*INSTALLED.vsctl, *words])
        finally:
            self._change = object()

    def unplug(self, port: str) -> None:
        """Takes a port off its switch. The carrier never notices by itself that a link is another of the same name."""
        if self._wiring.units and INSTALLED.pid_of(KEEPER):
            self._tell("--if-exists", "del-port", port)

    def plug(self, port: str, switch: str) -> None:
        """Puts a link of the namespace onto a switch, as a port that is silent until the switch says otherwise.

        Onto the small bridge of a telephone as the port it is there: towards the outlet, the handset or the PC.
        """
        carries, made = [f"tag={SILENT}"], list[str]()
        if switch not in self._wiring.bridges:
            carries = self._telephone_carries(port)
            made = ["--may-exist", "add-br", switch, "--", "set", "bridge", switch, IN_USER_SPACE, "--"]
        mark = ["--", "set", "interface", port, f"external_ids:switch={switch}"]
        self._tell(*made, "--may-exist", "add-port", switch, port, *carries, *mark)

    def _telephone_carries(self, port: str) -> list[str]:
        for socket in self._wiring.sockets.values():
            outlet, handset, behind = socket.inside
            if port == outlet:
                both = f"trunks={socket.voice},{WITHIN}"
                return ["vlan_mode=native-untagged", f"tag={WITHIN}", both]
            if port in (handset, behind):
                return [f"tag={socket.voice if port == handset else WITHIN}"]
        raise ValueError(f"{port}: no port of a telephone")

    def scrap(self, bridge: str) -> None:
        """Takes the small bridge of a telephone away with all that is plugged into it."""
        if self._wiring.units and INSTALLED.pid_of(KEEPER):
            self._tell("--if-exists", "del-br", bridge)

    def tell_switches(self) -> None:
        """Lets the switches say anew what each port carries: something was plugged in."""
        INSTALLED.tell()

    def wake_switches(self, command: list[str], log: Path) -> None:
        """Starts the program that is all switches, and returns when they have said what their ports carry."""
        if self._wiring.units:
            INSTALLED.wake(command, log)


def end_all() -> None:
    """Ends all that carries frames, whoever started it, and removes what it left; nothing if there is none."""
    for one in (SPARE, INSTALLED):
        one.end()


def traces() -> list[str]:
    """Returns what of the data planes is on the machine, one word and a name each."""
    programs = [(one, name) for one in (INSTALLED, SPARE) for name in (one.mind, AGENT, CARRIER, KEEPER)]
    return list(dict.fromkeys(f"program {name}" for one, name in programs if one.pid_of(name)))


def pid_of(name: str) -> int:
    """Returns the number of a program of the installed switches, 0 when it does not run."""
    return INSTALLED.pid_of(name)
