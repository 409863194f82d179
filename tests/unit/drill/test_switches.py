"""A drill of a switch is red when it differs, is stale, or lets the wrong hosts reach each other."""

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from typer.testing import CliRunner

from estate.cli import drill as cli
from estate.declared import load
from estate.drill import answers, judgement, session, switches
from estate.drill.judgement import Promise, Restored
from estate.drill.switches import Reached
from estate.records import Verdict
from estate.runs.environment import ROOT, Environment

LOST = datetime(2026, 11, 26, 9, 0, tzinfo=UTC)
PROMISE = Promise(rto_seconds=3600, rpo_seconds=7200, lost_at=LOST, minimum_messages=0)
GOOD = Restored(
    "passed", "equal", snapshot_time=(LOST - timedelta(hours=1)).isoformat(), startup_is_running=True
)
REACHED = Reached(
    {"1": (108, 108), "2": (108, 108), "5": (30, 30)},
    {("1", "2"): True, ("1", "5"): False, ("2", "5"): False},
)


def _red(verdicts: list[Verdict]) -> dict[str, str]:
    return {verdict.check: verdict.found for verdict in verdicts if verdict.result != "passed"}


def test_a_whole_restore_and_right_hosts_pass() -> None:
    verdicts = switches.of_restore("sw-yedek", PROMISE, GOOD) + switches.of_reach("sw-yedek", REACHED)
    assert (_red(verdicts), judgement.result(verdicts), len(verdicts)) == ({}, "passed", 10)


@pytest.mark.parametrize(
    ("changed", "check", "found"),
    [
        ({"mismatches": ("+ `vlan 7`",)}, "differences between what runs and the capture", "1: + `vlan 7`"),
        ({"startup_is_running": False}, "it starts from what it runs", "another configuration"),
        (
            {"snapshot_time": (LOST - timedelta(seconds=7201)).isoformat()},
            "data loss (RPO)",
            "7201 s",
        ),
        (
            {"result": "failed", "reason": "foreign", "words": "it is x"},
            "newest capture on a blank switch",
            "foreign: it is x",
        ),
    ],
)
def test_a_bad_restore_fails_by_name(changed: dict[str, object], check: str, found: str) -> None:
    restored = replace(GOOD, **changed)  # type: ignore[arg-type]
    assert _red(switches.of_restore("sw-yedek", PROMISE, restored)) == {check: found}


@pytest.mark.parametrize(
    ("reached", "check", "found"),
    [
        (replace(REACHED, tries={**REACHED.tries, ("1", "2"): False}), "1 to 2 in VLAN 108", "not reached"),
        (
            replace(REACHED, tries={**REACHED.tries, ("1", "5"): True}),
            "1 to 5 from VLAN 108 to 30",
            "reached",
        ),
        (
            replace(REACHED, hosts={**REACHED.hosts, "5": (30, None)}),
            "host at 5 is heard in its VLAN",
            "nowhere",
        ),
    ],
)
def test_hosts_that_reach_the_wrong_ones_fail_by_name(reached: Reached, check: str, found: str) -> None:
    """A host that nobody hears is not reached either: that alone would prove no border."""
    assert _red(switches.of_reach("sw-yedek", reached)) == {check: found}


def test_what_says_nothing_of_the_capture_breaks_no_promise() -> None:
    """A clock that is wrong, or a spare switch that is silent: the loss cannot be told either."""
    later = (LOST + timedelta(days=1)).isoformat()
    clock = replace(GOOD, result="error", reason="clock", snapshot_time=later, startup_is_running=None)
    assert judgement.result(switches.of_restore("sw-yedek", PROMISE, clock)) == "error"


def test_pairs_of_one_kind_prove_nothing() -> None:
    for pair in (("1", "2"), ("1", "5")):
        verdicts = switches.of_reach("sw-yedek", replace(REACHED, tries={pair: REACHED.tries[pair]}))
        assert judgement.result(verdicts) == "error"


def test_what_was_found_before_the_restore_counts_only_when_it_ends_the_drill(tmp_path: Path) -> None:
    def answered(name: str, result: str) -> Restored | None:
        (tmp_path / name).write_text(json.dumps({"result": result, "reason": name, "access": {}}), "utf-8")
        return answers.restored(tmp_path)

    assert answered("capture.json", "passed") is None
    assert answered("capture.json", "failed") is not None
    after = answered("restore.json", "passed")
    assert after is not None and after.reason == "restore.json"


def _session(environment: str) -> session.Session:
    where = Environment(environment, ROOT)
    declared = next(drill for drill in load(where.inventory).drills if drill.of_a_switch)
    return session.Session(where, declared.model_dump(mode="json"), "127.0.0.1", None, None, lambda seen: [])


def test_elsewhere_a_person_brings_the_switch_and_tries_who_reaches_whom(tmp_path: Path) -> None:
    words = {
        name: [" ".join(step.command) for step in session._steps(_session(name), tmp_path, LOST, "host_up")]
        for name in ("lab", "example")
    }
    assert ["estate lab" in each for each in words["lab"]] == [True, False, False, True]
    assert ["estate lab" in each for each in words["example"]] == [False] * 4
    untried = {name: session._declared(_session(name))["not_tested"] for name in words}
    assert session.UNTRIED in untried["example"] and session.UNTRIED not in untried["lab"]


def test_a_drill_that_cannot_be_held_says_why(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Environment, "var", property(lambda self: tmp_path))
    told = CliRunner().invoke(cli.app, ["run", "switch", "--environment", "example"])
    assert (told.exit_code, "it declares no spare switch. Do: bring one of the model of" in told.stderr) == (
        2,
        True,
    )
    early = CliRunner().invoke(cli.app, ["run", "switch", "--from", "accepted"])
    assert early.exit_code == 2 and "rehearsed from `configured` or `restored`" in early.stderr
