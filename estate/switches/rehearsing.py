"""Judges whether a switch is a blank spare one, and chooses the ports that prove a restored configuration; pure."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from itertools import combinations

from estate.switches import capture, captured, names, reading
from estate.switches.canonical import canonical
from estate.switches.captured import Expected
from estate.switches.reading import ConfigurationError

FIRST_VLAN = 1


def unfit(running: str, wanted: str, expected: Expected, living: Collection[str]) -> tuple[str, str] | None:
    """Tells why nothing may be restored on a switch that runs this: a word, and what was found; None when it may.

    Args:
        running: what the spare switch shows.
        wanted: the capture that it is to get.
        expected: the lost switch as it is declared.
        living: names of all declared switches.

    Returns:
        `unreadable`, `not_blank` (a living switch among them) or `wrong_model`, with the words to it.
    """
    try:
        tree = reading.tree(running)
    except ConfigurationError as wrong:
        return "unreadable", str(wrong)
    name = capture.hostname(tree)
    if name in living:
        return (
            "not_blank",
            f"it says it is {name}, a switch that serves people or a spare that was used before",
        )
    whole = canonical(tree, expected.platform).tree
    vlans = [
        each
        for each in whole
        if each.startswith("vlan ") and each[5:].isdigit() and int(each[5:]) > FIRST_VLAN
    ]
    if vlans:
        return "not_blank", f"it has {', '.join(f'`{each}`' for each in vlans[:3])}: empty it first"
    if found := captured.unlike(running, wanted, expected):
        return "wrong_model", found
    return None


def access(text: str, platform: str) -> dict[str, int]:
    """Gives for each enabled port the VLAN of its untagged frames; trunks of IOS are left out."""
    tree = canonical(reading.tree(text), platform).tree
    found: dict[str, int] = {}
    for header, below in tree.items():
        port = header.removeprefix("interface ")
        if port == header or not names.is_port(port) or {"shutdown", "disable"} & below.keys():
            continue
        if "switchport mode trunk" in below:
            continue
        for line in below:
            if line.startswith(("switchport access vlan ", "untagged vlan ")):
                found[port] = int(line.rpartition(" ")[2])
    return found


def trials(found: Mapping[str, int]) -> tuple[tuple[str, str], ...]:
    """Chooses the pairs of ports that prove VLANs: two of one VLAN, and each of them with one of another; or none."""
    for one, other in combinations(found, 2):
        if found[one] == found[other]:
            stranger = next((port for port in found if found[port] != found[one]), None)
            return ((one, other), (one, stranger), (other, stranger)) if stranger else ()
    return ()
