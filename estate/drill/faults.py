"""Loads the matrix of faults: what is injected into a drill, and the verdict it has to give; pure.

A fault has no way to name a living host: it bends what the drill was told (`envelope`, `lost_after_hours`, ...),
damages a copy of what was kept (`damages`, `captures`), or breaks the drill's own target (`breaks`, undone by `mends`).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any, Literal

from pydantic import ConfigDict, TypeAdapter, ValidationError
from ruamel.yaml import YAML

from estate.declared.drills import Drill
from estate.drill.scenario import Phase
from estate.records import faults as said
from estate.records.mutations import Mutation, Seen
from estate.runs.refused import RefusedError

MATRIX = Path(__file__).with_name("mutations.yml")


@dataclass(frozen=True)
class Fault:
    """Is one fault and its verdict.

    `begin` is the phase from which the drill is rehearsed. `expects` is the result; each of `because` must stand in its
    problems (words with | between are alternatives); the checks of `red` must have failed, those of `green` must not.
    `never` are words that may stand in no command that was run. `envelope` replaces keys of the escrowed envelope,
    `port` that of its repository and `place` the last part of its address; `lost_after_hours` shifts the moment of the
    loss, `lost_after_rpo` by so many times what the drill may lose, `lost_host` is another one. `damages` is a shell
    script in a copy of the repository (its key on standard input), `captures` one in a copy of the lost switch's
    captures; `breaks` and `mends` run on the target.
    """

    id: str
    drill: str
    does: str
    expects: Literal["failed", "error"]
    because: tuple[str, ...] = ()
    begin: Phase = "restored"
    red: tuple[str, ...] = ()
    green: tuple[str, ...] = ()
    never: tuple[str, ...] = ()
    envelope: dict[str, str] = field(default_factory=dict)
    port: int | None = None
    place: str = ""
    lost_after_hours: float = 0
    lost_after_rpo: float = 0
    lost_host: str = ""
    damages: str = ""
    captures: str = ""
    breaks: str = ""
    mends: str = ""

    __pydantic_config__ = ConfigDict(extra="forbid")


@cache
def matrix(path: Path = MATRIX) -> tuple[Fault, ...]:
    """Gives every fault, in the order in which they are injected.

    Raises RefusedError when a key is unknown, an id stands twice, a fault changes nothing or expects nothing by name.
    """
    try:
        raw = YAML(typ="safe").load(path.read_text(encoding="utf-8"))
        found = TypeAdapter(tuple[Fault, ...]).validate_python(raw)
    except ValidationError as error:
        raise RefusedError(f"{path}: no matrix of faults: {said(error)}") from None
    names = [fault.id for fault in found]
    for fault in found:
        if names.count(fault.id) > 1:
            raise RefusedError(f"{path}: {fault.id} stands twice; give each fault its own id")
        if not (fault.because or fault.red):
            raise RefusedError(f"{path}: {fault.id} names no reason; any red would do for it")
        if not _changes(fault):
            raise RefusedError(f"{path}: {fault.id} changes nothing")
    return found


def _changes(fault: Fault) -> bool:
    bends = fault.envelope or fault.port or fault.place or fault.lost_host or fault.lost_after_hours
    return bool(bends or fault.lost_after_rpo or fault.damages or fault.captures or fault.breaks)


def holdable(faults: tuple[Fault, ...], drills: Iterable[Drill]) -> tuple[Fault, ...]:
    """Gives the faults of the drills that are declared here and can be held: a lost switch needs a spare one."""
    names = {drill.id for drill in drills if drill.spare is not None or not drill.of_a_switch}
    return tuple(fault for fault in faults if fault.drill in names)


def outcome(fault: Fault, record: Mapping[str, Any]) -> Seen:
    """Tells whether a drill saw its fault: `record` is the sealed one of the rehearsal."""
    if record["result"] == "passed":
        return "missed"
    problems = " | ".join(record["problems"])
    failed = {check["check"] for check in record["checks"] if check["result"] == "failed"}
    reasons = all(any(word in problems for word in one.split("|")) for one in fault.because)
    touched = any(word in command for word in fault.never for command in record["commands"])
    right = reasons and set(fault.red) <= failed and not set(fault.green) & failed and not touched
    if record["result"] != fault.expects or not right:
        return "wrong_reason"
    return "caught" if fault.expects == "failed" else "error_as_expected"


def wanted(fault: Fault) -> str:
    """Says in words which verdict a fault must give."""
    named = [*fault.because, *fault.red]
    return f"{fault.expects}: {', '.join(named)}"


def whole(faults: tuple[Fault, ...], rows: list[Mutation]) -> list[Mutation]:
    """Gives one row for every fault of the matrix: its newest result, or that it was not run.

    A result that was reached while the matrix wanted another verdict is none.
    """
    known = {(row.id, row.expected): row for row in rows}
    return [
        known.get((fault.id, wanted(fault)))
        or Mutation(fault.id, fault.drill, wanted(fault), "not_run", "never injected")
        for fault in faults
    ]
