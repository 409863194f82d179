"""Tells what of a switch's configuration is ours to change; all else is left alone and listed; pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from estate.switches import masks, names
from estate.switches.canonical import Canonical
from estate.switches.grammar import key
from estate.switches.reading import Tree
from estate.switches.vlan_lists import HIGHEST

RESERVED = frozenset({1, 1002, 1003, 1004, 1005})
"""VLANs that no command removes; ours only when the intended text has them."""
_FAMILIES = (
    "username",
    "logging host",
    "logging",
    "ntp server",
    "snmp-server community",
    "snmp-server host",
    "snmp-server group",
    "snmp-server view",
    "ip access-list",
    "tacacs server",
    "radius server",
    "radius-server host",
    "errdisable recovery cause",
    "sntp server",
    "loop-protect",
)
"""Commands that stand many times: who generates one of them owns them all."""
MADE_ITSELF = ("crypto pki ", "boot-start-marker", "boot-end-marker", "license ")
"""How the sections begin that a switch makes itself."""
BARE = ("password manager", "password operator")
"""What a ProCurve shows in place of its logins when it shows no credentials."""


class Owned(Protocol):
    """What is generated: interfaces by full name, VLANs by number, other lines by how they begin."""

    @property
    def interfaces(self) -> frozenset[str]:
        """Gives the interfaces, ports among them."""

    @property
    def vlans(self) -> frozenset[int]:
        """Gives the VLANs; those of them that are intended no more go."""

    @property
    def lines(self) -> tuple[str, ...]:
        """Gives how lines outside of interfaces and VLANs begin."""


@dataclass(frozen=True)
class Derived:
    """What an intended text shows to be generated."""

    interfaces: frozenset[str]
    vlans: frozenset[int]
    lines: tuple[str, ...]


def _is_ours(owned: Owned, header: str, intended: Tree) -> bool:
    if header in intended:
        return True
    if header.startswith("interface "):
        return header[10:] in owned.interfaces
    if header.startswith("vlan ") and header[5:].isdigit():
        return int(header[5:]) in owned.vlans - RESERVED
    words = f"{header.removeprefix('no ')} ".replace("\n", " ", 1)
    return any(words.startswith(f"{each.rstrip()} ") for each in owned.lines)


def derived(intended: Tree, platform: str) -> Derived:
    """Gives what an intended text, in one form, shows to be ours: its interfaces, all VLANs if any, its families."""
    interfaces = frozenset(names.interface(each[10:]) for each in intended if each.startswith("interface "))
    has_vlans = any(each.startswith("vlan ") for each in intended)
    lines = {
        _family(each.removeprefix("no "), platform)
        for each in intended
        if not each.startswith(("interface ", "vlan "))
    }
    return Derived(interfaces, frozenset(range(1, HIGHEST + 1) if has_vlans else ()), tuple(sorted(lines)))


def everything(running: Tree, intended: Tree) -> Derived:
    """Gives all that stands on either side, for a switch that shall become exactly what another one showed."""
    headers = {**running, **intended}
    interfaces = frozenset(names.interface(each[10:]) for each in headers if each.startswith("interface "))
    lines = {each.removeprefix("no ").partition("\n")[0] for each in headers}
    return Derived(interfaces, frozenset(range(1, HIGHEST + 1)), tuple(sorted(lines)))


def written_back(tree: Tree, other: Tree) -> Tree:
    """Gives the sections of a text that lines can bring back, when another text is compared with it.

    Left out is what a switch makes itself, and what either of the two shows without its secret.
    """
    bare = tuple(f"{each} " for each in BARE if each in tree or each in other)
    return {
        header: below
        for header, below in tree.items()
        if header not in BARE and not header.startswith((*MADE_ITSELF, *bare))
    }


def _family(line: str, platform: str) -> str:
    shared = next((each for each in _FAMILIES if line.startswith(f"{each} ")), None)
    if shared == "logging":
        shared = None if platform == "cisco_ios" else shared
    return shared or key(platform, "", line) or line


def kept(running: Canonical, intended: Tree, owned: Owned) -> tuple[Tree, tuple[str, ...]]:
    """Gives the sections that are ours, and the first lines of all others as people may read them."""
    ours: Tree = {}
    left: list[str] = []
    for header, below in running.tree.items():
        if _is_ours(owned, header, intended):
            ours[header] = dict(below)
        else:
            left.append(masks.hidden(running.written.get(("", header), header).partition("\n")[0]))
    return ours, tuple(left)
