"""Fills the tables that `show` commands print; their form is data of the vendor's file."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache, cached_property
from typing import TYPE_CHECKING, Any

from jinja2 import Environment, StrictUndefined, Template

from estate.lab.switches.configuration import natural
from estate.lab.switches.grammar import vendor
from estate.lab.switches.numbers import ranges, short
from estate.lab.switches.ports import Port, listed

if TYPE_CHECKING:
    from estate.lab.switches.console import Console


@dataclass(frozen=True)
class PortRow:
    """Is a port as tables show it: what it is configured to, and whether something answers on it."""

    port: Port
    link: bool
    inactive: bool
    active_text: str
    stopped: bool = False
    errors: tuple[int, int] = (0, 0)

    def __getattr__(self, name: str) -> Any:
        """Gives what the port itself knows."""
        return getattr(self.port, name)

    @property
    def short(self) -> str:
        """The abbreviated name."""
        return short(self.port.name)

    @property
    def status(self) -> str:
        """The word of `show interfaces status`."""
        if not self.port.enabled:
            return "disabled"
        if self.stopped:
            return "err-disabled"
        return "inactive" if self.inactive else "connected" if self.link else "notconnect"

    @property
    def allowed_text(self) -> str:
        """The VLANs a trunk may carry."""
        return listed(self.port.allowed)


@dataclass(frozen=True)
class VlanRow:
    """Is a VLAN as tables show it."""

    number: int
    name: str
    ports: list[str]
    voice: bool


@dataclass(frozen=True)
class InterfaceRow:
    """Is a line of `show ip interface brief`."""

    name: str
    address: str
    status: str


class View:
    """Is what the templates see as `s`."""

    def __init__(self, console: Console, values: Sequence[str]) -> None:
        self.console, self.machine, self.values = console, console.machine, values
        self.state = self.machine.state
        self.user, self.level = console.user, console.level
        self.model, self.serial = self.machine.model, self.machine.serial
        self.software: str = console.vendor.data["models"][self.model]["software"]
        self.hostname, self.reason = self.machine.hostname, self.machine.reason
        self.clock = self.machine.clock
        self.log = list(self.machine.log_lines)
        self.archive = self.machine.running.get("archive", {}).get("path", "").partition(" ")[2]
        self.archive_files = self.machine.archive
        self.revert_minutes = self.machine.revert.minutes if self.machine.revert else 0
        self.reload_minutes = self.machine.reload.minutes if self.machine.reload else 0

    @cached_property
    def ports(self) -> list[PortRow]:
        """The ports of the front panel."""
        wires, known = self.machine.wires, self.state.vlans.keys()
        return [
            PortRow(
                port,
                port.enabled and port.name in wires.up and port.name not in wires.stopped,
                not port.trunk and port.access not in known,
                ranges(port.allowed & known) or "none",
                port.name in wires.stopped,
                wires.errors.get(port.name, (0, 0)),
            )
            for port in self.state.ports.values()
        ]

    @property
    def asked_ports(self) -> list[PortRow]:
        """The ports a command names, or all."""
        return [row for row in self.ports if not self.values or row.name == self.values[0]]

    @property
    def vlans(self) -> Iterator[VlanRow]:
        """The VLANs with the ports that are no trunks."""
        for number, name in self.state.vlans.items():
            inside = [row.short for row in self.ports if not row.trunk and number in (row.access, row.voice)]
            yield VlanRow(number, name, inside, "voice" in self.machine.running.get(f"vlan {number}", {}))

    @property
    def interfaces(self) -> Iterator[InterfaceRow]:
        """Interfaces with an address first, then the ports."""
        rows = {row.name: row for row in self.ports}
        head = self.console.vendor.data["vlan_interface"].split("{")[0]
        own = [section[10:] for section in self.machine.running if section.startswith(head)]
        for name in [*sorted(own, key=natural), *rows]:
            lines = self.machine.running.get(f"interface {name}", {})
            address = lines.get("ip address", "").removeprefix("ip address ").split()[:1]
            down = "administratively down" if "shutdown" in lines else "down"
            works = down == "down" and (name not in rows or rows[name].link)
            shown = address[0] if address and address[0] != "no" else "unassigned"
            yield InterfaceRow(name, shown, "up" if works else down)

    @property
    def addresses(self) -> list[tuple[int, str, str]]:
        """The learned addresses: VLAN, hardware address, port (short)."""
        return [(vlan, mac, short(port)) for vlan, mac, port in self.machine.wires.addresses]

    @property
    def neighbours(self) -> list[tuple[str, str, str]]:
        """The neighbours: port (short), name, their port."""
        return [(short(port), name, theirs) for port, name, theirs in self.machine.wires.neighbours]

    @property
    def users(self) -> Iterator[tuple[int, str, bool]]:
        """The sessions: number of the line, user, whether it is the one that asks."""
        for number, terminal in enumerate(self.machine.terminals):
            yield number, terminal.user, getattr(terminal, "console", None) is self.console

    @property
    def mac(self) -> str:
        """The switch's own hardware address."""
        digits = f"{int(self.serial[3:], 16):010x}"[-10:]
        return ":".join(["02", *(digits[at : at + 2] for at in range(0, 10, 2))]).upper()

    def mac_of(self, place: int) -> str:
        """The hardware address of a port, counted from 1 in the order of the front panel."""
        return f"{self.mac[:-2]}{int(self.mac[-2:], 16) ^ place & 0xFF:02X}"

    @property
    def mac_flat(self) -> str:
        """The same as `aabbcc-ddeeff`."""
        return halves(self.mac)

    @property
    def uptime(self) -> str:
        """How long it runs, in words."""
        minutes = int(time.time() - self.machine.started) // 60
        words = ((minutes // 1440, "day"), (minutes // 60 % 24, "hour"), (minutes % 60, "minute"))
        said = [f"{n} {word}{'' if n == 1 else 's'}" for n, word in words if n]
        return ", ".join(said) or "0 minutes"

    @property
    def uptime_short(self) -> str:
        """How long it runs, in one unit."""
        return self.uptime.split(",")[0]


def halves(mac: str) -> str:
    """Writes a hardware address as `aabbcc-ddeeff`."""
    digits = mac.replace(":", "").lower()
    return f"{digits[:6]}-{digits[6:]}"


def dotted(mac: str) -> str:
    """Writes a hardware address as `aabb.ccdd.eeff`."""
    digits = mac.replace(":", "").lower()
    return ".".join(digits[at : at + 4] for at in (0, 4, 8))


def _vlan_name(number: int, view: View) -> str:
    return view.state.vlans.get(number, "Inactive")


@cache
def _templates(platform: str) -> dict[str, Template]:
    environment = Environment(
        trim_blocks=True, lstrip_blocks=True, undefined=StrictUndefined, autoescape=False
    )
    environment.filters.update(
        left=lambda value, width: f"{value!s:<{width}.{width}}",
        right=lambda value, width: f"{value!s:>{width}}",
        vlan_name=_vlan_name,
        dotted=dotted,
        halves=halves,
    )
    shows = vendor(platform).data["shows"]
    return {name: environment.from_string(text) for name, text in shows.items()}


def render(console: Console, table: str, values: Sequence[str]) -> str:
    """Returns the text of one table."""
    return _templates(console.vendor.data["platform"])[table].render(s=View(console, values)).rstrip(" ")
