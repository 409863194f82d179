"""Finds out which slice of the fleet this runner has, and puts the runs of several runners into one record."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from estate.plan.slices import SliceError, narrowed, parsed, part, refuse_gaps, undone
from estate.records import Change, Outcome, Plan, Run, RunDirectory, read, write
from estate.records.shapes import STRICT, Part, Result
from estate.runs.environment import Environment
from estate.runs.planning import normal
from estate.runs.refused import Exit, RefusedError
from estate.runs.session import limited, session

MERGED = "merged.json"
VARIABLE = "ESTATE_SLICE"
GITLAB = ("CI_NODE_INDEX", "CI_NODE_TOTAL")
"""What GitLab tells the jobs of `parallel: N`, counted from 1; a job that is not parallel has no index."""


@dataclass(frozen=True)
class Portion:
    """States what one run of a merged one did: its slice, how it ended, what it left."""

    run: str
    index: int
    total: int
    result: Result
    hosts: tuple[str, ...]
    undone: tuple[Change, ...]

    __pydantic_config__ = STRICT


def asked(typed: str | None, variables: Mapping[str, str] = os.environ) -> tuple[int, int] | None:
    """Gives the slice that is typed, or named by ESTATE_SLICE, or by GitLab; None: the whole fleet.

    An empty one, or a number of runners without this one's, is refused: each of them would take the whole.
    """
    text, said = (typed, "--slice") if typed is not None else (variables.get(VARIABLE), VARIABLE)
    if text is None:
        index, total = (variables.get(name, "").strip() for name in GITLAB)
        if not index and total in ("", "1"):
            return None
        text, said = f"{index}/{total}", "/".join(GITLAB)
    if not text.strip():
        raise RefusedError(f"{said} is empty, which names no slice; leave it out for all hosts")
    try:
        return parsed(text)
    except SliceError as error:
        raise RefusedError(f"{said}: {error}") from None


def limit_of(environment: Environment, limit: str, slice_: tuple[int, int] | None) -> tuple[str, Part | None]:
    """Narrows a limit to the hosts of a slice; gives both."""
    if slice_ is None:
        return limit, None
    found, hosts = _part(environment, limit, slice_)
    return normal(",".join(hosts)), found


def sliced(environment: Environment, plan: Plan, slice_: tuple[int, int] | None) -> Plan:
    """Gives what a plan says about a slice; a plan made for a slice is for that one alone."""
    if plan.part is not None:
        if slice_ not in (None, (plan.part.index, plan.part.total)):
            raise RefusedError(
                f"the plan is slice {plan.part.index}/{plan.part.total}, asked for {slice_[0]}/{slice_[1]}"
            )
        return plan
    if slice_ is None:
        return plan
    found, hosts = _part(environment, plan.limit, slice_)
    return narrowed(plan, found, hosts)


def merge(
    environment: Environment, runs: Sequence[RunDirectory], reason: str
) -> tuple[RunDirectory, list[Portion], Exit]:
    """Puts the slices of one apply into one run: outcomes of all, and of each what it left undone.

    Raises:
        RefusedError: a slice is missing, stands twice, is of another whole or still at work; no run is left then.
    """
    heads, plans, outcomes, left = _read(environment, runs)
    portions = []
    with session(environment, "apply", reason or "merged slices", heads[0].commit) as opened:
        for head, plan, made, lacking in zip(heads, plans, outcomes, left, strict=True):
            assert plan.part is not None
            for outcome in made:
                opened.run.record(outcome)
            hosts = tuple(plan.limit.split(","))
            portions.append(Portion(head.id, plan.part.index, plan.part.total, head.result, hosts, lacking))
        write(opened.run.path / MERGED, sorted(portions, key=lambda each: each.index))
        opened.result = _worst([head.result for head in heads])
    return opened.run, portions, Exit.OK if opened.result in ("ok", "changed") else Exit.FAILED


def portions_of(run: RunDirectory) -> list[Portion]:
    """Gives the slices that were put into a run; none for one that did its work itself."""
    path = run.path / MERGED
    return read(path, list[Portion]) if path.exists() else []


def _read(
    environment: Environment, runs: Sequence[RunDirectory]
) -> tuple[list[Run], list[Plan], list[list[Outcome]], list[tuple[Change, ...]]]:
    """Reads all that is merged, and what each left undone, before a run is opened; refuses what is no whole."""
    heads = [run.head() for run in runs]
    for head in heads:
        if head.kind != "apply":
            raise RefusedError(f"run {head.id} is a {head.kind}; what is merged are applies")
        if head.result == "running":
            raise RefusedError(f"run {head.id} is still at work")
        if head.environment != environment.name:
            raise RefusedError(f"run {head.id} is of environment {head.environment}, not {environment.name}")
        if head.commit != heads[0].commit:
            raise RefusedError(
                f"run {head.id} is a slice of another whole than run {heads[0].id} (made on another commit)"
            )
    plans = [_plan(environment, run) for run in runs]
    try:
        refuse_gaps([(head.id, plan) for head, plan in zip(heads, plans, strict=True)])
    except SliceError as error:
        raise RefusedError(str(error)) from None
    outcomes = [run.outcomes() for run in runs]
    for head, plan, run, made in zip(heads, plans, runs, outcomes, strict=True):
        worked = head.result in ("changed", "failed") or plan.changes or plan.unverifiable or plan.incomplete
        if worked and not made and head.result in ("ok", "changed", "failed"):
            raise RefusedError(
                f"run {head.id} ended {head.result}, but its outcomes are gone from {run.path}: "
                "hand them over with it, or run its slice again"
            )
    left = [
        () if head.result in ("ok", "changed") else undone(plan, run.changes(), made)
        for head, plan, run, made in zip(heads, plans, runs, outcomes, strict=True)
    ]
    return heads, plans, outcomes, left


def _part(environment: Environment, limit: str, slice_: tuple[int, int]) -> tuple[Part, tuple[str, ...]]:
    try:
        return part(limited(environment, limit), environment.switches(), *slice_)
    except SliceError as error:
        raise RefusedError(str(error)) from None


def _plan(environment: Environment, run: RunDirectory) -> Plan:
    path = run.path / "plan.json"
    if not path.exists():
        raise RefusedError(f"run {run.path.name} ended before it changed anything; run its slice again")
    plan = read(path, Plan)
    if plan.environment != environment.name:
        raise RefusedError(f"run {run.path.name} has a plan of environment {plan.environment}")
    return plan


def _worst(results: Sequence[Result]) -> Result:
    order: tuple[Result, ...] = ("interrupted", "error", "failed", "changed", "ok")
    return next(each for each in order if each in results)


def found(environment: Environment, named: str) -> RunDirectory:
    """Finds a run by its id, or by its folder where another runner left it."""
    for path in (Path(named), environment.var / "runs" / named):
        if (path / "run.json").is_file():
            return RunDirectory(path)
    raise RefusedError(f"{named!r} is neither the folder of a run nor a run below {environment.var / 'runs'}")
