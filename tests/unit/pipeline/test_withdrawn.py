"""Whose key was withdrawn counts no more, in a run that goes on as in a new one; nobody agrees to work of their own."""

from __future__ import annotations

import json

import pytest

from estate.pipeline import approving, order
from estate.records.pipelines import PipelineRun
from estate.runs.environment import Environment
from estate.runs.refused import Exit
from tests.unit.pipeline.conftest import Desk, World, change, run

pytestmark = pytest.mark.slow
PILOT, REST = "yedek1", "posta1"


def approve(desk: Desk, example: Environment, person: str, record: PipelineRun) -> None:
    approving.sign_here(example.var / "pipelines" / record.id, record, desk.keys / person, desk.signers)


@pytest.fixture
def red(desk: Desk, example: Environment, world: World) -> PipelineRun:
    """A run that was agreed to, and whose first ring was applied and failed; something is left for each ring."""
    desk.commit("iş")
    world.todo = {PILOT: [change(PILOT)], REST: [change(REST)]}
    record, _ = run(desk, example)
    approve(desk, example, "ayse.ornek", record)
    world.red = {"apply"}
    record, code = run(desk, example)
    assert (code, record.signers) == (Exit.FAILED, ("veli.ornek",))
    world.red = set()
    world.applied.clear()
    return record


def test_an_approval_of_a_withdrawn_key_does_not_count_for_what_is_left(
    desk: Desk, example: Environment, world: World, red: PipelineRun
) -> None:
    desk.list_keys("veli.ornek")
    record, code = run(desk, example)
    assert (code, record.id, record.approvals, world.applied) == (Exit.WAITING, red.id, (), [])
    desk.list_keys("veli.ornek", "ayse.ornek")
    record, code = run(desk, example)
    assert (code, [each.by for each in record.approvals]) == (Exit.OK, ["ayse.ornek"])
    assert record.stages[3].told == "what is left of the plan that was agreed to"


def test_a_commit_of_a_withdrawn_key_does_not_go_on(
    desk: Desk, example: Environment, world: World, red: PipelineRun
) -> None:
    desk.list_keys("ayse.ornek")
    record, code = run(desk, example)
    assert (code, record.id, record.stages[0].state, world.applied) == (Exit.REFUSED, red.id, "failed", [])


def test_an_agreed_plan_that_was_altered_counts_for_nothing(
    desk: Desk, example: Environment, world: World, red: PipelineRun
) -> None:
    world.todo[REST].append(change(REST, "/etc/yeni"))
    path = example.var / "pipelines" / red.id / "agreed/plan-rest.json"
    plan = json.loads(path.read_text())
    plan["changes"].append(plan["changes"][0] | {"key": "/etc/yeni"})
    path.write_text(json.dumps(plan))
    assert (run(desk, example)[1], world.applied) == (Exit.WAITING, [])


def test_an_author_does_not_agree_to_the_own_plan_by_starting_anew(
    desk: Desk, example: Environment, world: World, red: PipelineRun
) -> None:
    world.todo[PILOT] = [change(PILOT, "/etc/shadow")]
    record, code = run(desk, example, again=True)
    assert (code, record.id != red.id, record.signers) == (Exit.WAITING, True, ("veli.ornek",))
    approve(desk, example, "veli.ornek", record)
    record, code = run(desk, example)
    assert (code, world.applied) == (Exit.WAITING, [])
    assert "veli.ornek signed a commit of this plan" in record.stages[3].told


def test_nobody_alone_changes_who_agrees_to_what_comes_next(
    desk: Desk, example: Environment, world: World
) -> None:
    """A commit that changes nothing else starts nothing on any host; the next one would need nobody."""
    text = desk.declared().replace("protected: true", "protected: false")
    desk.commit(
        "tek", inventories__example__estate__pipeline_yml=text.replace("signatures: 1", "signatures: 0")
    )
    before = order.accepted(example)
    record, code = run(desk, example)
    assert (code, record.stages[3].state, order.accepted(example)) == (Exit.WAITING, "waiting", before)
    assert record.stages[3].told.endswith("; pipeline.yml differs from the accepted one")
    approve(desk, example, "ayse.ornek", record)
    assert run(desk, example)[1] == Exit.OK
    assert order.accepted(example).commit == record.commit
