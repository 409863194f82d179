"""Records of the pipeline become measurements: what never happened is 0, what waits says since when."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

from estate.records import append
from estate.records.pipelines import PipelineResult, Stage, keep, started
from estate.runs.lock import Holder
from exporters import recorded_pipelines
from exporters.damaged import Damaged
from exporters.textfile import Textfile
from tests.unit.monitoring.samples import NOON, estate

AT = NOON.timestamp()


def _measured(var: Path) -> dict[str, dict[tuple[str, ...], float]]:
    out = Textfile()
    recorded_pipelines.write(out, estate(), var, Damaged())
    return out.samples


def _record(var: Path, result: PipelineResult, hours: int = 0, *stages: Stage) -> None:
    begun = NOON + timedelta(hours=hours)
    run = started(var, "lab", "c0ffee", "ugur", stages)
    over = None if result in ("running", "waiting") else begun + timedelta(minutes=10)
    keep(var, replace(run, result=result, started=begun, ended=over))


def test_before_the_first_run_everything_is_told_as_never(tmp_path: Path) -> None:
    found = _measured(tmp_path)
    assert {name for name, samples in found.items() if set(samples.values()) != {0}} == set()
    assert "bim_pipeline_stage_seconds" not in found
    assert len(found) == 6


def test_results_are_counted_and_the_newest_that_is_over_told(tmp_path: Path) -> None:
    rings = [Stage("apply", ring, "passed", NOON, NOON + timedelta(seconds=70)) for ring in ("pilot", "rest")]
    _record(tmp_path, "passed", 0)
    _record(tmp_path, "failed", 1, *rings, Stage("report", "", "failed", NOON))
    _record(tmp_path, "running", 2)
    found = _measured(tmp_path)
    assert found["bim_pipeline_runs_total"][("failed",)] == found["bim_pipeline_runs_total"][("passed",)] == 1
    assert found["bim_pipeline_last_result"] == {
        ("passed",): 0,
        ("failed",): 1,
        ("superseded",): 0,
        ("interrupted",): 0,
    }
    assert found["bim_pipeline_last_success_timestamp_seconds"] == {(): AT + 600}
    assert found["bim_pipeline_last_run_timestamp_seconds"] == {(): AT + 3600}
    assert found["bim_pipeline_stage_seconds"] == {("apply",): 140}


def test_a_plan_that_waits_says_since_when_and_one_that_only_pauses_does_not(tmp_path: Path) -> None:
    _record(tmp_path, "waiting", 0, Stage("approve"))
    assert _measured(tmp_path)["bim_pipeline_waiting_since_timestamp_seconds"] == {(): 0}
    _record(tmp_path, "waiting", 0, Stage("approve", "", "waiting", NOON))
    assert _measured(tmp_path)["bim_pipeline_waiting_since_timestamp_seconds"] == {(): AT}


def test_a_lock_beyond_its_limit_is_told(tmp_path: Path) -> None:
    append(tmp_path / "lock", Holder("ayse", "baska-makine", 1, 1, NOON - timedelta(days=400), "r1"))
    assert _measured(tmp_path)["bim_pipeline_lock_overdue"] == {("pipeline",): 0, ("environment",): 1}
