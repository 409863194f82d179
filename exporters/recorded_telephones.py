"""Counts from the records of runs what was done to extensions: opened, closed, moved, renamed."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Literal

from estate.plan.telephony import EXTENSION, SUBJECT
from estate.records import Change, Plan, RunDirectory, read
from exporters.textfile import Textfile

Operation = Literal["create", "close", "move", "rename"]
_MOVED = re.compile(r"(?m)^(named_pickup_group = |set_var = ESTATE_EMERGENCY=)")
_RENAMED = re.compile(r"(?m)^callerid = ")


def write(out: Textfile, recorded: Iterable[RunDirectory]) -> None:
    """Lays down the operations; forwarding is the people's own, at their telephones, and leaves no record here."""
    out.lay_down("bim_pbx_extension_operations_total")
    for change in changes(recorded):
        done = operation(change)
        if done is not None:
            out.add("bim_pbx_extension_operations_total", operation=done)


def changes(recorded: Iterable[RunDirectory]) -> Iterator[Change]:
    """Yields the changes of extensions that applies made."""
    for run in recorded:
        path = run.path / "plan.json"
        if run.head().kind != "apply" or not path.exists():
            continue
        made = {one.host for one in run.outcomes() if (one.subject, one.status) == (SUBJECT, "changed")}
        for change in read(path, Plan).changes if made else ():
            if change.subject == SUBJECT and change.host in made and change.key.startswith(EXTENSION):
                yield change


def operation(change: Change) -> Operation | None:
    """Tells what a change does to an extension; another unit or site counts as a move, whatever changes with it."""
    if change.action == "create":
        return "create"
    if change.action == "delete":
        return "close"
    told = f"{change.before}\n{change.after}"
    if _MOVED.search(told):
        return "move"
    return "rename" if _RENAMED.search(told) else None
