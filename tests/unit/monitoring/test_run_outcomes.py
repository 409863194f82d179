"""Runs, drills and duties are counted from their records, against what is declared."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from estate.drill.faults import matrix
from estate.records import Verdict
from estate.records.shapes import Change
from estate.runs import fast
from exporters import run_outcomes
from exporters.damaged import Damaged

HOSTS = ("mail1", "mon1", "backup1")


def value(samples: Any, var: Path, sample: str) -> float | None:
    """Gives the value of one sample of the measured file, None when it is absent."""
    text = run_outcomes.measure(samples.estate(), var).render()
    found = [line.rpartition(" ")[2] for line in text.splitlines() if line.rpartition(" ")[0] == sample]
    return float(found[0]) if found else None


def test_what_is_declared_stands_there_before_anything_ran(samples: Any, tmp_path: Path) -> None:
    for sample in (
        'bim_runs_total{kind="apply",result="interrupted"}',
        'bim_config_last_success_timestamp_seconds{host="mail1",tool="ansible"}',
        'bim_config_last_success_timestamp_seconds{host="mail1",tool="pyinfra"}',
        'bim_dr_drills_total{result="failed",scenario="mail"}',
        'bim_dr_drill_last_timestamp_seconds{scenario="mail"}',
        'bim_restore_tests_total{backup_job="eposta",result="success"}',
        'bim_duty_evidence_timestamp_seconds{duty="10-3-n",kind="drill"}',
        'bim_escrow_check_success{backup_job="eposta"}',
        'bim_escrow_check_last_timestamp_seconds{backup_job="eposta"}',
    ):
        assert value(samples, tmp_path, sample) == 0, sample
    assert value(samples, tmp_path, 'bim_dr_rto_target_seconds{service="eposta"}') == 14400
    assert value(samples, tmp_path, 'bim_dr_drill_interval_target_seconds{scenario="mail"}') == 90 * 86400


def test_what_was_not_measured_is_absent(samples: Any, tmp_path: Path) -> None:
    for sample in (
        'bim_dr_rto_achieved_seconds{service="eposta"}',
        'bim_dr_rpo_achieved_seconds{service="eposta"}',
        'bim_restore_test_last_duration_seconds{backup_job="eposta"}',
        'bim_config_changes_pending{host="mail1",tool="ansible"}',
    ):
        assert value(samples, tmp_path, sample) is None, sample


def test_the_same_records_give_the_same_bytes(samples: Any, tmp_path: Path) -> None:
    samples.everything(tmp_path)
    first = run_outcomes.measure(samples.estate(), tmp_path).render()
    assert run_outcomes.measure(samples.estate(), tmp_path).render() == first


@pytest.mark.parametrize(("result", "opened"), [("passed", 1), ("failed", 0), ("error", 0)])
def test_an_envelope_is_proven_by_its_last_check(
    samples: Any, tmp_path: Path, result: str, opened: int
) -> None:
    check = {"job": "eposta", "host": "yedek1", "checked": samples.NOON.isoformat(), "result": result}
    (tmp_path / "escrow").mkdir()
    (tmp_path / "escrow" / "eposta.check.json").write_text(json.dumps(check), "utf-8")
    assert value(samples, tmp_path, 'bim_escrow_check_success{backup_job="eposta"}') == opened
    at = value(samples, tmp_path, 'bim_escrow_check_last_timestamp_seconds{backup_job="eposta"}')
    assert at == samples.NOON.timestamp()


def test_an_interrupted_run_is_visible(samples: Any, tmp_path: Path) -> None:
    samples.run(tmp_path, "apply", samples.NOON, result="running")
    assert value(samples, tmp_path, 'bim_runs_total{kind="apply",result="interrupted"}') == 1
    assert value(samples, tmp_path, 'bim_run_last_interrupted{kind="apply"}') == 1
    assert value(samples, tmp_path, 'bim_run_last_without_outcomes{kind="apply"}') == 1


def test_a_clean_run_afterwards_ends_the_alarm_and_keeps_the_count(samples: Any, tmp_path: Path) -> None:
    samples.run(tmp_path, "apply", samples.NOON, result="running")
    samples.run(tmp_path, "apply", samples.NOON + timedelta(hours=1), [samples.ok("mail1", "mail_server")])
    assert value(samples, tmp_path, 'bim_runs_total{kind="apply",result="interrupted"}') == 1
    assert value(samples, tmp_path, 'bim_run_last_interrupted{kind="apply"}') == 0
    assert value(samples, tmp_path, 'bim_run_last_without_outcomes{kind="apply"}') == 0


def test_a_failed_host_has_no_new_success(samples: Any, tmp_path: Path) -> None:
    samples.run(tmp_path, "apply", samples.NOON, [samples.ok(host, "monitoring") for host in HOSTS])
    later = [samples.ok("mail1", "mail_server", status="failed"), samples.ok("mon1", "monitoring")]
    samples.run(tmp_path, "apply", samples.NOON + timedelta(hours=1), later, result="failed")
    since = 'bim_config_last_success_timestamp_seconds{{host="{}",tool="ansible"}}'
    assert value(samples, tmp_path, since.format("mail1")) == samples.NOON.timestamp()
    assert value(samples, tmp_path, since.format("mon1")) == samples.NOON.timestamp() + 3600


def test_drift_is_what_the_newest_plan_would_change(samples: Any, tmp_path: Path) -> None:
    drift = [Change("mail1", "ansible", "mail_server", "update", "/etc/postfix/main.cf")]
    pending = 'bim_config_changes_pending{host="mail1",tool="ansible"}'
    samples.run(tmp_path, "apply", samples.NOON, [samples.ok("mail1", "mail_server")])
    assert value(samples, tmp_path, pending) == 0
    samples.run(tmp_path, "plan", samples.NOON + timedelta(hours=1), changes=drift)
    assert value(samples, tmp_path, pending) == 1
    samples.run(tmp_path, "plan", samples.NOON + timedelta(hours=2), changes=[], limit="monitoring_servers")
    assert value(samples, tmp_path, pending) == 1, "a plan of other hosts says nothing of this one"
    left_out = tuple(fast.told({"mail1": "r1"}))
    samples.run(tmp_path, "plan", samples.NOON + timedelta(minutes=150), changes=[], notices=left_out)
    assert value(samples, tmp_path, pending) == 1, "a plan that left the host out says nothing of it"
    samples.run(tmp_path, "plan", samples.NOON + timedelta(hours=3), changes=[], incomplete=("mail1",))
    assert value(samples, tmp_path, pending) == 1, "a host that did not answer says nothing"
    samples.run(tmp_path, "apply", samples.NOON + timedelta(hours=4), [samples.ok("mail1", "mail_server")])
    assert value(samples, tmp_path, pending) == 0


def test_verdicts_of_the_newest_verify_count(samples: Any, tmp_path: Path) -> None:
    good, bad = (Verdict("mail", "login", "mail1", each, "yes", "no") for each in ("passed", "failed"))
    samples.run(tmp_path, "verify", samples.NOON, verdicts=[good, bad], result="failed")
    samples.run(tmp_path, "verify", samples.NOON + timedelta(hours=1), verdicts=[good, good])
    assert value(samples, tmp_path, 'bim_verdicts{result="passed"}') == 2
    assert value(samples, tmp_path, 'bim_verdicts{result="failed"}') == 0


def test_a_passed_drill_gives_every_figure(samples: Any, tmp_path: Path) -> None:
    samples.evidence(tmp_path, samples.NOON)
    for sample, expected in {
        'bim_dr_drills_total{result="passed",scenario="mail"}': 1,
        'bim_dr_drill_last_result{result="passed",scenario="mail"}': 1,
        'bim_dr_drill_last_timestamp_seconds{scenario="mail"}': samples.NOON.timestamp(),
        'bim_dr_rto_achieved_seconds{service="eposta"}': 90,
        'bim_dr_rpo_achieved_seconds{service="eposta"}': 240,
        'bim_dr_phase_seconds{phase="configured",service="eposta"}': 70.5,
        'bim_restore_tests_total{backup_job="eposta",result="success"}': 1,
        'bim_restore_test_last_success_timestamp_seconds{backup_job="eposta"}': samples.NOON.timestamp(),
        'bim_restore_test_last_duration_seconds{backup_job="eposta"}': 9.5,
        'bim_duty_evidence_timestamp_seconds{duty="10-3-n",kind="drill"}': samples.NOON.timestamp(),
        'bim_duty_evidence_timestamp_seconds{duty="10-3-j",kind="restore"}': samples.NOON.timestamp(),
    }.items():
        assert value(samples, tmp_path, sample) == expected, sample


@pytest.mark.parametrize("result", ["failed", "error"])
def test_a_drill_that_did_not_pass_moves_no_success(samples: Any, tmp_path: Path, result: str) -> None:
    samples.evidence(tmp_path, samples.NOON)
    samples.evidence(
        tmp_path, samples.NOON + timedelta(days=1), result=result, rto_seconds=None, restore=None
    )
    assert value(samples, tmp_path, f'bim_dr_drills_total{{result="{result}",scenario="mail"}}') == 1
    assert value(samples, tmp_path, f'bim_dr_drill_last_result{{result="{result}",scenario="mail"}}') == 1
    assert value(samples, tmp_path, 'bim_dr_rto_achieved_seconds{service="eposta"}') == 90
    when = value(samples, tmp_path, 'bim_dr_drill_last_timestamp_seconds{scenario="mail"}')
    days = 0 if result == "error" else 1
    assert when == (samples.NOON + timedelta(days=days)).timestamp()


WRONG_KEY: dict[str, Any] = {"result": "failed", "reason": "wrong_key"}
WRONG_KEY |= {
    "snapshot_id": None,
    "snapshot_time": None,
    "seconds": 0.0,
    "compare_seconds": 0.0,
    "files": 0,
    "bytes": 0,
}


@pytest.mark.parametrize(
    ("restore", "counted"),
    [
        ({}, "success"),
        ({"result": "failed", "reason": "differs", "mismatches": ["INBOX/1: content differs"]}, "failure"),
        (WRONG_KEY, "failure"),
        ({"result": "error", "reason": "unreachable"}, "error"),
        (None, None),
    ],
)
def test_a_restore_counts_by_its_own_verdict(
    samples: Any, tmp_path: Path, restore: dict[str, Any] | None, counted: str | None
) -> None:
    """Nothing but a compared restore is a success, and a service that stays away takes none from the backup."""
    held = None if restore is None else samples.restore(**restore)
    samples.evidence(tmp_path, samples.NOON, result="failed", rto_seconds=None, restore=held)
    for result in ("success", "failure", "error"):
        sample = f'bim_restore_tests_total{{backup_job="eposta",result="{result}"}}'
        assert value(samples, tmp_path, sample) == (result == counted), result
    when = value(samples, tmp_path, 'bim_restore_test_last_success_timestamp_seconds{backup_job="eposta"}')
    assert when == (samples.NOON.timestamp() if counted == "success" else 0)
    measured = value(samples, tmp_path, 'bim_restore_test_last_duration_seconds{backup_job="eposta"}')
    assert measured == (9.5 if counted == "success" else None)


@pytest.mark.parametrize(
    ("age_days", "result", "state"),
    [
        (1, "passed", "held"),
        (1, "failed", "held"),
        (1, "error", "never"),
        (88, "passed", "due"),
        (120, "passed", "missed"),
    ],
)
def test_a_scenario_stands_in_one_state_and_its_next_window_is_told(
    samples: Any, tmp_path: Path, age_days: int, result: str, state: str
) -> None:
    samples.evidence(tmp_path, datetime.now(UTC) - timedelta(days=age_days), result=result)
    states = {
        each: value(samples, tmp_path, f'bim_dr_drill_state{{scenario="mail",state="{each}"}}')
        for each in ("held", "due", "late", "missed", "never")
    }
    assert states == {each: float(each == state) for each in states}
    opens = value(samples, tmp_path, 'bim_dr_drill_next_timestamp_seconds{scenario="mail"}')
    assert opens is not None
    assert datetime.fromtimestamp(opens, ZoneInfo("Europe/Istanbul")).strftime("%a %H:%M") == "Sat 09:00"


def test_the_score_is_of_what_was_injected_and_as_old_as_its_oldest_part(
    samples: Any, tmp_path: Path
) -> None:
    assert value(samples, tmp_path, "bim_drill_mutation_score_ratio") is None
    assert value(samples, tmp_path, "bim_drill_mutations_last_timestamp_seconds") == 0
    samples.mutated(tmp_path, "caught", "error_as_expected", "missed", "wrong_reason")
    assert value(samples, tmp_path, "bim_drill_mutation_score_ratio") == 0.5
    assert value(samples, tmp_path, 'bim_drill_mutations{outcome="missed"}') == 1
    assert (value(samples, tmp_path, 'bim_drill_mutations{outcome="not_run"}') or 0) >= 16
    assert value(samples, tmp_path, "bim_drill_mutations_last_timestamp_seconds") == 0
    samples.mutated(tmp_path, *["caught"] * len(matrix()))
    oldest = value(samples, tmp_path, "bim_drill_mutations_last_timestamp_seconds")
    assert oldest == samples.NOON.timestamp()


CUT = (
    # kind, the file that is cut off, families that go with it
    ("runs", "runs/*/run.json", ()),
    (
        "evidence",
        "evidence/*/record.json",
        ("bim_dr_drill_state", "bim_dr_drill_next", "bim_dr_drill_last_result"),
    ),
    ("mutations", "mutations.json", ("bim_drill_mutation",)),
    ("drift", "drift.json", ("bim_drift_",)),
    ("escrow", "escrow/eposta.check.json", ()),
    ("pipelines", "pipelines/*.json", ("bim_pipeline_stage_seconds",)),
    ("switches", "switches/state/*.json", ("bim_switch_",)),
    ("departures", "departures/*.json", ("bim_departures_unproven",)),
    ("reviews", "reviews.jsonl", ("bim_access_review_",)),
)


@pytest.fixture
def recorded(samples: Any, tmp_path: Path) -> Path:
    """Gives an environment with a record of every kind."""
    samples.everything(tmp_path)
    samples.evidence(tmp_path, samples.NOON + timedelta(days=1))
    for name in ("escrow/eposta.check.json", "departures/100136-x.json", "reviews.jsonl"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).touch()
    checked = {"checked": samples.NOON.isoformat(), "result": "passed"}
    (tmp_path / "escrow/eposta.check.json").write_text(json.dumps(checked), "utf-8")
    (tmp_path / "departures/100136-x.json").unlink()
    return tmp_path


@pytest.mark.parametrize(("kind", "cut", "gone"), CUT, ids=[each[0] for each in CUT])
def test_a_damaged_record_costs_what_it_tells_alone(
    samples: Any, recorded: Path, kind: str, cut: str, gone: tuple[str, ...]
) -> None:
    whole = run_outcomes.measure(samples.estate(), recorded)
    path = next(recorded.glob(cut), recorded / cut.replace("*", "100136-x"))
    path.write_text('{"cut": \n', "utf-8")
    damaged = Damaged()
    left = run_outcomes.measure(samples.estate(), recorded, damaged=damaged)
    counts = {record: count for (record,), count in left.samples["bim_records_damaged"].items()}
    assert counts == {each: float(each == kind) for each, *_ in CUT}
    lost = {name for name in whole.samples if name not in left.samples}
    assert all(name.startswith(gone) for name in lost) and all(
        any(name.startswith(prefix) for name in lost) for prefix in gone
    ), lost
    words = damaged.words()
    assert len(words) == 2 and words[0].startswith(f"{kind}: {path}") and "RecordDamaged.md" in words[1]


def test_a_time_without_a_zone_and_a_pass_without_its_time_are_damage(samples: Any, tmp_path: Path) -> None:
    samples.evidence(tmp_path, samples.NOON)
    samples.evidence(tmp_path, samples.NOON + timedelta(days=1))
    samples.evidence(tmp_path, samples.NOON + timedelta(days=2))
    _, first, second = sorted((tmp_path / "evidence").glob("*/record.json"))
    for path, change in (
        (first, {"ended": "2026-11-20T10:00:00", "service": 3}),
        (second, {"rto_seconds": None}),
    ):
        path.write_text(json.dumps(json.loads(path.read_text("utf-8")) | change), "utf-8")
    assert value(samples, tmp_path, 'bim_records_damaged{record="evidence"}') == 2
    assert value(samples, tmp_path, 'bim_dr_drills_total{result="passed",scenario="mail"}') == 1


def test_a_refusal_leaves_the_old_file(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    target = tmp_path / "x.prom"
    target.write_text("old", "utf-8")
    assert run_outcomes.main(["--environment", "nowhere", "--output", str(target)]) == 2
    assert target.read_text("utf-8") == "old"
    assert "inventories/nowhere/hosts.yml" in capsys.readouterr().err
