"""Gives every spelling of an interface one name: `Gi1/0/5` and `gigabitethernet 1/0/5` are the same port; pure."""

from __future__ import annotations

import re
from functools import lru_cache

KINDS = (
    "FastEthernet",
    "GigabitEthernet",
    "TwoGigabitEthernet",
    "FiveGigabitEthernet",
    "TenGigabitEthernet",
    "TwentyFiveGigE",
    "FortyGigabitEthernet",
    "FiftyGigE",
    "HundredGigE",
    "AppGigabitEthernet",
    "Port-channel",
    "Loopback",
    "Vlan",
)
SHORT = {
    "fa": "FastEthernet",
    "gi": "GigabitEthernet",
    "ge": "GigabitEthernet",
    "tw": "TwoGigabitEthernet",
    "te": "TenGigabitEthernet",
    "fo": "FortyGigabitEthernet",
    "hu": "HundredGigE",
    "po": "Port-channel",
    "lo": "Loopback",
    "vl": "Vlan",
}
LOGICAL = ("Port-channel", "Loopback", "Vlan", "Tunnel", "Trk")
"""What exists because somebody configured it: may be made and removed, unlike a port."""
_SPELLED = re.compile(r"^([A-Za-z-]*) ?(\d[\d/.]*)$")


@lru_cache(maxsize=4096)
def interface(spelled: str) -> str:
    """Gives the full name; one whose kind is not known, or could be two, stays as it is spelled."""
    found = _SPELLED.match(spelled.strip())
    if not found:
        return spelled.strip()
    kind, number = found.groups()
    if not kind:
        return number
    if kind.lower() in SHORT:
        return SHORT[kind.lower()] + number
    candidates = [each for each in KINDS if len(kind) > 2 and each.lower().startswith(kind.lower())]
    return (candidates[0] if len(candidates) == 1 else kind) + number


def is_port(name: str) -> bool:
    """Tells whether the interface is a socket in the case, which no command makes or removes."""
    return not name.startswith(LOGICAL)


def short(name: str) -> str:
    """Gives the name as it stands on the label: `Gi1/0/5` for `GigabitEthernet1/0/5`; a bare number stays."""
    return re.sub(r"^([A-Z][a-z])[A-Za-z-]*", r"\1", name)
