"""Carries one commit through the stages in their order, stops where it must, and goes on where a killed run stopped."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

from estate.declared.pipeline import Ring
from estate.pipeline import joining, placing
from estate.pipeline.order import accepted, is_adopted
from estate.pipeline.stages import STAGES, Ended, Work, refuse_moved
from estate.pipeline.trust import after, policy, signers_file
from estate.records import RecordError, write_text
from estate.records.damaged import Damaged
from estate.records.pipelines import (
    PipelineResult,
    PipelineRun,
    Stage,
    StageName,
    StageState,
    recorded,
    started,
    taken_up,
)
from estate.runs.commands import say
from estate.runs.environment import Environment
from estate.runs.git import asked, holds, sequence
from estate.runs.lock import Holder, held, lock_limit
from estate.runs.refused import Exit, RefusedError
from estate.runs.session import who

BEFORE: tuple[StageName, ...] = ("trust", "validate", "plan", "approve")
DONE = ("passed", "skipped")


@dataclass(frozen=True)
class Asked:
    """Holds what was asked: the commit, the last stage to do (of one ring), whose keys count, and what was typed."""

    commit: str = "HEAD"
    until: StageName = "report"
    ring: str = ""
    signers: Path | None = None
    wait: float = 0
    summary: Path | None = None
    confirm_removals: int | None = None
    again: bool = False


def run(environment: Environment, wish: Asked) -> tuple[PipelineRun, Exit]:
    """Does every stage up to the one asked for that the newest run of this commit has not done; gives its record.

    Raises:
        RefusedError: before there is a record: no list of keys, no such commit or ring, another pipeline at work
            (exit 5).
    """
    signers, place = signers_file(environment, wish.signers), environment.root
    with alone(environment, wish):
        commit = commit_of(place, wish.commit)
        refuse_moved(environment, commit)
        record, finished = _opened(environment, place, commit, wish)
        work = Work(environment, record, signers, place, wish.confirm_removals, wish.wait)
        code = Exit.OK if finished else _carried(work, wish)
        made = work.folder / "summary.md"
        if wish.summary and made.exists():  # by this call, or by one that ended or was killed after it
            _copied(made, wish.summary)
    return work.run, code


def _copied(made: Path, to: Path) -> None:
    try:
        write_text(to, made.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        raise RefusedError(f"the summary {made} cannot be written to {to}: {error}") from None


def gate(environment: Environment, repository: str, wish: Asked) -> tuple[PipelineRun, Exit, bool]:
    """Judges a commit of a repository in a bare copy, and places it in the checkout when it is trusted.

    Gives the record, how it ended, and whether there is more to do: by the program that was placed, not by this one.
    """
    signers = signers_file(environment, wish.signers)
    with alone(environment, wish):
        commit = placing.fetch(environment, repository, wish.commit, wish.wait)
        place = placing.copy(environment)
        record, finished = _opened(environment, place, commit, wish)
        if finished:
            return record, Exit.OK, False
        work = Work(environment, record, signers, place)
        code = _carried(work, replace(wish, until="trust", ring=""))
        if code == Exit.OK:
            with alone(environment, wish, "lock"):
                placing.place(environment, commit, wish.wait)
    return work.run, code, code == Exit.OK


@contextmanager
def alone(environment: Environment, wish: Asked, name: str = "pipeline.lock") -> Iterator[None]:
    """Holds the pipeline of an environment: one at a time judges, checks out and applies.

    The `lock` of the environment itself keeps its files as they are while somebody applies them.
    """
    lock, limit = environment.var / name, lock_limit(environment)
    with held(lock, who=who(), run=f"pipeline {wish.commit[:12]}", wait=wish.wait, limit=limit) as (_, dead):
        tell_takeover(dead)
        yield


def tell_takeover(dead: Holder | None) -> None:
    """Says whose lock was taken over, if it was left."""
    if dead is not None:
        say.print(f"taking over from {dead.run} of {dead.who}, which was killed")


def newest(environment: Environment, commit: str = "") -> PipelineRun | None:
    """Gives the newest run, of one commit when it is named; what cannot be read is named and is no run.

    Raises RefusedError where that may be the run that began to apply this commit: it alone knows who wrote the plan.
    """
    damaged = Damaged()
    runs = recorded(environment.var, damaged)
    for words in damaged.words("used"):
        say.print(words)
    kept = accepted(environment) if damaged.any("pipelines") and is_adopted(environment) else None
    if kept and kept.run and kept.commit == commit and kept.run not in {each.id for each in runs}:
        raise RefusedError(
            f"the record of run {kept.run}, which began to apply {commit[:12]}, cannot be read: who wrote "
            "its plan, and so may not approve it, is not known. "
            "Bring it back (docs/runbooks/RecordDamaged.md), or push a newer commit"
        )
    found = [each for each in runs if not commit or each.commit == commit]
    return found[-1] if found else None


def stages_of(rings: Sequence[Ring]) -> tuple[Stage, ...]:
    """Gives the stages of a run before any of them began."""
    pairs = [Stage(name, ring.name) for ring in rings for name in ("apply", "verify")]
    return (*(Stage(name) for name in BEFORE), *pairs, Stage("report"))


def continued(run: PipelineRun) -> PipelineRun:
    """Gives the record as a new process takes it up: what was not done waits, and an apply is planned anew.

    What a killed or failed apply did is not in its plan any more, so nobody applies that plan a second time. Keys may
    have been withdrawn meanwhile: commits are judged anew, and approvals while something is left to apply.
    """
    first = next((at for at, each in enumerate(run.stages) if each.state not in DONE), len(run.stages))
    left = [each.name for each in run.stages[first:]]
    anew = (
        {"trust"}
        | ({"approve"} if "apply" in left else set())
        | ({"plan"} if left[:1] == ["apply"] else set())
    )
    fresh = [
        Stage(each.name, each.ring) if at >= first or each.name in anew else each
        for at, each in enumerate(run.stages)
    ]
    return taken_up(replace(run, stages=tuple(fresh)))


def commit_of(place: Path, named: str) -> str:
    """Gives the full name of a commit of a repository; refuses what names none."""
    if not holds(place, named):
        raise RefusedError(f"{named!r} is no commit of {place}; name one, or where it is: --repository")
    return asked(place, "rev-parse", "--verify", f"{named}^{{commit}}")


def _opened(environment: Environment, place: Path, commit: str, wish: Asked) -> tuple[PipelineRun, bool]:
    """Finds or opens the record; the second value tells that there is nothing left to do."""
    last = newest(environment, commit)
    if last is not None and not wish.again:
        if last.result == "superseded":
            raise RefusedError(f"run {last.id} of this commit was superseded by a newer one", Exit.SUPERSEDED)
        _last(last.stages, wish)
        last = joining.joined(environment, last)
        if last.result == "passed" and all(each.state in DONE for each in last.stages):
            after(place, accepted(environment).commit, commit)
            return last, True
        return continued(last), False
    declared = policy(place, commit, environment.name)
    stages = stages_of(declared.rings if declared else ())
    _last(stages, wish)
    record = started(environment.var, environment.name, commit, who(), stages)
    # Its own first apply made the commit the accepted one: until it has passed, its authors are still its authors.
    base = last.base if last is not None and last.result != "passed" else ""
    return replace(record, sequence=sequence(place, commit), base=base), False


def _carried(work: Work, wish: Asked) -> Exit:
    """Does stage after stage; a stage that does not pass ends the run, and what happened is reported even so."""
    work.note(work.run)
    end = _last(work.run.stages, wish)
    for at, stage in enumerate(work.run.stages[: end + 1]):
        if stage.state in DONE:
            continue
        if stage.name == "report":
            _closed(work, "passed")
        ended = _done(work, at)
        if ended.state not in DONE:
            return _stopped(work, at, ended)
    if all(each.state in DONE for each in work.run.stages):
        _closed(work, "passed")
    elif work.run.result == "running":
        work.note(replace(work.run, result="waiting"))
    return Exit.OK


def _last(stages: Sequence[Stage], wish: Asked) -> int:
    """Gives the place of the stage after which this call ends: where a ring before the last is asked for, its own.

    Where nothing readable declares rings it is the last stage of all: an earlier one refuses and says why.
    """
    rings = list(dict.fromkeys(each.ring for each in stages if each.ring))
    if wish.ring and rings and wish.ring not in rings:
        raise RefusedError(f"no ring {wish.ring!r} is declared; known: {', '.join(rings)}")
    early = wish.until == "report" and wish.ring not in ("", *rings[-1:])
    until, ring = "verify" if early else wish.until, wish.ring
    found = [
        at
        for at, each in enumerate(stages)
        if each.name == until and (not (ring and each.ring) or ring == each.ring)
    ]
    return found[-1] if found else len(stages) - 1


def _done(work: Work, at: int) -> Ended:
    """Does one stage and writes down how it ended."""
    stage = work.run.stages[at]
    begun = datetime.now(UTC)
    _written(work, at, replace(stage, state="running", started=begun))
    say.print(f"== {stage.name} {stage.ring}".rstrip(), style="bold")
    try:
        ended = attempted(lambda: STAGES[stage.name](work, stage.ring))
    except KeyboardInterrupt:
        work.note(replace(work.run, result="interrupted"))
        raise
    over = None if ended.state == "waiting" else datetime.now(UTC)
    _written(work, at, replace(stage, state=ended.state, started=begun, ended=over, told=ended.told))
    say.print(f"== {stage.name} {stage.ring}".rstrip() + f": {ended.state}: {ended.told}")
    return ended


def attempted(stage: Callable[[], Ended]) -> Ended:
    """Gives how a stage ended; a refusal is an end as well, and says so."""
    try:
        return stage()
    except RefusedError as refusal:
        state: StageState = "superseded" if refusal.code == Exit.SUPERSEDED else "failed"
        return Ended(state, str(refusal), refusal.code)
    except RecordError as damaged:
        return Ended("failed", str(damaged), Exit.REFUSED)


def _stopped(work: Work, at: int, ended: Ended) -> Exit:
    """Ends a run where it stopped: what comes after is left, and the figures tell of it all the same.

    But for a commit nobody may trust, whose hosts and programs may stand here: the next handing over tells of it.
    """
    results: dict[str, PipelineResult] = {"waiting": "waiting", "superseded": "superseded"}
    if ended.state != "waiting":
        for later in range(at + 1, len(work.run.stages)):
            _written(
                work,
                later,
                replace(work.run.stages[later], state="skipped" if ended.state == "failed" else "superseded"),
            )
    _closed(work, results.get(ended.state, "failed"))
    if work.run.stages[at].name not in ("trust", "report") and ended.state == "failed":
        reported = STAGES["report"](work, "")
        say.print(f"== report: {reported.state}: {reported.told}")
    return ended.code


def _closed(work: Work, result: PipelineResult) -> None:
    work.note(replace(work.run, result=result, ended=None if result == "waiting" else datetime.now(UTC)))


def _written(work: Work, at: int, stage: Stage) -> None:
    stages = list(work.run.stages)
    stages[at] = stage
    work.note(replace(work.run, stages=tuple(stages)))
