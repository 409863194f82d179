"""Counts what has legal meaning (drills, restore tests, fresh evidence) from the records themselves.

A record that is not accepted as evidence, or cannot be read, is not counted; the count is then marked incomplete.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

from estate.records.shapes import RESULT_OF_RESTORE_TEST, Judgement
from estate.report.catalogue import Indicator, catalogue
from estate.report.figures import Figure, Reason, Status, Value, unmeasured
from estate.report.inputs import Drill, Inputs
from estate.report.matrix import Row, State

FRESH_DUTIES = "duties_with_fresh_evidence"
Counted = tuple[Value, ...]


def from_drills(inputs: Inputs) -> dict[str, Figure]:
    """Gives a figure for every indicator that is counted from the evidence of drills."""
    return {row.id: _from_drills(row, inputs) for row in catalogue().indicators if row.records in COUNTS}


def from_matrix(matrix: tuple[Row, ...]) -> dict[str, Figure]:
    """Gives the figures that are counted from the duty matrix."""
    return {row.id: _duties(row, matrix) for row in catalogue().indicators if row.records == FRESH_DUTIES}


def drills_of_period(inputs: Inputs) -> list[Drill]:
    """Lists the drills begun in the period, oldest first, whether their records are accepted or not."""
    return [drill for drill in inputs.drills if inputs.month.holds(drill.started)]


def _from_drills(indicator: Indicator, inputs: Inputs) -> Figure:
    source = f"var/{inputs.environment}/evidence/*/record.json"
    if not inputs.stores.get("evidence"):
        return unmeasured(indicator, source, Reason("no_store", "evidence"))
    values = COUNTS[indicator.records or ""](inputs)
    doubtful = any("/evidence/" in row.file for row in inputs.unread)
    if doubtful or any(drill.flaws for drill in drills_of_period(inputs)):
        values = tuple(
            Value(v.number, Status.PARTIAL if v.status is Status.MEASURED else v.status, v.labels)
            for v in values
        )
    return Figure(indicator, values, source)


def _duties(indicator: Indicator, matrix: tuple[Row, ...]) -> Figure:
    bounded = [row for row in matrix if row.duty.max_evidence_age_days is not None]
    fresh = [row for row in bounded if row.fresh and row.state in (State.PROVEN, State.UNPROVEN)]
    return Figure(indicator, (_share(len(fresh), len(bounded)),), "duties.yml, runs/*, evidence/*")


def _count(number: int, **labels: str) -> Value:
    return Value(float(number), Status.MEASURED, labels)


def _share(part: int, whole: int) -> Value:
    return Value(part / whole, Status.MEASURED) if whole else Value(None, Status.UNDEFINED)


def _tests(inputs: Inputs) -> list[tuple[Drill, Judgement]]:
    """Lists the restores that answered, each with its own verdict: the service may fail after a good restore."""
    return [(drill, drill.restore.result) for drill in _held(inputs) if drill.restore is not None]


def _held(inputs: Inputs) -> list[Drill]:
    return [drill for drill in drills_of_period(inputs) if not drill.flaws]


def _tests_passed_mail(inputs: Inputs) -> Counted:
    return (
        _count(sum(drill.service == "eposta" and result == "passed" for drill, result in _tests(inputs))),
    )


def _tests_by_result(inputs: Inputs) -> Counted:
    found = [result for _, result in _tests(inputs)]
    return tuple(_count(found.count(key), result=name) for key, name in RESULT_OF_RESTORE_TEST.items())


def _test_success(inputs: Inputs) -> Counted:
    tests = _tests(inputs)
    return (_share(sum(result == "passed" for _, result in tests), len(tests)),)


def _jobs_restored(inputs: Inputs) -> Counted:
    since = inputs.month.evaluated_at - timedelta(days=90)
    passed = {
        d.backup_job
        for d in _until_end(inputs)
        if d.restore is not None and d.restore.result == "passed" and d.started >= since
    }
    return (_share(sum(job.id in passed for job in inputs.jobs), len(inputs.jobs)),)


def _drills_by_scenario(inputs: Inputs) -> Counted:
    held = [drill.scenario for drill in _held(inputs)]
    names = sorted({scenario.id for scenario in inputs.scenarios} | set(held))
    return tuple(_count(held.count(name), scenario=name) for name in names)


def _within_rto(inputs: Inputs) -> Counted:
    last: dict[str, Drill] = {}
    for drill in _until_end(inputs):
        if drill.result != "error":
            last[drill.service] = drill
    if not last:
        return (Value(None, Status.UNDEFINED),)
    services = {scenario.service for scenario in inputs.scenarios}
    kept = [s for s in services if s in last and within(last[s].rto_seconds, last[s].rto_target_seconds)]
    return (_share(len(kept), len(services)),)


def _oldest_last_drill(inputs: Inputs) -> Counted:
    last = {drill.scenario: drill.started for drill in _until_end(inputs) if drill.result != "error"}
    missing = [scenario.id for scenario in inputs.scenarios if scenario.id not in last]
    if missing or not last:
        return (Value(None, Status.NEVER),)
    ages = [inputs.month.evaluated_at - last[scenario.id] for scenario in inputs.scenarios]
    return (Value(max(ages).total_seconds() / 86400, Status.MEASURED),) if ages else (_share(0, 0),)


def within(achieved: float | None, target: float) -> bool:
    """Tells whether something measured stayed within its target; what was not measured did not."""
    return achieved is not None and achieved <= target


def _until_end(inputs: Inputs) -> list[Drill]:
    return [
        drill for drill in inputs.drills if drill.started <= inputs.month.evaluated_at and not drill.flaws
    ]


COUNTS: dict[str, Callable[[Inputs], Counted]] = {
    "restore_tests_passed_mail": _tests_passed_mail,
    "restore_tests_by_result": _tests_by_result,
    "restore_test_success_ratio": _test_success,
    "jobs_restored_within_90_days": _jobs_restored,
    "drills_by_scenario": _drills_by_scenario,
    "services_within_rto": _within_rto,
    "oldest_last_drill_days": _oldest_last_drill,
}
