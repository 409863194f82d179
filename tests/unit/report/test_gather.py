"""Records are read as they lie; what cannot be read is named, and no person comes along."""

import json
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from estate.records import Outcome, RunDirectory
from estate.report.gather import Records
from estate.report.period import Period, turkish_zone

from .conftest import MEASURED, RESTORED

STARTED = "2026-11-10T07:05:00Z"
RECORD: dict[str, Any] = {
    "id": "20261110T070500Z-drill-a1b2c3",
    **MEASURED,
    "result": "passed",
    "started": STARTED,
    "ended": "2026-11-10T07:08:00Z",
    "restore": {
        **RESTORED,
        "result": "failed",
        "snapshot_time": "2026-11-10T06:56:00Z",
        "missing": ["Maildir/cur/1"],
        "mismatches": ["Maildir/cur/2", "Maildir/cur/3"],
    },
    "not_tested": ["Bina kaybı"],
    "participants": ["ugur.sahin", "yigit.cicek"],
    "problems": ["drill, log in: expected every account, found ilgin.aksoy2"],
    "checks": [{"check": "login ilgin.aksoy2", "result": "passed", "expected": "1", "found": "1"}],
}


@pytest.fixture
def month() -> Period:
    """Gives the month that is running now, or was while the test began."""
    now = datetime.now(turkish_zone())
    return Period.of(f"{now:%Y-%m}", now, turkish_zone())


@pytest.fixture
def november() -> Period:
    """Gives a closed November."""
    return Period.of("2026-11", datetime.fromisoformat("2026-12-01T04:30:00+00:00"), turkish_zone())


def _evidence(var: Path, content: str, name: str = RECORD["id"]) -> None:
    path = var / "evidence" / name / "record.json"
    path.parent.mkdir(parents=True)
    path.write_text(content, "utf-8")


def _run(var: Path, kind: Any, result: Any) -> RunDirectory:
    run = RunDirectory.start(var, kind, environment="lab", commit="c", who="ugur.sahin@bim", reason="test")
    run.record(Outcome("mail1", "ansible", "mail_server", "postfix", "ok"))
    run.record(Outcome("mail1", "ansible", "backup_client", "restic", "failed"))
    run.record(Outcome("mail1", "ansible", "mail_server", "check", "skipped"))
    run.record(Outcome("mail1", "pyinfra", "mailboxes", "x", "changed"))
    run.finish(result)
    return run


def test_a_drill_is_taken_over_without_people(tmp_path: Path, november: Period) -> None:
    var = tmp_path / "var" / "lab"
    _evidence(var, json.dumps(RECORD))
    records = Records(var, november, lambda folder: [])
    (drill,) = records.drills
    assert (drill.participants, drill.checks) == (2, {"passed": 1, "failed": 0, "error": 0})
    assert drill.problems == 1
    assert drill.restore and (drill.restore.result, drill.restore.mismatches) == ("failed", 3)
    assert drill.file == f"var/lab/evidence/{RECORD['id']}/record.json"
    assert not [name for name in ("ugur.sahin", "ilgin.aksoy2") if name in drill.model_dump_json()]
    assert [(proof.kind, proof.name) for proof in records.proofs] == [("deploy", "drills/mail")]


def test_evidence_with_a_flaw_proves_nothing(tmp_path: Path, november: Period) -> None:
    var = tmp_path / "var" / "lab"
    _evidence(var, json.dumps(RECORD))
    records = Records(var, november, lambda folder: ["signature: record.json.sig is missing"])
    assert records.drills[0].flaws == ("signature: record.json.sig is missing",)
    assert records.proofs == ()


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        ("{", "JSONDecodeError"),
        ("[]", "AttributeError"),
        (json.dumps({**RECORD, "result": "great"}), "`result` is none of"),
        (json.dumps({k: v for k, v in RECORD.items() if k != "phases"}), "KeyError: 'phases'"),
    ],
)
def test_what_cannot_be_read_is_named(tmp_path: Path, november: Period, content: str, reason: str) -> None:
    var = tmp_path / "var" / "lab"
    _evidence(var, content)
    records = Records(var, november, lambda folder: [])
    assert records.drills == ()
    (unread,) = records.unread
    assert unread.file == f"var/lab/evidence/{RECORD['id']}/record.json"
    assert reason in unread.reason


def test_a_drill_of_the_future_or_of_long_ago_is_left_out(tmp_path: Path, november: Period) -> None:
    var = tmp_path / "var" / "lab"
    _evidence(var, json.dumps({**RECORD, "started": "2026-12-02T07:05:00Z"}), "a")
    _evidence(var, json.dumps({**RECORD, "started": "2025-11-10T07:05:00Z"}), "b")
    assert Records(var, november, lambda folder: []).drills == ()


def test_a_converged_run_proves_the_roles_without_a_failure(tmp_path: Path, month: Period) -> None:
    var = tmp_path / "var" / "lab"
    _run(var, "apply", "changed")
    records = Records(var, _later(month), lambda folder: [])
    assert [(proof.kind, proof.name) for proof in records.proofs] == [
        ("deploy", "mailboxes"),
        ("role", "mail_server"),
    ]
    assert "ugur" not in records.runs[0].model_dump_json()


@pytest.mark.parametrize(
    ("kind", "result"), [("apply", "failed"), ("plan", "ok"), ("verify", "ok"), ("apply", "interrupted")]
)
def test_other_runs_prove_nothing(tmp_path: Path, month: Period, kind: str, result: str) -> None:
    var = tmp_path / "var" / "lab"
    _run(var, kind, result)
    records = Records(var, _later(month), lambda folder: [])
    assert ([run.result for run in records.runs], records.proofs) == ([result], ())


def test_a_head_that_is_no_record_is_named(tmp_path: Path, month: Period) -> None:
    var = tmp_path / "var" / "lab"
    run = _run(var, "apply", "ok")
    (run.path / "run.json").write_text('{"id": "half', "utf-8")
    records = Records(var, _later(month), lambda folder: [])
    assert [row.file for row in records.unread] == [f"var/lab/runs/{run.path.name}/run.json"]


def test_missing_folders_are_told_from_empty_ones(tmp_path: Path, november: Period) -> None:
    var = tmp_path / "var" / "lab"
    (var / "runs").mkdir(parents=True)
    assert Records(var, november, lambda folder: []).stores == {"runs": True, "evidence": False}


def _later(month: Period) -> Period:
    """Gives the month evaluated a moment after the records were written."""
    return Period(month.name, month.start, month.end, max(month.evaluated_at, datetime.now(turkish_zone())))
