"""Reads from the runs what was ever changed about each person: when, by which run, by whom and why."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from functools import partial

from estate.plan import mailboxes
from estate.plan.directory import SUBJECT
from estate.plan.directory_accounts import ACCESS
from estate.records import Change, Plan, Run, RunDirectory, read
from estate.records.damaged import Damaged

SUBJECTS = (SUBJECT, mailboxes.SUBJECT)
"""Deploys whose changes bear the number of the person they are about."""
_OWNER = re.compile(r"\(([0-9]{6})\)$")


@dataclass(frozen=True)
class Entry:
    """One change that a run made about a person; `certain` is false when the run died and may not have made it.

    `at` is when the run began, `applied` when it had ended, and all of it was done.
    """

    at: datetime
    run: str
    who: str
    reason: str
    change: Change
    certain: bool
    applied: datetime

    def source(self) -> str:
        """Names the change in words: day, run, whose it was, and the reason given."""
        why = f", {self.reason}" if self.reason else ""
        doubt = "" if self.certain else ", interrupted"
        return f"{self.at:%Y-%m-%d} {self.run} ({self.who}{why}{doubt})"


def histories(runs: Iterable[RunDirectory], damaged: Damaged | None = None) -> dict[str, list[Entry]]:
    """Gives the changes of each personnel number, oldest first, without what a run planned and did not make.

    Raises RecordError for a run that cannot be read, unless `damaged` gathers these.
    """
    found: dict[str, list[Entry]] = {}
    for run in runs:
        told = damaged.unless("runs", partial(_told, run)) if damaged is not None else _told(run)
        for number, entry in told or ():
            found.setdefault(number, []).append(entry)
    return {number: sorted(entries, key=lambda one: one.at) for number, entries in found.items()}


def _told(run: RunDirectory) -> list[tuple[str, Entry]]:
    """Gives what one run changed about people, by personnel number."""
    head, path = run.head(), run.path / "plan.json"
    if head.kind != "apply" or not path.exists():
        return []
    made = {(one.host, one.subject) for one in run.outcomes() if one.status == "changed"}
    died, done = head.result == "interrupted", head.ended or head.started
    found = []
    for change in read(path, Plan).changes:
        owner = _OWNER.search(change.key) if change.subject in SUBJECTS else None
        certain = (change.host, change.subject) in made
        if owner and (certain or died):
            entry = Entry(head.started, head.id, head.who, head.reason, change, certain, done)
            found.append((owner.group(1), entry))
    return found


def recorded_since(heads: Iterable[Run]) -> date | None:
    """Gives the day of the first apply on record, None when there is none."""
    return min((head.started.date() for head in heads if head.kind == "apply"), default=None)


def since(entries: Iterable[Entry]) -> dict[str, Entry]:
    """Gives, for what somebody holds now, the change that gave it.

    The keys are `account`, `group NAME`, and `LABEL: VALUE` as a plan shows an attribute.
    """
    found: dict[str, Entry] = {}
    for entry in entries:
        before, after = _lines(entry.change.before), _lines(entry.change.after)
        if entry.change.action == "create":
            found = {"account": entry}
        elif entry.change.key.startswith(ACCESS):
            found = {key: one for key, one in found.items() if not key.startswith("group ")}
        for line in before:
            for key in _keys(line, "loses"):
                found.pop(key, None)
        for line in after:
            found |= dict.fromkeys(_keys(line, "gains", "groups"), entry)
    return found


def _lines(text: str | None) -> list[str]:
    return (text or "").splitlines()


def _keys(line: str, *words: str) -> list[str]:
    label, colon, value = line.partition(": ")
    if label in words:
        return [f"group {name}" for name in value.split(", ")]
    return [f"{label}: {one}" for one in value.split(", ")] if colon else []
