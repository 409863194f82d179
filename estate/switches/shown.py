"""Reads what switches show of their ports and of the addresses they learned; other lines are passed over; pure."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Literal

from pydantic import ConfigDict

from estate.declared.switches import Platform
from estate.switches.names import interface

_PORT = re.compile(r"^(\S+) is ([a-z -]+), line protocol is (\w+)(?: \(([a-z-]+)\))?")
_INPUT = re.compile(r"^\s+(\d+) input errors,")
_OUTPUT = re.compile(r"^\s+(\d+) output errors,")
_BRIEF = re.compile(r"^\s+([A-Za-z]?\d+)\*?\s.*\|\s+(Yes|No)\s+(Yes|No)\s+(Up|Down)\b")
_COUNTED = re.compile(r"^\s+([A-Za-z]?\d+)\s+[\d,]+\s+[\d,]+\s+([\d,]+)\s+[\d,]+\s+(?:on|off)\b")
_LEARNED = re.compile(r"^[\s*]*(\d+)\s+([0-9a-fA-F]{4}(?:\.[0-9a-fA-F]{4}){2})\s.*?(\S+)\s*$")
_LEARNED_HALVES = re.compile(r"^\s*([0-9a-fA-F]{6}-[0-9a-fA-F]{6})\s+(\S+)\s+(\d+)\s*$")


PORTS: Mapping[Platform, tuple[str, ...]] = {
    "cisco_ios": ("show interfaces",),
    "hp_procurve": ("show interfaces brief", "show interfaces"),
}
"""The commands whose answers, one behind the other, tell the ports of a platform."""
ADDRESSES: Mapping[Platform, str] = {
    "cisco_ios": "show mac address-table",
    "hp_procurve": "show mac-address",
}


PortState = Literal["up", "down", "disabled", "err_disabled"]
_DOWN: PortState = "down"


@dataclass(frozen=True)
class PortShown:
    """Is one port as the switch tells it: `disabled` by its configuration, `err_disabled` by the switch itself.

    Errors are frames since the switch last started; None: the platform does not tell them.
    """

    name: str
    state: PortState
    errors_in: int | None
    errors_out: int | None

    __pydantic_config__ = ConfigDict(extra="forbid", strict=True)


@dataclass(frozen=True)
class Learned:
    """Is an address a switch saw: `mac` in small letters with colons."""

    mac: str
    port: str
    vlan: int


def ports(platform: Platform, text: str, known: Collection[str]) -> tuple[PortShown, ...]:
    """Gives the ports of the front panel (`known`, as the switch names them) that the text tells of."""
    found = _ios_ports(text) if platform == "cisco_ios" else _procurve_ports(text)
    return tuple(port for port in found if port.name in known)


def addresses(platform: Platform, text: str) -> tuple[Learned, ...]:
    """Gives the addresses that the text tells of."""
    found = []
    for line in text.split("\n"):
        if platform == "cisco_ios" and (row := _LEARNED.match(line)):
            found.append(Learned(_colons(row[2]), interface(row[3]), int(row[1])))
        elif platform == "hp_procurve" and (row := _LEARNED_HALVES.match(line)):
            found.append(Learned(_colons(row[1]), row[2], int(row[3])))
    return tuple(found)


def _ios_ports(text: str) -> Iterator[PortShown]:
    name, state = "", _DOWN
    counted: dict[str, int] = {}
    for line in text.split("\n"):
        if row := _PORT.match(line):
            if name:
                yield PortShown(name, state, counted.get("in"), counted.get("out"))
            name, state, counted = interface(row[1]), _ios_state(row[2], row[3], row[4] or ""), {}
        elif row := _INPUT.match(line):
            counted["in"] = int(row[1])
        elif row := _OUTPUT.match(line):
            counted["out"] = int(row[1])
    if name:
        yield PortShown(name, state, counted.get("in"), counted.get("out"))


def _ios_state(link: str, protocol: str, reason: str) -> PortState:
    if "err-disabled" in (link, reason):
        return "err_disabled"
    if link == "administratively down":
        return "disabled"
    return "up" if protocol == "up" else "down"


def _procurve_ports(text: str) -> Iterator[PortShown]:
    """Yields ports; a drop is no error, so frames sent are not told. A port that security shut has an alert."""
    lines = text.split("\n")
    counted = {row[1]: int(row[2].replace(",", "")) for row in map(_COUNTED.match, lines) if row}
    for row in filter(None, map(_BRIEF.match, lines)):
        name, alert, enabled, status = row.groups()
        state: PortState = "up" if status == "Up" else "down"
        if alert == "Yes" and status == "Down":
            state = "err_disabled"
        elif enabled == "No":
            state = "disabled"
        yield PortShown(name, state, counted.get(name), None)


def _colons(spelled: str) -> str:
    digits = re.sub(r"[^0-9a-f]", "", spelled.lower())
    return ":".join(digits[at : at + 2] for at in range(0, 12, 2))
