"""Says what `untagged` and `tagged` do where a VLAN names its ports; a port is never left without any VLAN."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from estate.lab.switches.console import Answer, Console, action
from estate.lab.switches.grammar import Command
from estate.lab.switches.numbers import Names, vlans
from estate.lab.switches.ports import members


class Table:
    """Is who belongs to which VLAN: the untagged VLAN of each port, and the tagged ports of each VLAN."""

    def __init__(self, console: Console) -> None:
        self.names: Names = console.machine.names
        self.running = console.machine.running
        self.default: int = console.vendor.data["default_vlan"]
        self.untagged: dict[str, int] = {}
        self.tagged: dict[int, set[str]] = {}
        for section, lines in self.running.items():
            if section.startswith("vlan "):
                number = int(section.split()[1])
                self.tagged[number] = set(self.names.several(members(lines, "tagged")) or ())
                for port in self.names.several(members(lines, "untagged")) or ():
                    self.untagged[port] = number

    def untag(self, ports: Iterable[str], vlan: int) -> None:
        """Makes this the VLAN of the ports' untagged frames; they leave the one before."""
        for port in ports:
            self.untagged[port] = vlan
            self.tagged[vlan].discard(port)

    def tag(self, ports: Iterable[str], vlan: int) -> None:
        """Lets the ports carry this VLAN tagged."""
        for port in ports:
            self.tagged[vlan].add(port)
            if self.untagged.get(port) == vlan:
                del self.untagged[port]

    def release(self, port: str, vlan: int, key: str) -> bool:
        """Takes a port out of a VLAN; False if it would be in none and this VLAN is the default one."""
        others = [
            number
            for number, ports in self.tagged.items()
            if port in ports and (number, key) != (vlan, "tagged")
        ]
        if key == "tagged":
            self.tagged[vlan].discard(port)
            if not others and port not in self.untagged:
                self.untagged[port] = self.default
        elif self.untagged.get(port) == vlan:
            if vlan == self.default and not others:
                return False
            del self.untagged[port]
            if not others:
                self.untagged[port] = self.default
        return True

    def write(self) -> None:
        """Writes the lines of every VLAN anew."""
        for number, tagged in self.tagged.items():
            lines = self.running[f"vlan {number}"]
            untagged = {port for port, vlan in self.untagged.items() if vlan == number}
            absent = set(self.names.ports) - untagged if number == self.default else set()
            for key, ports in (("no untagged", absent), ("untagged", untagged), ("tagged", tagged)):
                lines.pop(key, None)
                if ports:
                    lines[key] = f"{key} {self.names.listed(ports)}"


def rewrite_members(console: Console, change: Callable[[Table], None]) -> None:
    """Changes who belongs to which VLAN."""
    table = Table(console)
    change(table)
    table.write()
    console.machine.edited(console.user)


@action("members")
def of_vlan(console: Console, command: Command, key: str) -> Answer:
    """Puts ports into the VLAN of this section, or takes them out."""
    said: list[str] = []
    ports = console.machine.names.several(command.values[0]) or []
    table = Table(console)
    for number in (int(section.split()[1]) for section in console.sections):
        if command.negated:
            said += [
                console.vendor.says("orphan", name=p) for p in ports if not table.release(p, number, key)
            ]
        else:
            (table.untag if key == "untagged" else table.tag)(ports, number)
    table.write()
    console.machine.edited(console.user)
    return "\n".join(said) or None


@action("port_member")
def of_port(console: Console, command: Command, key: str) -> Answer:
    """Puts the ports of this section into VLANs, or takes them out."""
    ports = [section.split()[1] for section in console.sections]
    table = Table(console)
    for number in sorted(vlans(command.values[0]) or ()):
        if number not in table.tagged:
            return console.vendor.says("invalid", word=command.values[0])
        for port in ports:
            if command.negated:
                table.release(port, number, key)
            else:
                (table.untag if key == "untagged" else table.tag)([port], number)
    table.write()
    console.machine.edited(console.user)
    return None
