"""What has legal meaning is counted from the records, by the date of the event."""

from typing import Any

from estate.report.figures import Figure, Reason, Status
from estate.report.matrix import judge
from estate.report.recorded import from_drills, from_matrix

from .conftest import RESTORED, Bent, drill, seen

WRONG_KEY: dict[str, Any] = {"result": "failed", "seconds": 0, "files": 0, "bytes": 0, "mismatches": 0}
WRONG_KEY |= {"snapshot_id": None, "snapshot_time": None}
DIFFERS = {**RESTORED, "result": "failed", "mismatches": 3, "snapshot_time": "2026-11-17T11:22:00+00:00"}

NOVEMBER = [
    drill("2026-10-31T20:59:59+00:00"),
    drill("2026-10-31T21:00:00+00:00"),
    drill("2026-11-17T11:30:00+00:00", "failed", rto_seconds=None, restore=DIFFERS),
    drill("2026-11-24T06:00:00+00:00", "error", restore=None, rto_seconds=None),
]


def _figure(bent: Bent, ident: str, **replaced: Any) -> Figure:
    return from_drills(bent(**replaced))[ident]


def _by_label(figure: Figure) -> dict[str, float | None]:
    return {next(iter(value.labels.values())): value.number for value in figure.values}


def test_drills_are_counted_in_the_local_month_they_began(bent: Bent) -> None:
    assert _by_label(_figure(bent, "I09", drills=NOVEMBER)) == {"mail": 3.0}


def test_restore_tests_are_told_apart_by_result(bent: Bent) -> None:
    figure = _figure(bent, "I06", drills=NOVEMBER)
    assert _by_label(figure) == {"success": 1.0, "failure": 1.0, "error": 0.0}
    assert _figure(bent, "I07", drills=NOVEMBER).number == 0.5


def test_a_restore_counts_by_its_own_verdict(bent: Bent) -> None:
    lost_mail = drill("2026-11-12T09:00:00+00:00", "failed")
    figure = _figure(bent, "I06", drills=[lost_mail, drill("2026-11-18T09:00:00+00:00", "error")])
    assert _by_label(figure) == {"success": 2.0, "failure": 0.0, "error": 0.0}
    assert _figure(bent, "I08", drills=[lost_mail]).number == 1.0


def test_a_restore_that_brought_nothing_back_is_a_failed_test(bent: Bent) -> None:
    drills = [drill("2026-11-12T09:00:00+00:00", "failed", restore=WRONG_KEY, rto_seconds=None)]
    assert _by_label(_figure(bent, "I06", drills=drills)) == {"success": 0.0, "failure": 1.0, "error": 0.0}
    assert (_figure(bent, "I07", drills=drills).number, _figure(bent, "I08", drills=drills).number) == (
        0.0,
        0.0,
    )


def test_no_drill_is_zero_drills_but_no_share(bent: Bent) -> None:
    assert _by_label(_figure(bent, "I09")) == {"mail": 0.0}
    assert _figure(bent, "I07").values[0].status is Status.UNDEFINED
    assert _figure(bent, "I10").values[0].status is Status.UNDEFINED
    assert _figure(bent, "I12").values[0].status is Status.NEVER


def test_without_a_store_of_records_nothing_is_counted(bent: Bent) -> None:
    figure = _figure(bent, "I09", stores={"runs": True, "evidence": False})
    assert (figure.measured, figure.reason) == (False, Reason("no_store", "evidence"))


def test_an_unreadable_record_makes_the_count_incomplete(bent: Bent) -> None:
    unread = [{"file": "var/lab/evidence/x/record.json", "reason": "not JSON"}]
    figure = _figure(bent, "I09", drills=NOVEMBER, unread=unread)
    assert [value.status for value in figure.values] == [Status.PARTIAL]


def test_a_record_that_is_not_accepted_is_not_counted(bent: Bent) -> None:
    flawed = drill("2026-11-10T07:05:00+00:00", flaws=["signature: record.json.sig is missing"])
    figure = _figure(bent, "I06", drills=[*NOVEMBER, flawed])
    assert _by_label(figure)["success"] == 1.0
    assert {value.status for value in figure.values} == {Status.PARTIAL}
    assert _figure(bent, "I10", drills=[flawed]).number is None


def test_the_last_drill_with_a_verdict_decides_on_the_recovery_time(bent: Bent) -> None:
    assert _figure(bent, "I10", drills=NOVEMBER).number == 0.0
    assert _figure(bent, "I10", drills=[NOVEMBER[1], NOVEMBER[3]]).number == 1.0


def test_jobs_restored_within_ninety_days_look_back_before_the_month(bent: Bent) -> None:
    assert _figure(bent, "I08", drills=[drill("2026-09-03T10:00:00+00:00")]).number == 1.0
    assert _figure(bent, "I08", drills=[drill("2026-08-20T10:00:00+00:00")]).number == 0.0


def test_the_age_of_the_last_drill(bent: Bent) -> None:
    held = drill("2026-11-20T21:00:00+00:00")
    without_verdict = drill("2026-11-25T21:00:00+00:00", "error")
    assert _figure(bent, "I12", drills=[held, without_verdict]).number == 10.0
    assert _figure(bent, "I12", drills=[without_verdict]).values[0].status is Status.NEVER


def test_fresh_duties_are_counted_among_those_with_an_age(bent: Bent) -> None:
    name = "bim_backup_last_success_timestamp_seconds"
    cover = [{"kind": "metric", "name": name}]
    duties = [
        {"id": "a", "tr": "a", "en": "a", "max_evidence_age_days": 2, "covered_by": cover},
        {"id": "b", "tr": "b", "en": "b", "max_evidence_age_days": 2, "covered_by": []},
        {"id": "c", "tr": "c", "en": "c", "max_evidence_age_days": None, "covered_by": cover},
    ]
    matrix = judge(bent(duties=duties, metrics=[seen(name)]), frozenset())
    assert from_matrix(matrix)["O02"].number == 0.5
