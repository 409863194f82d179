"""Starts the placed program in place of the one that judged its commit, and tells how a pipeline stands."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from estate.pipeline.order import Accepted, accepted, is_adopted
from estate.records.damaged import Damaged
from estate.records.pipelines import PipelineRun, RingSlice, recorded, slices
from estate.runs.commands import say
from estate.runs.environment import Environment
from estate.runs.lock import Lock, lock_limit, look

WHERE = ("--repository", "--commit")
FILES = ("--summary", "--signers")


@dataclass(frozen=True)
class Status:
    """States which commit is accepted, how the newest run stands, and who holds pipeline and environment."""

    accepted: Accepted | None
    run: PipelineRun | None
    slices: tuple[RingSlice, ...]
    locks: dict[str, Lock]


def status(environment: Environment, damaged: Damaged) -> Status:
    """Reads how the pipeline of an environment stands; `damaged` gathers the records that cannot be read."""
    runs = recorded(environment.var, damaged)
    found = None
    if is_adopted(environment):
        found = damaged.unless("accepted", lambda: accepted(environment))
    limit = lock_limit(environment)
    locks = {name: look(environment.var / name, limit) for name in ("pipeline.lock", "lock")}
    own = damaged.unless("pipelines", lambda: slices(environment.var, runs[-1])) if runs else None
    return Status(found, runs[-1] if runs else None, tuple(own or ()), locks)


def anew(environment: Environment, arguments: Sequence[str], commit: str) -> None:
    """Replaces this process by the program of the checkout, with the same arguments, on the commit placed there."""
    argv = [sys.executable, "-m", "estate", *_without(arguments), "--commit", commit]
    say.print(f"$ {' '.join(['python', *argv[1:]])}", style="bold")
    sys.stdout.flush()
    variables = os.environ | {"PYTHONPATH": str(environment.root)}
    if listed := os.environ.get("ESTATE_SIGNERS"):
        variables["ESTATE_SIGNERS"] = str(Path(listed).absolute())
    os.chdir(environment.root)
    os.execve(sys.executable, argv, variables)


def _without(arguments: Sequence[str]) -> list[str]:
    """Gives arguments without those that the judging program has done: where the commit is, and to begin anew.

    Files keep their meaning in another folder.
    """
    kept: list[str] = []
    before = ""
    for argument in arguments:
        name, mark, value = argument.partition("=")
        if before in FILES:
            kept.append(str(Path(argument).absolute()))
        elif mark and name in FILES:
            kept.append(f"{name}={Path(value).absolute()}")
        elif before not in WHERE and name not in (*WHERE, "--again"):
            kept.append(argument)
        before = "" if before in (*WHERE, *FILES) else argument
    return kept
