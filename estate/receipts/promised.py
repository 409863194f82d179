"""Gathers what the tasks of a run promised, host by host, and which of them no receipt can hold; pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from estate.plan.ansible_results import TaskResult
from estate.records.receipts import Told

NOTHING_PROMISED = frozenset(
    f"{prefix}{name}"
    for prefix in ("", "ansible.builtin.", "ansible.legacy.")
    for name in (
        "assert",
        "debug",
        "fail",
        "gather_facts",
        "import_role",
        "import_tasks",
        "include_role",
        "include_tasks",
        "include_vars",
        "meta",
        "set_fact",
        "setup",
        "stat",
        "validate_argument_spec",
    )
)
"""Modules that leave nothing on a host."""


@dataclass(frozen=True)
class Promised:
    """Holds what a run promised of one host: `promises` in their order, and the names of the other tasks."""

    promises: tuple[Mapping[str, Any], ...]
    unverifiable: tuple[str, ...]


def told(of: TaskResult, module: str, *, reads_only: bool) -> Told | None:
    """Gives what a finished task says of its host; None for one that left nothing there, or did not run.

    `reads_only`: the task itself declares that it never changes anything (`changed_when: false`).
    """
    if of.event not in ("ok", "changed") or of.result.get("skipped"):
        return None
    promised = of.result.get("promised")
    if isinstance(promised, list):
        return Told(of.host, of.task, tuple(dict(one) for one in promised), False)
    if reads_only or module in NOTHING_PROMISED:
        return None
    return Told(of.host, of.task, (), True)


def gathered(lines: Iterable[Told]) -> dict[str, Promised]:
    """Gives, per host, each promise once: of a path, package or account the last one counts, of units all together."""
    promises: dict[str, dict[tuple[str, str], dict[str, Any]]] = {}
    others: dict[str, dict[str, None]] = {}
    for line in lines:
        held = promises.setdefault(line.host, {})
        others.setdefault(line.host, {})
        if line.unverifiable:
            others[line.host][line.task] = None
        for one in line.promised:
            place = (str(one["kind"]), str(one["name"]))
            place = ("path", place[1]) if place[0] in ("file", "link", "directory", "absent") else place
            held[place] = _together(held[place], one) if place in held else dict(one)
    return {
        host: Promised(tuple(held[place] for place in sorted(held)), tuple(others[host]))
        for host, held in promises.items()
    }


def _together(before: Mapping[str, Any], now: Mapping[str, Any]) -> dict[str, Any]:
    """Joins two promises of one thing: a service is watched for all of its roles, a user is in all its groups."""
    joined = dict(now)
    for part in ("watch", "groups"):
        if part in now and part in before:
            joined[part] = sorted({*before[part], *now[part]})
    for part in ("active", "enabled", "probe", "creates", "uid", "gid"):
        if part in now and now[part] in (None, ""):
            joined[part] = before.get(part)
    return joined
