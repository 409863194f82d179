"""Reads the evidence of drills: how often, how they ended, how long the service was away and what was lost."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Self

from pydantic import AwareDatetime, BaseModel, ConfigDict, model_validator

from estate.declared.estate import Estate
from estate.records import read
from estate.records.shapes import RESULT_OF_RESTORE_TEST, Judgement
from exporters.damaged import Damaged
from exporters.textfile import Textfile

DAY = 86400
RESTORE_INTERVAL_DAYS = 90
"""Time within which a job that no drill restores is to be restored all the same."""
PHASES = ("decided", "host_up", "configured", "restored", "accepted")


class Restore(BaseModel):
    """The part of an evidence record that says what was restored; further keys are for other readers."""

    model_config = ConfigDict(extra="ignore", frozen=True)
    result: Judgement
    seconds: float


class Held(BaseModel):
    """The part of an evidence record that is measured; further keys are for other readers."""

    model_config = ConfigDict(extra="ignore", frozen=True)
    scenario: str
    service: str
    backup_job: str
    result: Judgement
    ended: AwareDatetime
    phases: Mapping[str, float]
    rto_seconds: float | None
    rpo_seconds: float | None
    restore: Restore | None

    @model_validator(mode="after")
    def _timed(self) -> Self:
        if self.result == "passed" and (self.rto_seconds is None or "accepted" not in self.phases):
            raise ValueError("it passed, but without the time it took")
        return self


def write(out: Textfile, estate: Estate, evidence: Path, damaged: Damaged) -> None:
    """Lays down what is promised, counts what was held, and gives what the last drills measured.

    A damaged record may be the newest of any drill: then nobody is told that the newest ended well.
    """
    _promised(out, estate)
    held = list(
        damaged.each("evidence", sorted(evidence.glob("*/record.json")), lambda path: read(path, Held))
    )
    known = {drill.id for drill in estate.drills}
    for drill in held:
        if drill.scenario not in known:
            continue  # a scenario that is no longer declared has no denominator to count against
        ended = drill.ended.timestamp()
        out.add("bim_dr_drills_total", scenario=drill.scenario, result=drill.result)
        for result in out.catalogue["bim_dr_drill_last_result"].values["result"]:
            out.set(
                "bim_dr_drill_last_result", result == drill.result, scenario=drill.scenario, result=result
            )
        if drill.result != "error":
            out.set("bim_dr_drill_last_timestamp_seconds", ended, scenario=drill.scenario)
        if drill.result == "passed":
            _recovery(out, drill)
        if drill.rpo_seconds is not None:
            out.set("bim_dr_rpo_achieved_seconds", drill.rpo_seconds, service=drill.service)
        if drill.restore is not None:
            _restore(out, drill.backup_job, drill.restore, ended)
    if damaged.any("evidence"):
        del out.samples["bim_dr_drill_last_result"]


def _promised(out: Textfile, estate: Estate) -> None:
    scenarios = [drill.id for drill in estate.drills]
    jobs = [job.id for job in estate.backups.jobs]
    for name in (
        "bim_dr_drills_total",
        "bim_dr_drill_last_result",
        "bim_dr_drill_last_timestamp_seconds",
    ):
        out.lay_down(name, scenario=scenarios)
    for name in ("bim_restore_tests_total", "bim_restore_test_last_success_timestamp_seconds"):
        out.lay_down(name, backup_job=jobs)
    for service in estate.services:
        if service.state == "running":
            out.set("bim_dr_rto_target_seconds", service.rto_seconds, service=service.id)
            out.set("bim_dr_rpo_target_seconds", service.rpo_seconds, service=service.id)
    for drill in estate.drills:
        out.set("bim_dr_drill_interval_target_seconds", drill.frequency_days * DAY, scenario=drill.id)
    for job in jobs:
        days = [drill.frequency_days for drill in estate.drills if drill.backup_job == job]
        interval = min(days, default=RESTORE_INTERVAL_DAYS) * DAY
        out.set("bim_restore_test_interval_target_seconds", interval, backup_job=job)
    repository = estate.backups.repository
    floor = repository.free_bytes_warning
    out.set("bim_backup_repository_free_target_bytes", floor, repository=repository.host)


def _recovery(out: Textfile, drill: Held) -> None:
    if drill.rto_seconds is not None:
        out.set("bim_dr_rto_achieved_seconds", drill.rto_seconds, service=drill.service)
    for phase in PHASES:
        if phase in drill.phases:
            out.set("bim_dr_phase_seconds", drill.phases[phase], service=drill.service, phase=phase)


def _restore(out: Textfile, job: str, restore: Restore, ended: float) -> None:
    """Counts the restore alone: a service that did not come back may still have had a good backup."""
    out.add("bim_restore_tests_total", backup_job=job, result=RESULT_OF_RESTORE_TEST[restore.result])
    if restore.result == "passed":
        out.set("bim_restore_test_last_success_timestamp_seconds", ended, backup_job=job)
        out.set("bim_restore_test_last_duration_seconds", restore.seconds, backup_job=job)
