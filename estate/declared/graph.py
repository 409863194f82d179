"""Follows names that hold other names: aliases and their members, groups and their children."""

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
