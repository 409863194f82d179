"""Brings sections of both texts into one form, in which the same setting is the same line; pure.

Names of interfaces are written out, lists are joined and sorted, ranges of ports and VLANs are unrolled, defaults that
no switch shows are dropped, stored secrets are masked. On ProCurve, where a VLAN names its ports, membership stands at
the port.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from estate.switches import masks, names, vlan_lists
from estate.switches.grammar import OFF, ON, VLAN_SETS
from estate.switches.reading import ConfigurationError, Tree

ALL, NONE = "all", "none"
_NOT_SHOWN = {
    "cisco_ios": {
        "no shutdown",
        "no ip address",
        "switchport access vlan 1",
        "switchport trunk native vlan 1",
        "switchport trunk allowed vlan all",
        "speed auto",
        "duplex auto",
    },
    "hp_procurve": {"enable", "speed-duplex auto", "no ip address"},
}
_DEFAULT_ON = re.compile(
    r"^(?:cdp |lldp (?:transmit|receive)|ip (?:domain[ -]lookup|source-route|gratuitous-arps|dhcp snooping information)"
    r"|logging (?:console|monitor|event)|service |vstack|snmp trap|mop |tftp server|telnet-server|web-management)"
)
_ENTRY = re.compile(r"^(?:permit|deny) ")
_OF_PORTS = re.compile(
    r"^(?P<before>spanning-tree|loop-protect|dhcp-snooping trust|arp-protect trust"
    r"|aaa port-access (?:authenticator|mac-based))"
    r" (?P<ports>(?:[A-Z]|Trk)?\d[\w/,-]*)(?P<after>(?: .+)?)$"
)


@dataclass
class Canonical:
    """The sections in one form; `written` gives for a masked line (and its section) the line with its secret.

    `unnumbered` are access lists whose entries the text shows without numbers. Where nothing is `masked`, stored
    secrets are compared as they stand.
    """

    tree: Tree = field(default_factory=dict)
    written: dict[tuple[str, str], str] = field(default_factory=dict)
    unnumbered: set[str] = field(default_factory=set)
    masked: bool = True

    def masking(self, header: str, line: str) -> str:
        """Gives the line as it is compared, and keeps the one with its secret."""
        masked = masks.comparable(line) if self.masked else line
        if masked != line:
            self.written[header, masked] = line
        return masked


def canonical(tree: Tree, platform: str, strict: bool = False, masked: bool = True) -> Canonical:
    """Gives the sections in one form; with `strict` a bad list is an error, without `masked` another salt a change.

    Raises:
        ConfigurationError: with every bad list, its section and value.
    """
    made = Canonical(masked=masked)
    mistakes: list[str] = []
    for header, below in tree.items():
        for name in _headers(header, below, platform):
            _section(made, name, below, platform, mistakes)
    if platform == "hp_procurve":
        _membership(made.tree, mistakes)
    if strict and mistakes:
        raise ConfigurationError("intended text: " + "\n".join(mistakes))
    return made


def _headers(header: str, below: Tree, platform: str) -> list[str]:
    if header.startswith("interface "):
        return [f"interface {names.interface(header[10:])}"]
    try:
        if header.startswith("vlan ") and not below and header[5:6].isdigit():
            return [f"vlan {number}" for number in sorted(vlan_lists.vlans(header[5:]))]
        if platform == "hp_procurve" and (found := _OF_PORTS.match(header)):
            return [f"{found['before']} {port}{found['after']}" for port in vlan_lists.ports(found["ports"])]
    except vlan_lists.BadListError:
        pass
    if platform == "cisco_ios" and re.match(r"logging \d", header):
        return [f"logging host {header[8:]}"]
    return [header]


def _section(made: Canonical, header: str, below: Tree, platform: str, mistakes: list[str]) -> None:
    sets = VLAN_SETS[platform]
    if header.startswith(sets):
        _joined(made.tree, "", header, sets, mistakes)
        return
    at = made.tree.setdefault(made.masking("", header), {})
    hidden = _NOT_SHOWN[platform]
    step = 0
    for line, deeper in below.items():
        if line in hidden:
            continue
        if line.startswith(sets):
            _joined(at, header, line, sets, mistakes)
            continue
        if _ENTRY.match(line) and header.startswith("ip access-list"):
            line = f"{(step := step + 10)} {line}"
            made.unnumbered.add(header)
        elif line.startswith(("storm-control", "spanning-tree portfast edge")):
            line = _spelled(line)
        at[made.masking(header, line)] = deeper


def _spelled(line: str) -> str:
    """Gives the older of two spellings: `portfast edge` is `portfast`, a level has two decimals."""
    line = line.replace("portfast edge", "portfast")
    return re.sub(r"( level(?: \d+\.\d\d)?) (\d+)(?![\d.])", r"\1 \2.00", line)


def _joined(at: Tree, header: str, line: str, sets: tuple[str, ...], mistakes: list[str]) -> None:
    """Puts a list of VLANs together with what stands of it already (`add` lines, several lines)."""
    command = next(each for each in sets if line.startswith(each))
    value = line[len(command) :].strip().removeprefix("add ")
    before = next((each for each in at if each.startswith(f"{command} ")), None)
    try:
        found = frozenset() if value == NONE else vlan_lists.vlans(value)
        held = members(before or "") or frozenset()
    except vlan_lists.BadListError as bad:
        mistakes.append(f"{header or 'outside sections'}: {line!r}: {bad}")
        at[line] = {}
        return
    if before:
        del at[before]
    at[f"{command} {vlan_lists.shown(found | held) or NONE}"] = {}


def members(line: str) -> frozenset[int] | None:
    """Gives the VLANs of a canonical line that ends in a list; None for no line, which means all."""
    value = line.rpartition(" ")[2]
    if not value or value == ALL:
        return None
    return frozenset() if value == NONE else vlan_lists.vlans(value)


def _membership(tree: Tree, mistakes: list[str]) -> None:
    for header in [each for each in tree if each.startswith("vlan ")]:
        for line in list(tree[header]):
            verb, _, listed = line.removeprefix("no ").partition(" ")
            if verb not in ("tagged", "untagged"):
                continue
            del tree[header][line]
            if line.startswith("no "):
                continue
            try:
                for port in vlan_lists.ports(listed):
                    tree.setdefault(f"interface {port}", {})[f"{verb} {header}"] = {}
            except vlan_lists.BadListError as bad:
                mistakes.append(f"{header}: {line!r}: {bad}")


def paired(running: Canonical, intended: Canonical) -> None:
    """Gives settings that a switch shows in both forms (`no X`, `X`) one line with two values, in both trees."""
    for header in (*(each for each in list(intended.tree) if intended.tree[each]), ""):
        held = running.tree.get(header, {}) if header else running.tree
        wanted = intended.tree[header] if header else intended.tree
        negated = [line for line in wanted if line.startswith("no ")]
        commands = {line[3:] for line in (*wanted, *held) if line.startswith("no ")}
        for line in negated:
            shown = any(each in (line, line[3:]) or each.startswith(f"{line[3:]} ") for each in held)
            if not shown and not _DEFAULT_ON.match(line[3:]):
                del wanted[line]
        for tree in (held, wanted):
            _valued(tree, commands)


def _valued(tree: Tree, commands: set[str]) -> None:
    renamed = {f"no {each}": each + OFF for each in commands} | {each: each + ON for each in commands}
    if any(each in tree for each in renamed):
        items = list(tree.items())
        tree.clear()
        tree.update((renamed.get(line, line), below) for line, below in items)
