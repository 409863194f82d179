"""Joins duties with the newest evidence the records hold for what covers them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from estate.declared.duties import Duty
from estate.declared.estate import Estate
from estate.records import RunDirectory
from exporters.recorded_configuration import GOOD
from exporters.textfile import Textfile

DAY = 86400
PROVING = {
    "bim_dr_drill_last_timestamp_seconds": "drill",
    "bim_restore_test_last_success_timestamp_seconds": "restore",
    "bim_config_last_success_timestamp_seconds": "run",
}
"""Measurements of this file that date a proof, and the kind of proof each is."""


def subjects(recorded: Iterable[RunDirectory]) -> dict[str, float]:
    """Gives, by role or deploy, the end of the newest apply in which it left every host it reached as declared."""
    found: dict[str, float] = {}
    for run in recorded:
        head = run.head()
        if head.kind != "apply" or head.ended is None or head.result == "interrupted":
            continue
        outcomes = run.outcomes()
        broken = {outcome.subject for outcome in outcomes if outcome.status not in GOOD}
        touched = {outcome.subject for outcome in outcomes}
        found |= dict.fromkeys(touched - broken, head.ended.timestamp())
    return found


def write(out: Textfile, estate: Estate, recorded: Iterable[RunDirectory]) -> None:
    """Lays down how old the proof of each duty may be, and how new it is where code covers the duty.

    Duties that people carry have no such time here: their proof is kept in registers, not in runs.
    """
    applied = subjects(recorded)
    for duty in estate.duties:
        if duty.max_evidence_age_days is not None:
            out.set("bim_duty_max_evidence_age_seconds", duty.max_evidence_age_days * DAY, duty=duty.id)
        for kind, newest in sorted(_evidence(out, duty, applied).items()):
            out.set("bim_duty_evidence_timestamp_seconds", newest, duty=duty.id, kind=kind)


def _evidence(out: Textfile, duty: Duty, applied: Mapping[str, float]) -> dict[str, float]:
    found: dict[str, float] = {}
    for cover in duty.covered_by:
        if cover.kind in ("role", "deploy") and not cover.name.startswith("drills/"):
            found["run"] = max(found.get("run", 0.0), applied.get(cover.name, 0.0))
    covering = {cover.name for cover in duty.covered_by if cover.kind == "metric"}
    for name, kind in PROVING.items():
        if name in covering or (name in duty.metrics and duty.coverage == "code"):
            newest = max(out.samples.get(name, {}).values(), default=0.0)
            found[kind] = max(found.get(kind, 0.0), newest)
    return found
