"""Who waits, waits for the lock of the environment too; how long one is believed is what the estate declares."""

from __future__ import annotations

import threading
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path

import pytest

from estate.cli import apply as cli
from estate.pipeline import stages
from estate.plan import plan_hash
from estate.records import Plan, write
from estate.runs import applying
from estate.runs.environment import ROOT, Environment
from estate.runs.lock import held
from estate.runs.refused import RefusedError
from tests.unit.pipeline.conftest import Desk, World, run

pytestmark = pytest.mark.slow
HASH = plan_hash((), environment="example", limit="", declared="", incomplete=())
EMPTY = Plan("r", "example", "c", "", "", HASH, (), (), {})


def test_an_apply_waits_for_the_environment(example: Environment, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Environment, "refuse_when_down", lambda _: None)
    other = ExitStack()
    other.enter_context(held(example.var / "lock", who="ayse@burada", run="elle"))
    threading.Timer(0.6, other.close).start()
    with pytest.raises(RefusedError, match="the plan is for 'sahne'"):
        applying.apply(example, replace(EMPTY, environment="sahne"), applying.Wish(wait=20))


def test_the_pipeline_hands_on_how_long_to_wait(
    desk: Desk, example: Environment, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen, made = list[float](), stages.applying.apply

    def apply(environment: Environment, planned: Plan, wish: applying.Wish) -> applying.Report:
        seen.append(wish.wait)
        return made(environment, planned, wish)

    monkeypatch.setattr(stages.applying, "apply", apply)
    desk.commit("iş")
    run(desk, example, wait=7)
    assert seen == [7, 7]


def test_an_apply_by_hand_believes_a_lock_as_long_as_is_declared(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def apply(environment: Environment, planned: Plan, wish: applying.Wish) -> applying.Report:
        raise RefusedError(str(wish.lock_limit))

    estate = cli.load(ROOT / "inventories/example")
    pipeline = estate.pipeline.model_copy(update={"lock_limit_hours": 9})
    monkeypatch.setattr(cli, "load", lambda _: replace(estate, pipeline=pipeline))
    monkeypatch.setattr(cli.applying, "apply", apply)
    write(tmp_path / "plan.json", EMPTY)
    with pytest.raises(SystemExit):
        cli.command(str(tmp_path / "plan.json"), "example")
    assert capsys.readouterr().err == "refused: 9:00:00\n"
