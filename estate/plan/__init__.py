"""Reasons about changes: one order, one hash, what moved, what removes too much; pure, touches no host."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from typing import Any

from pydantic import TypeAdapter

from estate.records import Change, Plan, to_json


def ordered(changes: Iterable[Change]) -> tuple[Change, ...]:
    """Puts changes into the one order a plan has: host, tool, subject, key, then content."""
    return tuple(sorted(changes, key=_place))


def plan_hash(
    changes: Iterable[Change], *, environment: str, limit: str, declared: str, incomplete: Iterable[str]
) -> str:
    """Gives the sha256 of all that makes two plans the same plan; who made it and when do not count."""
    covered = {
        "changes": ordered(changes),
        "environment": environment,
        "limit": limit,
        "declared": declared,
        "incomplete": sorted(incomplete),
    }
    return hashlib.sha256(to_json(covered).encode()).hexdigest()


def is_whole(plan: Plan) -> bool:
    """Tells whether a plan is what its hash says."""
    return plan.hash == plan_hash(
        plan.changes,
        environment=plan.environment,
        limit=plan.limit,
        declared=plan.declared,
        incomplete=plan.incomplete,
    )


def fingerprint(wanted: object) -> str:
    """Gives the sha256 of what a deploy wants a host to hold: the same for equal values, however a set is ordered."""
    plain = TypeAdapter(Any).dump_python(wanted)
    text = json.dumps(
        plain,
        sort_keys=True,
        default=lambda one: sorted(one) if isinstance(one, frozenset | set) else str(one),
    )
    return hashlib.sha256(text.encode()).hexdigest()


def moved(planned: Plan, now: Plan) -> list[str]:
    """Lists in words why two plans are not the same plan; empty when their hashes agree."""
    if planned.hash == now.hash:
        return []
    told = [
        f"{name}: {then!r} when planned, {today!r} now"
        for name, then, today in (
            ("environment", planned.environment, now.environment),
            ("limit", planned.limit, now.limit),
            ("hosts that did not answer", planned.incomplete, now.incomplete),
        )
        if then != today
    ]
    if planned.declared != now.declared:
        told.append("what is declared (inventories/) was edited after the plan was made")
    then, today = set(planned.changes), set(now.changes)
    told += [f"no longer needed: {named(change)}" for change in ordered(then - today)]
    told += [f"new since the plan: {named(change)}" for change in ordered(today - then)]
    return told or ["the plan file itself: its hash does not match its content; plan again"]


def named(change: Change) -> str:
    """Names a change on one line, without its content."""
    return f"{change.host} {change.tool}/{change.subject}: {change.action} {change.key}"


def _place(change: Change) -> tuple[str, ...]:
    return (
        change.host,
        change.tool,
        change.subject,
        change.key,
        change.action,
        change.before or "",
        change.after or "",
    )
