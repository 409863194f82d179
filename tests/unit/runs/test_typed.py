"""What a deploy was called with decides for which day it plans, alike in every deploy.

What a deploy refuses reaches the plan and the outcome.
"""

import json
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from pyinfra.api.exceptions import PyinfraError

from estate.declared.estate import Estate
from estate.plan import display
from estate.records import Change, Outcome, Plan, read_lines, to_json
from estate.runs import clock, planning
from estate.runs.session import Deploy
from pyinfra_deploys.facts import typed
from pyinfra_deploys.outcomes import Recorder
from tests.unit.directory.conftest import lab as lab

Called = Callable[..., None]


@pytest.fixture
def called(monkeypatch: pytest.MonkeyPatch) -> Called:
    """Calls a deploy with `--data` of these keys."""

    def call(**data: Any) -> None:
        kept = type("Data", (dict,), {"__getattr__": dict.__getitem__})(data)
        monkeypatch.setattr(typed, "host", SimpleNamespace(name="dir1", print_prefix="[dir1] ", data=kept))

    monkeypatch.setattr(typed, "REFUSED", {})
    return call


def test_a_day_that_was_typed_counts_instead_of_the_clock(lab: Estate, called: Called) -> None:
    called(today="2027-02-28")
    assert typed.today(lab) == date(2027, 2, 28)
    called()
    assert typed.today(lab) == clock.today(lab)


def test_a_day_ahead_is_carried_out_in_the_lab_alone(
    lab: Estate, called: Called, monkeypatch: pytest.MonkeyPatch
) -> None:
    today = clock.today(lab)
    tomorrow = today + timedelta(days=1)
    called(today=str(tomorrow))
    monkeypatch.setattr(typed.sys, "argv", ["pyinfra", "-y", "people.py"])
    monkeypatch.setenv("ESTATE_ENVIRONMENT", "lab")
    assert typed.today(lab) == tomorrow
    monkeypatch.setenv("ESTATE_ENVIRONMENT", "example")
    with pytest.raises(PyinfraError, match=f"today={tomorrow} lies ahead.*add --dry"):
        typed.today(lab)
    typed.sys.argv.append("--dry")
    assert typed.today(lab) == tomorrow
    typed.sys.argv.remove("--dry")
    called(today=str(today))
    assert typed.today(lab) == today


@pytest.mark.parametrize("wrong", ["2027-02-29", "31.12.2026", "", 20270229.5])
def test_what_is_no_day_is_refused_and_never_taken_for_today(lab: Estate, called: Called, wrong: Any) -> None:
    called(today=wrong)
    with pytest.raises(PyinfraError, match=r"today=.* is no day of the calendar; write it as 2026-12-31"):
        typed.today(lab)


def test_a_plan_carries_what_a_deploy_refuses_and_leaves_alone_and_its_hash_does_not(
    called: Called, tmp_path: Path
) -> None:
    change = Change("dir1", "pyinfra", "people", "create", "account su.er (100199)")

    def made(refusal: str | None, *notices: str) -> Plan:
        def deploy(_: Deploy, hosts: list[str], data: dict[str, str], *options: str) -> bool:
            called(**data)
            typed.keep([change], refusal, notices)
            return refusal is None

        head = SimpleNamespace(id="r", commit="c")
        run = SimpleNamespace(path=tmp_path, outcomes=list, head=lambda: head)
        environment = SimpleNamespace(name="lab", root=tmp_path, extra=(), inventory=tmp_path / "none")
        session: Any = SimpleNamespace(
            environment=environment, run=run, fallen=dict, pyinfra=deploy, hosts=lambda *_: ["dir1"]
        )
        words: dict[str, list[str]] = {"refusals": [], "notices": []}
        changes = planning._observed(session, Deploy("people", ()), "", words)
        return planning._plan(session, "", changes, words)

    told = made("names in conflict, 1: zafer.onur", "CN=x is open")
    assert told.changes == (change,)
    assert told.refusals == ("dir1 people: apply will refuse: names in conflict, 1: zafer.onur",)
    assert told.notices == ("dir1 people: CN=x is open",)
    assert {*told.refusals, *told.notices} < set(display.lines(told))
    assert json.loads(to_json(told))["refusals"] == list(told.refusals)
    silent = made(None)
    assert (silent.refusals, silent.notices, silent.hash) == ((), (), told.hash)


def test_what_is_refused_of_hosts_planned_together_is_told_of_the_one_it_concerns(
    called: Called, tmp_path: Path
) -> None:
    def deploy(_: Deploy, hosts: list[str], data: dict[str, str], *options: str) -> bool:
        for name, own in zip(hosts, ("", "uplink: VLAN 5"), strict=True):
            called(**data)
            vars(typed.host)["name"] = name
            typed.keep([], "sw-2: uplink: VLAN 5", own=own)
        return True

    session: Any = SimpleNamespace(
        run=SimpleNamespace(path=tmp_path), fallen=dict, pyinfra=deploy, hosts=lambda *_: ["sw-1", "sw-2"]
    )
    words: dict[str, list[str]] = {"refusals": [], "notices": []}
    planning._observed(session, Deploy("switches", (), together=True), "", words)
    assert words["refusals"] == ["switches: apply will refuse: sw-2: uplink: VLAN 5"]
    assert {name: typed.REFUSED.get(name) for name in ("sw-1", "sw-2")} == {
        "sw-1": None,
        "sw-2": "uplink: VLAN 5",
    }


def test_the_outcome_of_a_refusal_tells_its_reason(called: Called, tmp_path: Path) -> None:
    meta = SimpleNamespace(op_order=(1,), names={"Give"})
    state: Any = SimpleNamespace(get_op_meta=lambda _: meta)
    recorder = Recorder(tmp_path / "outcomes.jsonl", ["outcomes", "people"])
    called()
    typed.keep([], "names in conflict, 1: zafer.onur")
    for name in ("dir1", "dir2"):
        recorder.operation_host_error(state, SimpleNamespace(name=name), "hash")  # type: ignore[arg-type]
    assert [one.detail for one in read_lines(tmp_path / "outcomes.jsonl", Outcome)] == [
        "names in conflict, 1: zafer.onur",
        "the reason stands in the output of the run",
    ]
