"""Keeps which commit of an environment was accepted last, so that an older one never follows a newer one."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

from estate.records import read, write
from estate.records.damaged import Damaged
from estate.records.pipelines import PipelineRun, keep, recorded
from estate.records.shapes import STRICT
from estate.runs.environment import Environment
from estate.runs.git import asked, contains, holds, sequence
from estate.runs.refused import RefusedError


@dataclass(frozen=True)
class Accepted:
    """Names the commit that was trusted, agreed to and brought to a first host, or adopted by hand (no run)."""

    commit: str
    sequence: int
    run: str
    who: str
    at: datetime

    __pydantic_config__ = STRICT


def accepted(environment: Environment) -> Accepted:
    """Gives the accepted commit; refuses where there is none: the first one is a person's word, not the pusher's."""
    path = _place(environment)
    if not path.exists():
        raise RefusedError(
            f"no commit of environment {environment.name!r} was ever accepted here: nothing tells which history is "
            "ours. Look at one and adopt it: ./scripts/estate pipeline adopt COMMIT"
        )
    return read(path, Accepted)


def accept(environment: Environment, repository: Path, commit: str, run: str, who: str) -> Accepted:
    """Writes down that a commit is accepted, before the first host is changed."""
    full = full_name(repository, commit)
    made = Accepted(full, sequence(repository, full), run, who, datetime.now(UTC))
    write(_place(environment), made)
    return made


def supersede_older(environment: Environment, newer: PipelineRun) -> None:
    """Ends older runs that wait or were killed: nobody works on them, for this process holds the pipeline."""
    var, root = environment.var, environment.root
    for run in recorded(var, Damaged()):  # which cannot be read was told when this run began
        unfinished = run.result in ("waiting", "interrupted") and run.id != newer.id
        if unfinished and run.commit != newer.commit and contains(root, run.commit, newer.commit):
            stages = tuple(
                each if each.state in ("passed", "failed", "skipped") else replace(each, state="superseded")
                for each in run.stages
            )
            keep(var, replace(run, stages=stages, result="superseded", ended=newer.started))


def full_name(repository: Path, commit: str) -> str:
    """Gives the full name of a commit; refuses what names none."""
    if not commit or not holds(repository, commit):
        raise RefusedError(f"{commit!r} is no commit in {repository}")
    return asked(repository, "rev-parse", "--verify", f"{commit}^{{commit}}")


def is_adopted(environment: Environment) -> bool:
    """Tells whether a commit was ever accepted here."""
    return _place(environment).exists()


def _place(environment: Environment) -> Path:
    return environment.var / "pipeline" / "accepted.json"
