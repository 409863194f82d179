"""Follows names that hold or name others: aliases, groups, environments that wait for each other."""

from __future__ import annotations

from collections.abc import Mapping, Sequence


def reaches(start: str, goal: str, held: Mapping[str, Sequence[str]]) -> bool:
    """Tells whether `goal` is `start` or is held by it, over any number of steps; loops are followed once."""
    seen: set[str] = set()
    waiting = [start]
    while waiting:
        name = waiting.pop()
        if name == goal:
            return True
        if name not in seen:
            seen.add(name)
            waiting += held.get(name, ())
    return False


def circle_of(start: str, onward: Mapping[str, str | None]) -> list[str]:
    """Gives the circle that the way from `start` ends in, its first name again at its end; empty when it ends."""
    way: list[str] = []
    name: str | None = start
    while name is not None and name not in way:
        way.append(name)
        name = onward.get(name)
    return [] if name is None else [*way[way.index(name) :], name]
