"""Says what a switch tells by SNMP: who may ask, the sheet of its agent, the tables of its ports; pure.

The agent is net-snmp's `snmpd`, which answers SNMPv3 and knows nothing of ports; it asks for those by the lines of
its `pass_persist` (`estate.lab.switches.agents`).
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from estate.lab.switches.configuration import GLOBAL
from estate.lab.switches.machine import Machine
from estate.lab.switches.ports import Port
from estate.switches.names import short

Oid = tuple[int, ...]
INTERFACES: Oid = (1, 3, 6, 1, 2, 1, 2)
"""IF-MIB: the number of interfaces, and ifTable below."""
MORE: Oid = (1, 3, 6, 1, 2, 1, 31)
"""IF-MIB: ifXTable below."""
IF_TABLE, IFX_TABLE = (*INTERFACES, 2, 1), (*MORE, 1, 1, 1)
UP, DOWN = 1, 2
ETHERNET, BITS_PER_SECOND = 6, 10**9
NOTHING = "NONE"
_NARROW = 2**32


@dataclass(frozen=True)
class User:
    """Is who may ask, with authentication (SHA) and privacy (AES-128)."""

    name: str
    auth: str
    privacy: str


def user_of(machine: Machine) -> User | None:
    """Returns who may ask this switch now; None while it has no power, no user, or lost a line that the user needs."""
    spec, lines = machine.vendor.data["snmp_user"], set(machine.running[GLOBAL].values())
    for given in machine.unseen.values() if machine.up else ():
        found = re.fullmatch(spec["given"], given)
        if found and all(need.format(**found.groupdict()) in lines for need in spec["needs"]):
            return User(found["user"], found["auth"], found["privacy"])
    return None


def sheet(machine: Machine, user: User, address: str, ask: str) -> str:
    """Returns the configuration of the agent; `ask` is the command whose lines tell of the ports."""
    texts = {"sysName": machine.hostname, "sysDescr": machine.model}
    for token, line in (("sysLocation", "snmp-server location "), ("sysContact", "snmp-server contact ")):
        texts[token] = next(
            (
                text[len(line) :].strip('"')
                for text in machine.running[GLOBAL].values()
                if text.startswith(line)
            ),
            "",
        )
    return "\n".join(
        [
            f"agentAddress udp:{address}:161",
            "engineIDType 3",  # from the hardware address: the same after each start, another on each switch
            "engineIDNic eth0",
            f"createUser {user.name} SHA {_quoted(user.auth)} AES {_quoted(user.privacy)}",
            f"rouser {user.name} priv",
            *(f"{token} {text}" for token, text in texts.items() if text),
            *(f"pass_persist {dotted(base)} {ask}" for base in (INTERFACES, MORE)),
            "",
        ]
    )


def _quoted(secret: str) -> str:
    return '"' + secret.replace("\\", "\\\\").replace('"', '\\"') + '"'


def dotted(oid: Oid) -> str:
    """Returns `.1.3.6`."""
    return "".join(f".{part}" for part in oid)


class Table:
    """Is what the switch tells of its ports at one moment: objects in order, each with its kind and value.

    `up` are the ports with a neighbour, `counted` the counters of the data plane by port.
    """

    def __init__(self, ports: Iterable[Port], up: set[str], counted: Mapping[str, Mapping[str, int]]) -> None:
        self._values: dict[Oid, tuple[str, str]] = {}
        number = 0
        for number, port in enumerate(ports, 1):
            for column, value in _row(number, port, port.name in up, counted.get(port.name, {})):
                self._values[(*column, number)] = value
        self._values[(*INTERFACES, 1, 0)] = ("integer", str(number))
        self._order = sorted(self._values)

    def said(self, question: str, of: str) -> str:
        """Returns the lines that answer `get` or `getnext` of a dotted object: object, kind and value, or NONE."""
        oid = tuple(int(part) for part in of.strip().strip(".").split(".") if part.isdecimal())
        if question == "getnext":
            place = bisect_right(self._order, oid)
            oid = self._order[place] if place < len(self._order) else ()
        if oid not in self._values:
            return NOTHING
        return "\n".join((dotted(oid), *self._values[oid]))


def _row(
    number: int, port: Port, linked: bool, counted: Mapping[str, int]
) -> Iterable[tuple[Oid, tuple[str, str]]]:
    def at(name: str, kind: str) -> tuple[str, str]:
        count = counted.get(name, 0)
        return kind, str(count if kind == "counter64" else count % _NARROW)

    narrow = {
        1: ("integer", str(number)),
        2: ("string", port.name),
        3: ("integer", str(ETHERNET)),
        5: ("gauge", str(BITS_PER_SECOND)),
        7: ("integer", str(UP if port.enabled else DOWN)),
        8: ("integer", str(UP if port.enabled and linked else DOWN)),
        10: at("rx_bytes", "counter"),
        13: at("rx_dropped", "counter"),
        14: at("rx_errors", "counter"),
        16: at("tx_bytes", "counter"),
        19: at("tx_dropped", "counter"),
        20: at("tx_errors", "counter"),
    }
    wide = {
        1: ("string", short(port.name)),
        6: at("rx_bytes", "counter64"),
        10: at("tx_bytes", "counter64"),
        15: ("gauge", str(BITS_PER_SECOND // 10**6)),
        18: ("string", port.description),
    }
    for table, columns in ((IF_TABLE, narrow), (IFX_TABLE, wide)):
        yield from (((*table, column), value) for column, value in columns.items())
