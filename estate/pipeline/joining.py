"""Puts the slices that several runners applied of a ring into the record of the run, which has this one writer."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from estate.records import RecordError
from estate.records.pipelines import PipelineRun, RingSlice, Stage, slices
from estate.runs import slicing
from estate.runs.commands import say
from estate.runs.environment import Environment
from estate.runs.refused import Exit, RefusedError
from estate.runs.revision import commit

DONE = ("passed", "skipped")


def joined(environment: Environment, run: PipelineRun) -> PipelineRun:
    """Gives the record with its next ring applied, where every slice of that passed; else as it was, and says why.

    What comes after the ring is still to be done, whatever an earlier attempt made of it. Where a slice left something,
    the caller plans the ring anew and applies the rest.
    """
    at = next((at for at, each in enumerate(run.stages) if each.state not in DONE), len(run.stages))
    if at == len(run.stages) or run.stages[at].name != "apply" or commit(environment.root) != run.commit:
        return run
    stage = run.stages[at]
    try:
        own = [each for each in slices(environment.var, run) if each.ring == stage.ring]
        done = _joined(environment, run, stage, own) if own else None
    except (RecordError, RefusedError) as error:
        say.print(f"the slices of ring {stage.ring} are not joined: {error}")
        return run
    later = [Stage(each.name, each.ring) for each in run.stages[at + 1 :]]
    return replace(run, stages=(*run.stages[:at], done, *later)) if done else run


def _joined(
    environment: Environment, run: PipelineRun, stage: Stage, own: Sequence[RingSlice]
) -> Stage | None:
    passed = {each.index: each for each in own if each.state == "passed" and each.total == own[-1].total}
    total = own[-1].total
    left = [index for index in range(1, total + 1) if index not in passed]
    if left:
        states = {each.index: each.state for each in own if each.total == total}
        told = ", ".join(f"{index}/{total} {states.get(index, 'missing')}" for index in left)
        say.print(f"ring {stage.ring}: slice {told}; what is left of it is planned anew")
        return None
    runs = [slicing.found(environment, each.run) for each in passed.values()]
    whole, _, code = slicing.merge(environment, runs, f"pipeline {run.id}, ring {stage.ring}, {total} slices")
    if code != Exit.OK:
        raise RefusedError(f"run {whole.path.name} ended {whole.head().result}")
    ended = max(each.ended or each.started for each in passed.values())
    told = f"run {whole.path.name}: {whole.head().result}, {total} slices"
    started = min(each.started for each in passed.values())
    return replace(stage, state="passed", started=started, ended=ended, told=told)
