"""Says what the commands do that lead into a section, out of it, or remove it."""

from __future__ import annotations

from estate.lab.switches.configuration import kind_of
from estate.lab.switches.console import Answer, Ask, Console, action
from estate.lab.switches.grammar import Command, Refused
from estate.lab.switches.members import rewrite_members
from estate.lab.switches.numbers import vlans
from estate.lab.switches.ports import derived


@action("enter")
def enter(console: Console, command: Command, mode: str) -> Answer:
    """Goes into a section, or into many; makes it if there is none. `no` removes it."""
    kind, value = command.rule.tokens[0][0], command.values[-1] if command.values else ""
    names, running = console.machine.names, console.machine.running
    match command.rule.tokens[-1][0]:
        case "VLANS":
            sections = [f"{kind} {number}" for number in sorted(vlans(value) or ())]
        case "PORTS":
            sections = [f"{kind} {name}" for name in names.several(value) or ()]
        case "PORT":
            if not names.exists(value):
                raise Refused("invalid", len(kind) + 1, value)
            sections = [f"{kind} {value}"]
        case _:
            sections = [command.text]
    if command.negated:
        return _removed(console, sections)
    for section in sections:
        if section not in running and kind == "vlan":
            console.machine.edited(console.user)
        if section.rpartition(" ")[2] not in names.places or kind == "vlan":
            running.setdefault(section, {})
    console.enter(mode, sections)
    return None


def _removed(console: Console, sections: list[str]) -> Answer:
    machine, vendor = console.machine, console.vendor
    names = [section.rpartition(" ")[2] for section in sections]
    if any(
        name in machine.names.places and kind_of(s) != "vlan" for name, s in zip(names, sections, strict=True)
    ):
        return vendor.says("physical")
    if kind_of(sections[0]) == "vlan":
        if wrong := {int(name) for name in names} & set(vendor.data["reserved_vlans"]):
            return vendor.says("default_vlan", number=min(wrong))
        state = derived(vendor, machine.names, machine.running, "")
        inside = [port.name for port in state.ports.values() if str(port.untagged) in names]
        if inside and (question := vendor.says("vlan_removal", ports=machine.names.listed(inside))):
            return Ask(question, lambda answer: _drop_vlans(console, sections, inside, answer), key=True)
    for section in sections:
        machine.running.pop(section, None)
    machine.edited(console.user)
    return None


def _drop_vlans(console: Console, sections: list[str], inside: list[str], answer: str) -> Answer:
    if answer.lower() == "y":
        for section in sections:
            console.machine.running.pop(section, None)
        rewrite_members(console, lambda table: table.untag(inside, console.vendor.data["default_vlan"]))
    return None


@action("inside")
def inside(console: Console, command: Command, mode: str) -> Answer:
    """Is a command of a section, given in one line with the section (`vlan 20 untagged 1-12`)."""
    before = console.mode, console.sections
    head = f"{command.rule.tokens[0][0]} {command.values[0]}"
    console._run(head)
    rest = command.text[len(head) + 1 :]
    try:
        return console._run(f"no {rest}" if command.negated else rest)
    finally:
        console.enter(*before)


@action("enter_range")
def enter_range(console: Console, command: Command, mode: str) -> Answer:
    """Goes into many ports at once."""
    found = console.machine.names.several(command.values[0])
    if not found or not all(console.machine.names.exists(name) for name in found):
        raise Refused("invalid", len("interface range "), command.values[0])
    console.enter(mode, [f"interface {name}" for name in found])
    return None


@action("default_port")
def default_port(console: Console, command: Command) -> Answer:
    """Empties the section of one port."""
    if not console.machine.names.exists(command.values[0]):
        raise Refused("invalid", len("default interface "), command.values[0])
    console.machine.running.pop(f"interface {command.values[0]}", None)
    console.machine.edited(console.user)
    return console.vendor.says("defaulted", name=command.values[0])


@action("up")
def up(console: Console, command: Command) -> Answer:
    """Leaves the section."""
    console.enter("config")
    return None


@action("leave")
@action("end")
def end(console: Console, command: Command) -> Answer:
    """Leaves the configuration."""
    console.leave()
    return None
