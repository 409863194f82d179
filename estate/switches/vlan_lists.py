"""Reads and writes lists of VLANs and of ports as switches show them: `10-12,20`, `1-24,49,Trk1`; pure."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable
from itertools import groupby

from estate.switches.lists import joined

HIGHEST = 4094
LONGEST = 200
"""Characters of a list in one line; IOS takes 254 for the whole line."""
_PORT = re.compile(r"^(?P<before>(?:\d+/)?[A-Za-z]*)(?P<number>\d+)$")


class BadListError(ValueError):
    """A list that is not one; the text names the part that is wrong."""


def vlans(text: str) -> frozenset[int]:
    """Gives the VLANs of a list, ranges spelled out; overlaps count once.

    Raises:
        BadListError: a part is no number, outside 1-4094, or a range that runs backwards.
    """
    found: set[int] = set()
    for part in text.replace(" ", ",").split(","):
        first, dash, last = part.partition("-")
        if not first.isdecimal() or (dash and not last.isdecimal()):
            raise BadListError(f"{part!r} is no VLAN and no range")
        low, high = int(first), int(last or first)
        if not 1 <= low <= high <= HIGHEST:
            raise BadListError(
                f"{part!r} is not within 1-{HIGHEST}" if low <= high else f"{part!r} runs backwards"
            )
        found.update(range(low, high + 1))
    return frozenset(found)


def shown(numbers: Iterable[int]) -> str:
    """Gives the list as a switch shows it: sorted, neighbours joined from two on as `10-11`."""
    return ",".join(joined(numbers))


def chunks(numbers: Collection[int], first: int | None = None) -> list[str]:
    """Gives the list cut into pieces that fit in a line; the piece that holds `first` leads."""
    pieces: list[str] = []
    for part in shown(numbers).split(","):
        if pieces and len(pieces[-1]) + len(part) < LONGEST:
            pieces[-1] += f",{part}"
        else:
            pieces.append(part)
    return sorted(pieces, key=lambda piece: first is not None and first not in vlans(piece))


def ports(text: str) -> tuple[str, ...]:
    """Gives the ports of a list such as `1-24,A1-A2,2/1-2/4,Trk1`, in its order.

    Raises:
        BadListError: a part is no port, or a range of two kinds of ports.
    """
    found: list[str] = []
    for part in text.split(","):
        ends = [_PORT.match(end) for end in part.split("-")]
        if len(ends) > 2 or not all(ends):
            raise BadListError(f"{part!r} is no port and no range")
        pairs = [(end["before"], int(end["number"])) for end in ends if end]
        (before, low), (other, high) = pairs[0], pairs[-1]
        if other not in ("", before) or high < low:
            raise BadListError(f"{part!r} is no range of ports")
        found += [f"{before}{number}" for number in range(low, high + 1)]
    return tuple(found)


def ports_shown(names: Iterable[str]) -> str:
    """Gives the list of ports as a switch shows it: sorted, neighbours joined as `1/1-1/4`."""
    split = [(match["before"], int(match["number"])) for match in map(_PORT.match, names) if match]
    split.sort(key=lambda pair: (_member(pair[0]), pair[1]))
    runs = []
    for _, run in groupby(enumerate(split), key=lambda pair: (pair[1][0], pair[1][1] - pair[0])):
        members = [f"{before}{number}" for _, (before, number) in run]
        runs.append(members[0] if len(members) == 1 else f"{members[0]}-{members[-1]}")
    return ",".join(runs)


def _member(before: str) -> tuple[bool, int, str]:
    member, slash, _ = before.partition("/")
    return (before[:1].isalpha(), int(member) if slash else 0, before)
