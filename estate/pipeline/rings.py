"""Divides the hosts of an environment into its rings; pure."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence

from estate.declared.pipeline import Ring
from estate.records import Change, Plan


def members(rings: Sequence[Ring], groups: Mapping[str, Sequence[str]]) -> dict[str, tuple[str, ...]]:
    """Gives the hosts of each ring, sorted; a host belongs to the first ring that names it."""
    placed = set[str]()
    found: dict[str, tuple[str, ...]] = {}
    for ring in rings:
        own = {host for name in ring.hosts for host in groups.get(name, (name,))} - placed
        found[ring.name] = tuple(sorted(own))
        placed |= own
    return found


def whole_hash(commit: str, hashes: Mapping[str, str]) -> str:
    """Gives the sha256 over a commit and the hashes of the plans of its rings, by name: what people agree to."""
    told = [f"{ring} {each}" for ring, each in sorted(hashes.items())]
    return hashlib.sha256("\n".join([f"commit {commit}", *told, ""]).encode()).hexdigest()


def beyond(agreed: Iterable[Plan], now: Iterable[Plan]) -> list[Change]:
    """Gives the changes of these plans that nobody agreed to; none when they are what is left of the agreed ones."""
    known = {change for plan in agreed for change in plan.changes}
    return [change for plan in now for change in plan.changes if change not in known]
