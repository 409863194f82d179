"""A fault that could not be undone stays marked on its target, and ends the command; what was seen is kept."""

import json
import signal
import subprocess
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from estate.cli import drill as cli
from estate.drill import injecting
from estate.drill.faults import Fault, matrix
from estate.drill.session import Session
from estate.records.mutations import Mutation, kept
from estate.runs.environment import Environment
from estate.runs.session import STOPS


def _fault(mends: str) -> Fault:
    return Fault("names", "mail", "", "failed", because=("x",), breaks='test -e "$MARK"', mends=mends)


@pytest.fixture
def drill(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Session:
    """Is a drill whose target is this machine, with the mark of faults in a folder of the test."""

    def sure(environment: Environment, host: str, script: str, text: str = "") -> None:
        if subprocess.run(["sh", "-c", f"set -eu; {script}"], check=False).returncode:
            raise injecting.NotInjectedError(f"{host}: no")

    monkeypatch.setattr(Environment, "var", property(lambda self: tmp_path))
    monkeypatch.setenv("MARK", str(tmp_path / "fault"))
    monkeypatch.setattr(injecting, "BROKEN", str(tmp_path / "fault"))
    monkeypatch.setattr(injecting, "_sure", sure)
    monkeypatch.setattr(injecting, "_values", lambda drill: {})
    monkeypatch.setattr(injecting, "_standing", lambda drill: "drill1")
    ready = Session(Environment(), {"id": "mail", "target": "drill1"}, "", tmp_path / "e", None, lambda _: [])
    monkeypatch.setattr(injecting.holding, "prepared", lambda environment, name: ready)
    return ready


def test_a_target_is_marked_before_it_is_broken_until_it_is_mended(drill: Session, tmp_path: Path) -> None:
    with injecting.bent(drill, _fault('test -e "$MARK"')):
        assert (tmp_path / "fault").read_text("utf-8") == "names\n"
    assert not (tmp_path / "fault").exists()


def test_what_was_seen_is_kept_although_the_fault_stays(
    drill: Session, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def run(faulty: Session, opened: Any, begin: str) -> tuple[str, Path]:
        record = {"result": "failed", "problems": ["x"], "checks": [], "commands": []}
        (tmp_path / "record.json").write_text(json.dumps(record), "utf-8")
        return "failed", tmp_path / "record.json"

    monkeypatch.setattr(injecting.session, "run", run)
    with pytest.raises(injecting.NotUndoneError, match=r"names was not undone: drill1: no\. Do: ") as left:
        injecting.injected(Environment(), _fault("false"))
    assert left.value.code == 3 and (tmp_path / "fault").exists()
    assert [(row.id, row.outcome) for row in kept(tmp_path)] == [("names", "caught")]


def test_a_stale_backup_is_older_than_what_this_drill_may_lose(drill: Session) -> None:
    hour = replace(drill, declared={**drill.declared, "rpo_seconds": 3600})
    stale = next(fault for fault in matrix() if fault.id == "mail_stale_backup")
    with injecting.bent(hour, stale) as faulty:
        assert faulty.lost_at is not None
        assert timedelta(hours=1) < faulty.lost_at - datetime.now(UTC) < timedelta(hours=2)


def test_a_copy_of_a_repository_that_stays_is_said(drill: Session, monkeypatch: pytest.MonkeyPatch) -> None:
    def sure(environment: Environment, host: str, script: str, text: str = "") -> None:
        if script.startswith("rm -rf"):
            raise injecting.NotInjectedError(f"{host}: no")

    monkeypatch.setattr(injecting, "_sure", sure)
    url = injecting.urlsplit("https://depo:8000/mail")
    with (
        pytest.raises(injecting.NotUndoneError, match="fault pack was not undone"),
        injecting._copy(Environment(), url, {"job": "mail", "key": "k"}, "pack", "true"),
    ):
        pass


@pytest.mark.parametrize(("answer", "words"), [("names\n", "still bears the fault names"), (None, "not say")])
def test_nothing_is_injected_into_a_target_that_a_fault_stays_in(
    monkeypatch: pytest.MonkeyPatch, answer: str | None, words: str
) -> None:
    built = {"id": "RUN", "scenario": "mail", "result": "passed"}
    monkeypatch.setattr(injecting.evidence, "newest_on", lambda store, target: built)
    monkeypatch.setattr(
        injecting.Reach, "ask", lambda self, host, what: "drill1\nRUN\n" if what == injecting.ASK else answer
    )
    ready = Session(Environment(), {"id": "mail", "target": "drill1"}, "", Path("e"), None, lambda _: [])
    with pytest.raises(injecting.NotInjectedError, match=words):
        injecting._standing(ready)


def test_nothing_more_is_injected_after_a_fault_that_stays(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []

    def one(where: Environment, fault: Fault) -> Mutation:
        asked.append(fault.id)
        raise injecting.NotUndoneError(fault.id, "no", "look")

    monkeypatch.setattr(injecting, "injected", one)
    done = CliRunner().invoke(cli.app, ["mutations", "--drill", "mail"])
    assert (done.exit_code, len(asked)) == (3, 1) and "was not undone" in done.stderr


def test_exchange_and_mailer_are_silent_before_the_fence_falls() -> None:
    fence = next(fault for fault in matrix() if fault.id == "telephony_open_fence")
    assert fence.breaks.index("stop asterisk nullmailer") < fence.breaks.index("nft delete")
    assert fence.mends.index("nft -f") < fence.mends.index("start asterisk nullmailer")


def test_a_terminal_that_goes_away_waits_until_the_fault_is_undone(monkeypatch: pytest.MonkeyPatch) -> None:
    undone: list[str] = []
    before = {number: signal.getsignal(number) for number in (*STOPS, signal.SIGINT)}

    def one(where: Environment, fault: Fault) -> Mutation:
        try:
            signal.raise_signal(signal.SIGHUP)
        finally:
            signal.raise_signal(signal.SIGHUP)  # a second one does not break off the undoing
            undone.append(fault.id)
        raise AssertionError("the first one ended nothing")

    monkeypatch.setattr(injecting, "injected", one)
    try:
        signal.signal(signal.SIGHUP, own := lambda number, frame: None)
        done = CliRunner().invoke(cli.app, ["mutations", "--only", matrix()[0].id])
        assert done.exit_code == 128 + signal.SIGHUP and len(undone) == 1
        assert signal.getsignal(signal.SIGHUP) is own
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
