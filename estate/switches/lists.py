"""Writes lists of VLANs and ports exactly as each make of switch shows them; pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence


def runs(numbers: Iterable[int]) -> list[tuple[int, int]]:
    """Gives the first and last of every row of neighbours, sorted: 1 2 3 7 gives (1, 3) (7, 7)."""
    found: list[tuple[int, int]] = []
    for number in sorted(set(numbers)):
        if found and number == found[-1][1] + 1:
            found[-1] = (found[-1][0], number)
        else:
            found.append((number, number))
    return found


def joined(numbers: Iterable[int]) -> list[str]:
    """Gives the parts of a list, sorted, neighbours joined from two on: `10-11` `20`."""
    return [str(first) if first == last else f"{first}-{last}" for first, last in runs(numbers)]


def ios_vlans(numbers: Iterable[int]) -> str:
    """Gives `10,11,20-22`: IOS joins neighbours from three on."""
    parts = []
    for first, last in runs(numbers):
        parts.append(
            f"{first}-{last}" if last > first + 1 else ",".join(str(n) for n in range(first, last + 1))
        )
    return ",".join(parts)


def procurve_vlans(numbers: Iterable[int]) -> str:
    """Gives `10-11 20`: ProCurve parts by blanks."""
    return " ".join(joined(numbers))


def procurve_ports(names: Iterable[str], order: Sequence[str]) -> str:
    """Gives `1-24,26`, or `1/1-1/24` in a stack; neighbours are those that follow each other in `order`."""
    rank = {name: place for place, name in enumerate(order)}
    parts = []
    for first, last in _parted([rank[name] for name in names], order):
        parts.append(order[first] if first == last else f"{order[first]}-{order[last]}")
    return ",".join(parts)


def _parted(places: Iterable[int], order: Sequence[str]) -> list[tuple[int, int]]:
    """Gives rows of neighbours that do not run from one member of a stack into the next."""
    found = []
    for first, last in runs(places):
        start = first
        for place in range(first + 1, last + 1):
            if _before(order[place]) != _before(order[start]):
                found.append((start, place - 1))
                start = place
        found.append((start, last))
    return found


def _before(name: str) -> str:
    return name.rstrip("0123456789")
