"""Turns the records of the pipeline into measurements: how runs ended, how long stages took, what waits for whom."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

from estate.declared.estate import Estate
from estate.records.pipelines import PipelineRun, in_order, one
from estate.runs.lock import look
from exporters.damaged import Damaged
from exporters.textfile import Textfile

LOCKS = {"pipeline": "pipeline.lock", "environment": "lock"}
LIVING = ("running", "waiting")
"""Results of runs that are not over."""


def write(out: Textfile, estate: Estate, var: Path, damaged: Damaged) -> None:
    """Lays down what the records below `var` tell; times of what never happened are 0, stages never timed absent.

    A lock counts as overdue, not as old: its age grows on while nobody measures, what was seen does not.
    """
    runs = in_order(damaged.each("pipelines", (var / "pipelines").glob("*.json"), one))
    for name in (
        "bim_pipeline_runs_total",
        "bim_pipeline_last_result",
        "bim_pipeline_last_run_timestamp_seconds",
        "bim_pipeline_last_success_timestamp_seconds",
        "bim_pipeline_waiting_since_timestamp_seconds",
    ):
        out.lay_down(name)
    over = [run for run in runs if run.result not in LIVING]
    for run in over:
        out.add("bim_pipeline_runs_total", result=run.result)
    if over:
        _newest(out, over[-1])
    passed = [run.ended for run in over if run.result == "passed" and run.ended]
    if passed:
        out.set("bim_pipeline_last_success_timestamp_seconds", max(passed).timestamp())
    waits = [since for run in runs if run.result == "waiting" and (since := _asked(run))]
    if waits:
        out.set("bim_pipeline_waiting_since_timestamp_seconds", min(waits))
    limit = timedelta(hours=estate.pipeline.lock_limit_hours)
    for lock, file in LOCKS.items():
        out.set("bim_pipeline_lock_overdue", look(var / file, limit).overdue, lock=lock)


def _newest(out: Textfile, run: PipelineRun) -> None:
    out.set("bim_pipeline_last_run_timestamp_seconds", run.started.timestamp())
    out.set("bim_pipeline_last_result", 1, result=run.result)
    for stage in run.stages:
        if stage.started and stage.ended:
            out.add(
                "bim_pipeline_stage_seconds", (stage.ended - stage.started).total_seconds(), stage=stage.name
            )


def _asked(run: PipelineRun) -> float | None:
    """Gives when people were asked to approve; None when the run waits for something else."""
    return next(
        (each.started.timestamp() for each in run.stages if each.state == "waiting" and each.started), None
    )
