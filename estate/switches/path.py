"""Follows the way in over every line of a change: would the next line cut us off?; pure.

The way in: the management VLAN is carried by an uplink that is up, its interface is up with an address, our user and
the gateway are there, AAA falls back on local users. Only what held before can be lost.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from estate.switches import vlan_lists
from estate.switches.canonical import members
from estate.switches.protected import Protected
from estate.switches.reading import Tree

_ALLOWED = "switchport trunk allowed vlan"


@dataclass
class _Uplink:
    mode: str = ""
    native: int = 1
    access: int = 1
    allowed: frozenset[int] | None = None
    down: bool = False

    def carries(self, vlan: int) -> bool:
        if self.mode == "access":
            return not self.down and self.access == vlan
        return not self.down and (self.allowed is None or vlan in self.allowed)


@dataclass
class _Way:
    protected: Protected
    platform: str
    uplinks: dict[str, _Uplink] = field(default_factory=dict)
    carried: set[str] = field(default_factory=set)
    vlan_gone: bool = False
    address: bool = False
    down: bool = False
    users: set[str] = field(default_factory=set)
    gateway: bool = False
    local: dict[str, bool] = field(default_factory=dict)

    def held(self) -> frozenset[str]:
        vlan = self.protected.management_vlan
        carried = self.carried if self.platform == "hp_procurve" else {"x"}
        ways = [name for name, uplink in self.uplinks.items() if uplink.carries(vlan)]
        if self.platform == "hp_procurve":
            ways = [name for name in ways if name in carried]
        found = {
            f"an uplink that carries VLAN {vlan}": bool(ways),
            f"management VLAN {vlan}": not self.vlan_gone,
            "the address of the management interface": self.address and not self.down,
            f"the user {self.protected.own_user}": self.protected.own_user in self.users,
            "the default gateway": self.gateway,
            "local users behind AAA": not self.protected.aaa or all(self.local.values()),
        }
        return frozenset(name for name, true in found.items() if true)

    def take(self, header: str, line: str) -> None:
        """Carries out one line, as far as it is about the way in."""
        negated, body = line.startswith("no "), line.removeprefix("no ")
        vlan = self.protected.management_vlan
        if header.startswith("interface ") and header[10:] in self.uplinks:
            self._uplink(header[10:], body, negated)
        elif header == f"interface Vlan{vlan}":
            self._interface(body, negated)
        elif header == f"vlan {vlan}":
            self._interface(body, negated)
            self._members(body, negated)
        elif not header:
            self._outside(body, negated)

    def _interface(self, body: str, negated: bool) -> None:
        if body.startswith("ip address"):
            self.address = not negated
        elif body == "shutdown":
            self.down = not negated

    def _members(self, body: str, negated: bool) -> None:
        verb, _, listed = body.partition(" ")
        if verb in ("tagged", "untagged"):
            ports = set(vlan_lists.ports(listed))
            self.carried = self.carried - ports if negated else self.carried | ports

    def _outside(self, body: str, negated: bool) -> None:
        vlan = self.protected.management_vlan
        if body == f"vlan {vlan}":
            self.vlan_gone = negated
        elif body == f"interface Vlan{vlan}" and negated:
            self.address = False
        elif body.startswith("ip default-gateway"):
            self.gateway = not negated
        elif found := re.match(r'^(?:username|password (?:manager|operator) user-name) "?([^\s"]+)', body):
            (self.users.discard if negated else self.users.add)(found[1])
        elif body.startswith("password manager"):
            (self.users.clear if negated else lambda: self.users.add(self.protected.own_user))()
        elif body.startswith("aaa authentication "):
            scope = " ".join(body.split(" ")[2:4])
            self.local.pop(scope, None)
            if not negated:
                self.local[scope] = bool(re.search(r" local(?:-case)?\b| enable\b", body))

    def _uplink(self, name: str, body: str, negated: bool) -> None:
        uplink = self.uplinks[name]
        value = body.rpartition(" ")[2]
        if body in ("shutdown", "disable", "enable"):
            uplink.down = body != "enable" and not negated
        elif body.startswith("switchport mode"):
            uplink.mode = "" if negated else value
        elif body.startswith("switchport access vlan"):
            uplink.access = 1 if negated else int(value)
        elif body.startswith(f"{_ALLOWED} add "):
            uplink.allowed = None if uplink.allowed is None else uplink.allowed | vlan_lists.vlans(value)
        elif body.startswith(f"{_ALLOWED} remove "):
            uplink.allowed = (uplink.allowed or frozenset(range(1, 4095))) - vlan_lists.vlans(value)
        elif body.startswith(_ALLOWED):
            uplink.allowed = None if negated else members(body)
        elif body in (
            f"tagged vlan {self.protected.management_vlan}",
            f"untagged vlan {self.protected.management_vlan}",
        ):
            self.carried.add(name)


def placed(lines: Iterable[str]) -> Iterator[tuple[str, str]]:
    """Yields every line to send with the section it stands in; `exit` and the opening of a section included."""
    header = ""
    for line in lines:
        if line.startswith(" "):
            yield header, line.strip()
            if line == " exit":
                header = ""
        elif line == "exit":
            header = ""
            yield "", line
        else:
            header = line
            yield "", line


def losses(running: Tree, lines: Iterable[str], platform: str, protected: Protected) -> list[tuple[str, str]]:
    """Gives (line, what it loses) for the first line after which a part of the way in is gone; empty: none is.

    `running` are the sections of the switch in one form, all of them.
    """
    way = _Way(protected, platform, {each: _Uplink() for each in protected.uplinks})
    for header, below in running.items():
        way.take("", header)
        for line in below:
            way.take(header, line)
    held = way.held()
    for header, line in placed(lines):
        way.take(header, line)
        if lost := held - way.held():
            return [(f"{header}: {line}" if header else line, each) for each in sorted(lost)]
    return []
