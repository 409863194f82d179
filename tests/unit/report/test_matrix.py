"""A duty is proven by fresh evidence of the period from what covers it, and by nothing else."""

from datetime import datetime
from typing import Any

import pytest

from estate.report.matrix import Row, State, judge

from .conftest import Bent, seen

END = datetime.fromisoformat("2026-12-01T00:00:00+03:00").timestamp()
DAY = 86400
BACKUP = "bim_backup_last_success_timestamp_seconds"


def _row(bent: Bent, covered_by: list[tuple[str, str]], age: int | None = 2, **replaced: Any) -> Row:
    covers = [{"kind": kind, "name": name} for kind, name in covered_by]
    duty = {
        "id": "10-3-j",
        "tr": "Yedekleme",
        "en": "Backup",
        "max_evidence_age_days": age,
        "covered_by": covers,
    }
    return judge(bent(duties=[duty], **replaced), frozenset({8, 16}))[0]


def _proof(name: str, at: str, kind: str = "role") -> dict[str, Any]:
    return {"kind": kind, "name": name, "at": at, "file": f"var/lab/runs/{name}/run.json", "sha256": "0" * 64}


def test_nothing_covers_it(bent: Bent) -> None:
    assert _row(bent, [], metrics=[seen(BACKUP)]).state is State.UNCOVERED


def test_people_do_it_whatever_is_measured(bent: Bent) -> None:
    row = _row(bent, [("people", "Müdür")], metrics=[seen(BACKUP)])
    assert (row.state, row.evidence) == (State.PEOPLE, None)


@pytest.mark.parametrize(
    ("age_of_evidence", "allowed", "state"),
    [
        (1 * DAY, 2, State.PROVEN),
        (2 * DAY + 1, 2, State.UNPROVEN),
        (29 * DAY, 366, State.PROVEN),
        (31 * DAY, 366, State.UNPROVEN),
        (29 * DAY, None, State.PROVEN),
    ],
)
def test_evidence_must_be_young_and_of_the_period(
    bent: Bent, age_of_evidence: float, allowed: int | None, state: State
) -> None:
    metric = seen(BACKUP, evidence=END - age_of_evidence)
    assert _row(bent, [("metric", BACKUP)], allowed, metrics=[metric]).state is state


def test_evidence_of_last_month_is_fresh_for_a_yearly_duty(bent: Bent) -> None:
    row = _row(bent, [("metric", BACKUP)], 366, metrics=[seen(BACKUP, evidence=END - 40 * DAY)])
    assert (row.state, row.fresh) == (State.UNPROVEN, True)


def test_a_sample_that_proves_nothing_leaves_the_duty_unproven(bent: Bent) -> None:
    row = _row(bent, [("metric", BACKUP)], metrics=[seen(BACKUP, evidence=None)])
    assert (row.state, row.evidence) == (State.UNPROVEN, None)


def test_a_target_is_no_evidence(bent: Bent) -> None:
    name = "bim_backup_rpo_target_seconds"
    assert _row(bent, [("metric", name)], metrics=[seen(name)]).state is State.UNPROVEN


def test_a_metric_that_does_not_cover_the_duty_proves_nothing(bent: Bent) -> None:
    assert _row(bent, [("role", "backup_client")], metrics=[seen(BACKUP)]).state is State.UNPROVEN


def test_a_run_proves_the_role_it_brought_up(bent: Bent) -> None:
    proof = _proof("backup_client", "2026-11-30T12:00:00+03:00")
    row = _row(bent, [("role", "backup_client")], proofs=[proof])
    assert row.state is State.PROVEN
    assert row.evidence and row.evidence.source == "var/lab/runs/backup_client/run.json"


def test_the_newest_evidence_counts(bent: Bent) -> None:
    proof = _proof("backup_client", "2026-11-30T12:00:00+03:00")
    covers = [("role", "backup_client"), ("metric", BACKUP)]
    row = _row(bent, covers, proofs=[proof], metrics=[seen(BACKUP)])
    assert row.evidence and row.evidence.source == BACKUP


def test_evidence_from_after_the_evaluation_does_not_count(bent: Bent) -> None:
    proof = _proof("backup_client", "2026-12-01T09:00:00+03:00")
    assert _row(bent, [("role", "backup_client")], proofs=[proof]).state is State.UNPROVEN


def test_a_report_proves_only_the_duty_to_report(bent: Bent) -> None:
    assert _row(bent, [("report", "A16")]).state is State.PROVEN
    assert _row(bent, [("report", "A7")]).state is State.UNPROVEN
    assert _row(bent, [("report", "A16"), ("role", "monitoring")]).state is State.UNPROVEN
