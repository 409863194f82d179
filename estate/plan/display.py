"""Shows a plan as one diff that a person reads before saying yes; pure text."""

from __future__ import annotations

import difflib
from collections import Counter
from collections.abc import Iterable, Iterator

from estate.records import Change, Outcome, Plan

NEW_LINES_SHOWN = 8


def lines(plan: Plan) -> Iterator[str]:
    """Yields the changes, those that read the same on several hosts once, then what the plan adds up to."""
    for change, hosts in _grouped(plan.changes):
        yield f"{', '.join(hosts)}  {change.tool}/{change.subject}: {change.action} {change.key}"
        yield from (f"    {line}" for line in _content(change))
    yield from summary(plan)


def summary(plan: Plan) -> Iterator[str]:
    """Yields how much a plan changes, what it could not see, what will be refused, and its hash."""
    actions = Counter(change.action for change in plan.changes)
    hosts = len({change.host for change in plan.changes})
    counted = ", ".join(f"{action} {number}" for action, number in sorted(actions.items()))
    yield f"{len(plan.changes)} changes on {hosts} hosts" + (f" ({counted})" if counted else "")
    for host, number in sorted(plan.unverifiable.items()):
        yield f"{host}: {number} tasks cannot be predicted by check mode"
    yield from plan.notices
    yield from plan.refusals
    if plan.incomplete:
        yield f"INCOMPLETE: no full answer from {', '.join(plan.incomplete)}"
    yield f"hash {plan.hash}"


def failures(outcomes: Iterable[Outcome]) -> Iterator[str]:
    """Yields one line per host and task that failed or did not answer, with the first line of the reason."""
    for outcome in outcomes:
        if outcome.status in ("failed", "unreachable"):
            reason = outcome.detail.partition("\n")[0]
            yield f"{outcome.host} {outcome.status}: {outcome.subject}: {outcome.key}: {reason}"


def _grouped(changes: Iterable[Change]) -> list[tuple[Change, list[str]]]:
    groups: dict[tuple[str, str, str, str, str | None, str | None], tuple[Change, list[str]]] = {}
    for change in changes:
        same = (change.tool, change.subject, change.action, change.key, change.before, change.after)
        groups.setdefault(same, (change, []))[1].append(change.host)
    return list(groups.values())


def _content(change: Change) -> Iterator[str]:
    before, after = (change.before or "").splitlines(), (change.after or "").splitlines()
    if change.action == "create":
        yield from (f"+{line}" for line in after[:NEW_LINES_SHOWN])
        if len(after) > NEW_LINES_SHOWN:
            yield f"+... {len(after) - NEW_LINES_SHOWN} more lines"
    elif change.action == "update":
        yield from (line for line in difflib.unified_diff(before, after, lineterm="", n=2))
    elif change.action == "delete" and change.after is not None:
        # What ends and stays: access that is closed, not a file that is gone.
        yield from (f"-{line}" for line in before)
        yield from (f"+{line}" for line in after)
    elif change.action == "delete" and before:
        yield f"-... {len(before)} lines"
