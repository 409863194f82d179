"""Keeps one record per run of the pipeline: which commit, whose, what was agreed to, how far it came, how it ended."""

from __future__ import annotations

import os
import secrets
import socket
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal

from estate.records.damaged import Damaged
from estate.records.files import read, write
from estate.records.runs import process_started
from estate.records.shapes import STRICT

StageName = Literal["trust", "validate", "plan", "approve", "apply", "verify", "report"]
StageState = Literal["waiting", "running", "passed", "failed", "skipped", "superseded"]
PipelineResult = Literal["running", "waiting", "passed", "failed", "superseded", "interrupted"]
SliceState = Literal["running", "passed", "failed", "interrupted"]


@dataclass(frozen=True)
class Stage:
    """States how far one stage came, of one ring where it has one; `told` is its outcome in a line.

    Before its turn it is `waiting` without a start; an `approve` that has started waits for people.
    """

    name: StageName
    ring: str = ""
    state: StageState = "waiting"
    started: datetime | None = None
    ended: datetime | None = None
    told: str = ""

    __pydantic_config__ = STRICT


@dataclass(frozen=True)
class Approval:
    """States who agreed to which plan, and when that was seen to hold."""

    by: str
    plan_hash: str
    at: datetime

    __pydantic_config__ = STRICT


@dataclass(frozen=True)
class PipelineRun:
    """States one run of the pipeline over one commit, continued by as many processes as it took.

    `sequence` is how many commits lead to it, `base` the commit accepted before, `signers` who signed what came since.
    `plan_hash` covers the plans of all rings, whose own hashes `plans` names, and is what people agree to.
    `host`, `pid` and `process_started` name the process that works on it, or did last.
    """

    id: str
    environment: str
    commit: str
    sequence: int
    base: str
    who: str
    signers: tuple[str, ...]
    plan_hash: str
    plans: dict[str, str]
    approvals: tuple[Approval, ...]
    stages: tuple[Stage, ...]
    result: PipelineResult
    started: datetime
    ended: datetime | None
    host: str
    pid: int
    process_started: int

    __pydantic_config__ = STRICT


@dataclass(frozen=True)
class RingSlice:
    """States how far one runner came with its slice of a ring; it alone writes this, and nothing else of the run.

    `plan_hash` is that of the run whose plans it applies, `run` the run of apply, named when that ended. `host`, `pid`
    and `process_started` name the process.
    """

    ring: str
    index: int
    total: int
    plan_hash: str
    state: SliceState
    run: str
    told: str
    started: datetime
    ended: datetime | None
    host: str
    pid: int
    process_started: int

    __pydantic_config__ = STRICT


def folder(var: Path, run: str) -> Path:
    """Names the folder of a run: plans, summary, the statement to sign, signatures."""
    return var / "pipelines" / run


def started(var: Path, environment: str, commit: str, who: str, stages: tuple[Stage, ...]) -> PipelineRun:
    """Opens the record of a new run of this process."""
    now = datetime.now(UTC)
    name = f"{now:%Y%m%dT%H%M%SZ}-pipeline-{secrets.token_hex(3)}"
    run = PipelineRun(
        name, environment, commit, 0, "", who, (), "", {}, (), stages, "running", now, None, *_process()
    )
    keep(var, run)
    return run


def keep(var: Path, run: PipelineRun) -> None:
    """Replaces the record of a run."""
    write(var / "pipelines" / f"{run.id}.json", run)


def taken_up(run: PipelineRun) -> PipelineRun:
    """Gives the record as worked on by this process from now on."""
    host, pid, began = _process()
    return replace(run, result="running", ended=None, host=host, pid=pid, process_started=began)


def recorded(var: Path, damaged: Damaged | None = None) -> list[PipelineRun]:
    """Reads every run, oldest first; one still `running` whose process is gone comes back as `interrupted`.

    Of a process on another machine nothing is known from here: its record is believed. Raises RecordError for one that
    cannot be read, unless `damaged` gathers these.
    """
    paths = (var / "pipelines").glob("*.json")
    return in_order(damaged.each("pipelines", paths, one) if damaged is not None else map(one, paths))


def in_order(runs: Iterable[PipelineRun]) -> list[PipelineRun]:
    """Gives runs oldest first."""
    return sorted(runs, key=lambda run: run.started)


def one(path: Path) -> PipelineRun:
    """Reads the record of one run, as `recorded` does; raises RecordError."""
    return _seen(read(path, PipelineRun))


def slice_begun(ring: str, index: int, total: int, plan_hash: str) -> RingSlice:
    """Gives the record of a slice that this process begins with."""
    return RingSlice(ring, index, total, plan_hash, "running", "", "", datetime.now(UTC), None, *_process())


def keep_slice(var: Path, run: str, made: RingSlice) -> None:
    """Replaces the record of one slice of a run."""
    write(folder(var, run) / "slices" / f"{made.ring}-{made.index}-of-{made.total}.json", made)


def slices(var: Path, run: PipelineRun) -> list[RingSlice]:
    """Reads the slices of the plans that a run has now, by ring and number; seen as `recorded` sees runs."""
    found = [read(path, RingSlice) for path in (folder(var, run.id) / "slices").glob("*.json")]
    own = [
        replace(each, state="interrupted") if each.state == "running" and _is_gone(each) else each
        for each in found
        if each.plan_hash == run.plan_hash
    ]
    return sorted(own, key=lambda each: (each.ring, each.total, each.index))


def _seen(run: PipelineRun) -> PipelineRun:
    return replace(run, result="interrupted") if run.result == "running" and _is_gone(run) else run


def _is_gone(record: PipelineRun | RingSlice) -> bool:
    """Tells whether the process of a record ended; of one on another machine nothing is known from here."""
    here = record.host == socket.gethostname()
    return here and process_started(record.pid) != record.process_started


def _process() -> tuple[str, int, int]:
    return socket.gethostname(), os.getpid(), process_started(os.getpid()) or 0
