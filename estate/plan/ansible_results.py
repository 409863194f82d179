"""Reads what Ansible says about one task on one host as an outcome and as changes; pure."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from estate.records import Change, Outcome
from estate.records.shapes import Action, Status

DETAIL_LIMIT = 2000


@dataclass(frozen=True)
class TaskResult:
    """Holds what a callback is told: the task (`role : task`), its host, the result, censored already."""

    host: str
    task: str
    event: Status
    result: Mapping[str, Any]
    seconds: float = 0.0
    ignored: bool = False

    @property
    def subject(self) -> str:
        """Names the role that answers for the task, or `playbook` outside a role."""
        role, mark, _ = self.task.partition(" : ")
        return role if mark else "playbook"

    @property
    def step(self) -> str:
        """Names the task inside its role."""
        return self.task.rpartition(" : ")[2]


def outcome(of: TaskResult) -> Outcome:
    """Tells what became of the task; one that check mode could not run is `unverifiable`, not `skipped`."""
    return Outcome(
        host=of.host,
        tool="ansible",
        subject=of.subject,
        key=_item(of) or of.step,
        status=_status(of),
        detail=_detail(of),
        seconds=round(of.seconds, 3),
    )


def changes(of: TaskResult) -> Iterator[Change]:
    """Yields one change per thing the task changed or would change; without a diff, one that says `run`."""
    if _status(of) != "changed":
        return
    diffs = _diffs(of.result)
    for diff in diffs:
        before, after = diff.get("before"), diff.get("after", diff.get("prepared"))
        key = _key(of, diff, len(diffs))
        yield Change(of.host, "ansible", of.subject, _action(before, after), key, _text(before), _text(after))
    if not diffs:
        removed = of.result.get("state") == "absent"
        key = _path(of.result) or _item(of) or of.step
        yield Change(of.host, "ansible", of.subject, "delete" if removed else "run", key)


def _status(of: TaskResult) -> Status:
    if of.event == "failed" and of.ignored:
        return "ok"
    if of.event == "skipped" and _is_blind(of.result):
        return "unverifiable"
    if of.event == "ok" and of.result.get("changed"):
        return "changed"
    return of.event


def _is_blind(result: Mapping[str, Any]) -> bool:
    """Tells whether check mode is why a task was skipped: its module cannot predict, or its own condition says so."""
    return "check mode" in str(result.get("msg", "")) or "ansible_check_mode" in str(
        result.get("false_condition", "")
    )


def _detail(of: TaskResult) -> str:
    if of.event == "ok":
        return ""
    if "censored" in of.result:
        return "hidden: the task handles secrets (no_log)"
    told = [str(of.result.get(part) or "") for part in ("msg", "stderr", "skip_reason")]
    text = "\n".join(part.strip() for part in told if part.strip())
    return ("ignored: " if of.ignored else "") + text[:DETAIL_LIMIT]


def _diffs(result: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    found = result.get("diff") or []
    listed = found if isinstance(found, list) else [found]
    shown = ("before", "after", "prepared")
    return [diff for diff in listed if isinstance(diff, Mapping) and any(diff.get(part) for part in shown)]


def _key(of: TaskResult, diff: Mapping[str, Any], count: int) -> str:
    """Names what a diff is about: what stood there before, else the path of the result, else what comes."""
    before = diff.get("before")
    inner = str(before.get("path") or "") if isinstance(before, Mapping) else ""
    path = _path(of.result) if count == 1 else ""
    candidates = (diff.get("before_header"), inner, path, diff.get("after_header"), _item(of), of.step)
    return next(str(key) for key in candidates if key).partition(" (")[0]


def _path(result: Mapping[str, Any]) -> str:
    candidates = (result.get("path"), result.get("dest"))
    return next((path for path in candidates if isinstance(path, str) and path.startswith("/")), "")


def _item(of: TaskResult) -> str:
    label = of.result.get("_ansible_item_label")
    return label if isinstance(label, str) else ""


def _action(before: object, after: object) -> Action:
    if _gone(before):
        return "create"
    return "delete" if _gone(after) else "update"


def _gone(side: object) -> bool:
    return not side or (isinstance(side, Mapping) and side.get("state") == "absent")


def _text(side: object) -> str | None:
    if not side:
        return None
    return side if isinstance(side, str) else json.dumps(side, ensure_ascii=False, sort_keys=True, indent=1)
