"""Applies one slice of a ring beside other runners of the same pipeline; each writes a record of its own alone."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import partial

from estate.pipeline import rings
from estate.pipeline.conducting import DONE, Asked, attempted, commit_of, newest, tell_takeover
from estate.pipeline.stages import STAGES, Ended, Work, brought, outcome, refuse_moved
from estate.pipeline.trust import signers_file
from estate.records import Plan
from estate.records.pipelines import PipelineRun, RingSlice, SliceState, keep_slice, slice_begun, slices
from estate.runs import planning, slicing
from estate.runs.environment import Environment
from estate.runs.lock import held_in_part, lock_limit
from estate.runs.refused import Exit, RefusedError
from estate.runs.session import who

JUDGED = ("trust", "approve")
"""Stages that every runner judges anew before it changes a host: keys may have been withdrawn meanwhile."""


@dataclass
class Shared(Work):
    """Knows the run as it is in its record, and leaves that to the one who joins the slices."""

    def note(self, run: PipelineRun) -> None:
        """Keeps in mind what was found out, and writes nothing."""
        self.run = run

    def agree(self) -> None:
        """Leaves what people agreed to as it was kept."""


def share(environment: Environment, wish: Asked, part: tuple[int, int]) -> tuple[RingSlice, Exit]:
    """Applies slice (index, total) of the ring asked for, whose plan was made and agreed to; gives its record.

    A slice that passed is not applied again. One that was killed, or failed, is planned anew and goes on with what is
    left of its plan.

    Raises:
        RefusedError: before there is a record: the run has not come to that ring (exit 8 where it waits for people),
            another pipeline is at work, or another runner with the same slice (exit 5).
    """
    signers, (index, total) = signers_file(environment, wish.signers), part
    lock, run_name = environment.var / "pipeline.lock", f"pipeline {wish.commit[:12]}, slice {index}/{total}"
    limit = lock_limit(environment)
    with held_in_part(lock, index, total, who=who(), run=run_name, wait=wish.wait, limit=limit) as (_, dead):
        tell_takeover(dead)
        commit = commit_of(environment.root, wish.commit)
        run, ring = _ready(environment, commit, wish)
        refuse_moved(environment, commit)
        own = [each for each in slices(environment.var, run) if (each.index, each.total) == part]
        before = next((each for each in own if each.ring == ring), None)
        if before is not None and before.state == "passed":
            return before, Exit.OK
        work = Shared(environment, run, signers, environment.root, wish.confirm_removals, wish.wait)
        for name in JUDGED:
            judged = attempted(partial(STAGES[name], work, ""))
            if judged.state not in DONE:
                raise RefusedError(f"{name}: {judged.told}", judged.code)
        return _applied(work, slice_begun(ring, index, total, run.plan_hash), before)


def _ready(environment: Environment, commit: str, wish: Asked) -> tuple[PipelineRun, str]:
    """Gives the run of a commit and the ring that is to be applied next; refuses while another stage comes before."""
    run = newest(environment, commit)
    if run is None:
        raise RefusedError(
            f"nothing was planned for {commit[:12]}; first: ./scripts/estate pipeline approved"
        )
    if run.result == "superseded":
        raise RefusedError(f"run {run.id} of this commit was superseded by a newer one", Exit.SUPERSEDED)
    known = [each.ring for each in run.stages if each.name == "apply"]
    ring = wish.ring or (known[0] if len(known) == 1 else "")
    if ring not in known:
        raise RefusedError(f"a slice is one of a ring; name it by --ring: {', '.join(known)}")
    for stage in run.stages:
        if (stage.name, stage.ring) == ("apply", ring):
            break
        if stage.state not in DONE:
            waits = stage.name == "approve" and stage.started is not None
            named = f"{stage.name} {stage.ring}".rstrip()
            call = f"verify --ring {stage.ring}" if stage.ring else "approved"
            raise RefusedError(
                f"run {run.id} has not come to ring {ring}: {named} is {stage.state}. First, without a slice: "
                f"./scripts/estate pipeline {call}",
                Exit.WAITING if waits else Exit.REFUSED,
            )
    return run, ring


def _applied(work: Shared, made: RingSlice, before: RingSlice | None) -> tuple[RingSlice, Exit]:
    var, run = work.environment.var, work.run.id
    keep_slice(var, run, made)
    names = list[str]()

    def stage() -> Ended:
        plan = slicing.sliced(work.environment, work.plan(made.ring), (made.index, made.total))
        if before is not None:
            plan = _left(work, plan, made)
        report = brought(work, plan, _what(made))
        names.append(report.run.id)
        return outcome(report)

    ended = attempted(stage)
    state: SliceState = "passed" if ended.state in DONE else "failed"
    made = replace(made, state=state, run="".join(names), told=ended.told, ended=datetime.now(UTC))
    keep_slice(var, run, made)
    return made, ended.code


def _left(work: Shared, agreed: Plan, made: RingSlice) -> Plan:
    """Plans a slice anew that was begun before; raises RefusedError when that is more than what is left of it."""
    now, _, code = planning.plan(
        work.environment, agreed.limit, f"pipeline {work.run.id}, {_what(made)}, again"
    )
    if code != Exit.OK:
        raise RefusedError(f"no full answer from {', '.join(now.incomplete)}; nothing was changed", code)
    if more := rings.beyond([agreed], [now]):
        raise RefusedError(
            f"{len(more)} changes are not in the plan that was made, {more[0].host} {more[0].key} first; nothing was "
            "changed. Without a slice, all of it is planned anew: ./scripts/estate pipeline run"
        )
    return replace(now, part=agreed.part)


def _what(made: RingSlice) -> str:
    return f"ring {made.ring}, slice {made.index}/{made.total}"
