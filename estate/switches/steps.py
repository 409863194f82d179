"""Puts the commands of a change in the order in which nothing is cut off, and writes them as lines to send; pure.

VLANs are made first and removed last, uplinks learn of a VLAN before ports move into it and forget one after ports have
left it, logins and servers are made before the old ones go, the host name changes at the end.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from hier_config import HConfig
from hier_config.child import HConfigChild

from estate.switches import vlan_lists
from estate.switches.canonical import Canonical
from estate.switches.grammar import opens_section
from estate.switches.protected import Protected
from estate.switches.writing import Writer

VTP, VLAN, DEFINED, SET, TRUNK, PORT, NARROWED, NO_INTERFACE, REMOVED, LOGIN, NO_VLAN, NAME = range(12)
"""Phases of a change, first to last."""
_DEFINES = (
    "ip access-list ",
    "class-map ",
    "policy-map ",
    "tacacs server ",
    "radius server ",
    "aaa group ",
    "username ",
)
_WITHIN = tuple(
    (re.compile(pattern), weight)
    for pattern, weight in (
        (r"^(?:shutdown|disable)$", 0),
        (r"^switchport trunk encapsulation ", 10),
        (r"^switchport trunk native ", 11),
        (r"^switchport trunk allowed ", 12),
        (r"^switchport access vlan ", 13),
        (r"^no switchport (?:port-security|nonegotiate)", 15),
        (r"^switchport mode ", 20),
        (r"^no switchport mode", 21),
        (r"^(?:no shutdown|enable)$", 90),
        (r"^no (?:switchport|\d)", 50),
        (r"^no ", 40),
    )
)
_MEMBER = re.compile(r"^(?P<no>no )?(?P<verb>tagged|untagged) vlan (?P<vlan>\d+)$")


@dataclass(frozen=True)
class Step:
    """One command: when (phase, place among sections, place within), its sections, its lines (none: open only)."""

    when: tuple[int, int, int]
    path: tuple[str, ...]
    lines: tuple[str, ...]


def lines(
    delta: HConfig, before: Canonical, after: Canonical, platform: str, protected: Protected
) -> tuple[str, ...]:
    """Gives the change as lines to send, secrets included: what stands in sections indented, `exit` behind."""
    writer = Writer(before, after, platform, protected.management_vlan)
    aaa_ends = any(child.text == "aaa new-model\x00off" for child in delta.children)
    steps: list[Step] = []
    members: dict[tuple[str, bool, str], list[str]] = {}
    for place, child in enumerate(delta.children):
        header = child.text
        if child.children or (opens_section(header) and not header.startswith("no ")):
            inner = [each for each in child.children if not _is_member(header, each.text, after, members)]
            if inner or not child.children:
                steps += _section(header, inner, place, writer, protected, aaa_ends)
        else:
            steps += _outside(header, place, len(delta.children), writer)
    steps += _membership(members)
    return tuple(_written(sorted(steps, key=lambda step: step.when)))


def _outside(line: str, place: int, last: int, writer: Writer) -> Iterator[Step]:
    for narrows, text in writer.lines("", line):
        if text[0].startswith("no ") and (
            narrows or line.startswith("no ") or line == "aaa new-model\x00off"
        ):
            # What was configured last may need what was configured first: take it away the other way round.
            yield Step((_removal(text[0]), last - place if line.startswith("no ") else last, 0), (), text)
        else:
            yield Step((_addition(text[0]), place, 0), (), text)


def _removal(line: str) -> int:
    if line.startswith("no vlan "):
        return NO_VLAN
    return NO_INTERFACE if line.startswith("no interface ") else REMOVED


def _addition(line: str) -> int:
    if line.startswith("hostname "):
        return NAME
    return VTP if line.startswith("vtp ") else DEFINED if line.startswith(_DEFINES) else SET


def _section(
    header: str, inner: list[HConfigChild], place: int, writer: Writer, protected: Protected, aaa_ends: bool
) -> Iterator[Step]:
    phase = _phase(header, protected, aaa_ends)
    if resequenced := writer.resequenced(header):
        yield Step((phase, place, -1), (), (resequenced,))
    if not inner:
        yield Step((phase, place, 0), (header,), ())
    for child in inner:
        if child.children:
            yield from _nested((header,), child, (phase, place, 30))
            continue
        for narrows, text in writer.lines(header, child.text):
            yield Step((NARROWED if narrows else phase, place, _weight(header, text[0])), (header,), text)


def _nested(path: tuple[str, ...], child: HConfigChild, when: tuple[int, int, int]) -> Iterator[Step]:
    below = (*path, child.text)
    if not child.children:
        yield Step(when, path, (child.text,))
    for each in child.children:
        yield from _nested(below, each, when)


def _phase(header: str, protected: Protected, aaa_ends: bool) -> int:
    if header.startswith("vlan "):
        return VLAN
    if header.startswith("interface "):
        name = header[10:]
        return (
            TRUNK if name in protected.uplinks or name.startswith(("Vlan", "Port-channel", "Trk")) else PORT
        )
    if header.startswith("line ") and aaa_ends:
        return LOGIN
    return DEFINED if header.startswith(_DEFINES) else SET


def _weight(header: str, line: str) -> int:
    if header.startswith("ip access-list"):
        return 0 if line.startswith("no ") else 1
    return next((weight for pattern, weight in _WITHIN if pattern.match(line)), 30)


def _is_member(
    header: str, line: str, after: Canonical, members: dict[tuple[str, bool, str], list[str]]
) -> bool:
    """Puts a port's membership aside, to be told by its VLAN; drops what another one of the same VLAN replaces."""
    found = _MEMBER.match(line)
    if not found:
        return False
    other = "tagged" if found["verb"] == "untagged" else "untagged"
    if not (found["no"] and f"{other} vlan {found['vlan']}" in after.tree.get(header, {})):
        members.setdefault((found["vlan"], bool(found["no"]), found["verb"]), []).append(header[10:])
    return True


def _membership(members: dict[tuple[str, bool, str], list[str]]) -> Iterator[Step]:
    for (vlan, leaves, verb), ports in members.items():
        phase = NARROWED if leaves else PORT if verb == "untagged" else TRUNK
        text = f"{'no ' if leaves else ''}{verb} {vlan_lists.ports_shown(ports)}"
        yield Step((phase, 1000 + int(vlan), 0), (f"vlan {vlan}",), (text,))


def _written(steps: Iterable[Step]) -> Iterator[str]:
    opened: tuple[str, ...] = ()
    for step in steps:
        while opened != step.path[: len(opened)]:
            yield f"{' ' * len(opened)}exit"
            opened = opened[:-1]
        for header in step.path[len(opened) :]:
            yield f"{' ' * len(opened)}{header}"
            opened = (*opened, header)
        yield from (f"{' ' * len(opened)}{line}" for line in step.lines)
    yield from (f"{' ' * depth}exit" for depth in range(len(opened), 0, -1))
