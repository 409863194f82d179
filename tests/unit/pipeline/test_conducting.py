"""A commit goes through its stages once, stops where it must, and goes on where a killed run stopped."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from estate.pipeline import approving, order, stages
from estate.pipeline.conducting import stages_of
from estate.records import Plan, read, write
from estate.records.pipelines import PipelineRun, recorded, started
from estate.runs.environment import Environment
from estate.runs.lock import held
from estate.runs.refused import Exit, RefusedError
from tests.unit.pipeline.conftest import Desk, Killed, World, change, run

pytestmark = pytest.mark.slow
PILOT, REST = "yedek1", "posta1"


def states(record: PipelineRun) -> dict[str, str]:
    return {f"{each.name} {each.ring}".strip(): each.state for each in record.stages}


def unprotected(desk: Desk, signatures: int = 0) -> str:
    """Gives the policy of the example without its protection, or with more signatures."""
    text = desk.declared().replace("protected: true", "protected: false")
    people = "by: [ayse.ornek, veli.ornek]"
    return text.replace("signatures: 1", f"signatures: {signatures}").replace(people, people)


@pytest.fixture
def open_desk(desk: Desk, example: Environment) -> Desk:
    """A municipality in which nobody has to agree, as that is accepted already."""
    commit = desk.commit("herkes", inventories__example__estate__pipeline_yml=unprotected(desk))
    order.accept(example, desk.root, commit, "", "deneme")
    desk.commit("iş")
    return desk


def approve(desk: Desk, example: Environment, person: str, record: PipelineRun) -> str:
    place = example.var / "pipelines" / record.id
    return approving.sign_here(place, record, desk.keys / person, desk.signers)


def test_a_commit_goes_ring_by_ring_and_is_proven_and_measured(
    open_desk: Desk, example: Environment, world: World
) -> None:
    world.todo = {PILOT: [change(PILOT)], REST: [change(REST), change(REST, "/etc/hosts")]}
    record, code = run(open_desk, example)
    assert (code, record.result) == (Exit.OK, "passed")
    assert states(record) == {
        "trust": "passed",
        "validate": "passed",
        "plan": "passed",
        "approve": "skipped",
        "apply pilot": "passed",
        "verify pilot": "passed",
        "apply rest": "passed",
        "verify rest": "passed",
        "report": "passed",
    }
    assert world.applied == [(PILOT, "/etc/motd"), (REST, "/etc/motd"), (REST, "/etc/hosts")]
    assert world.verified == ["mail", "mail,directory,telephony"]
    assert order.accepted(example).commit == record.commit
    again, code = run(open_desk, example)
    assert (again, code, world.measured) == (recorded(example.var)[0], Exit.OK, 1)


@pytest.mark.parametrize("red", ["apply", "mail"])
def test_a_red_ring_keeps_the_rest_closed(
    open_desk: Desk, example: Environment, world: World, red: str
) -> None:
    world.todo, world.red = {PILOT: [change(PILOT)], REST: [change(REST)]}, {red}
    record, code = run(open_desk, example)
    assert (code, record.result) == (Exit.FAILED if red == "apply" else Exit.VERDICT_FAILED, "failed")
    assert world.applied == [(PILOT, "/etc/motd")]
    assert [states(record)[name] for name in ("apply rest", "verify rest", "report")] == ["skipped"] * 3
    assert world.measured == 1, "a red run is measured too"
    world.red = set()
    record, code = run(open_desk, example)
    assert (code, record.result, len(recorded(example.var))) == (Exit.OK, "passed", 1)
    assert world.applied == [(PILOT, "/etc/motd"), (REST, "/etc/motd")]


@pytest.mark.parametrize("stage", ["plan", "apply", "verify", "report"])
def test_a_run_killed_in_a_stage_goes_on_there(
    open_desk: Desk, example: Environment, world: World, stage: str
) -> None:
    keys = ["/etc/a", "/etc/b"]
    world.todo = {PILOT: [change(PILOT, key) for key in keys], REST: [change(REST)]}
    world.kill = stage
    with pytest.raises(Killed):
        run(open_desk, example)
    (left,) = recorded(example.var)
    assert [each.name for each in left.stages if each.state == "running"] == [stage]
    done = list(world.applied)
    record, code = run(open_desk, example)
    assert (code, record.result, record.id) == (Exit.OK, "passed", left.id)
    assert {each.state for each in record.stages} <= {"passed", "skipped"} and world.measured == 1
    assert len(world.applied) == len(set(world.applied)), "nothing is applied twice"
    assert (REST, "/etc/motd") in world.applied and done == world.applied[: len(done)]


def test_what_nobody_agreed_to_is_not_applied(desk: Desk, example: Environment, world: World) -> None:
    """Signatures of the author, of a stranger, over another plan, until the right one comes."""
    world.todo = {PILOT: [change(PILOT)]}
    desk.commit("iş")
    record, code = run(desk, example)
    assert (code, record.result, world.applied) == (Exit.WAITING, "waiting", [])
    assert states(record)["approve"] == "waiting" and "1 of 1 signatures missing" in record.stages[3].told
    assert approve(desk, example, "veli.ornek", record) == "veli.ornek"
    record, code = run(desk, example)
    assert code == Exit.WAITING
    assert "veli.ornek signed a commit of this plan and cannot approve it" in record.stages[3].told
    with pytest.raises(RefusedError, match="signed by nobody in allowed_signers"):
        approve(desk, example, "yabanci", record)
    with pytest.raises(RefusedError, match="this is no approval of plan"):
        other = replace(record, plan_hash="0" * 64)
        place = example.var / "pipelines" / record.id
        approving.sign_here(place / "elsewhere", other, desk.keys / "ayse.ornek", desk.signers)
        approving.hand_in(place, record, (place / "elsewhere/statement.txt.sig").read_text(), desk.signers)
    approve(desk, example, "ayse.ornek", record)
    record, code = run(desk, example)
    assert (code, record.result) == (Exit.OK, "passed")
    assert [each.by for each in record.approvals] == ["ayse.ornek"]
    assert world.applied == [(PILOT, "/etc/motd")]


def test_one_person_counts_once_however_often_they_sign(
    desk: Desk, example: Environment, world: World
) -> None:
    text = unprotected(desk, 2).replace("author_counts: false", "author_counts: true")
    order.accept(
        example, desk.root, desk.commit("iki imza", inventories__example__estate__pipeline_yml=text), "", "d"
    )
    desk.commit("iş")
    world.todo = {PILOT: [change(PILOT)]}
    record, _ = run(desk, example)
    approve(desk, example, "ayse.ornek", record)
    place = example.var / "pipelines" / record.id
    first = next((place / "approvals").glob("*.sig"))
    (place / "approvals/again.sig").write_text(first.read_text() + "\n")
    record, code = run(desk, example)
    assert code == Exit.WAITING
    assert (
        "1 of 2 signatures missing (ayse.ornek); does not count: ayse.ornek approved twice"
        in record.stages[3].told
    )
    approve(desk, example, "veli.ornek", record)
    record, code = run(desk, example)
    assert (code, len(record.approvals)) == (Exit.OK, 2)


def test_a_commit_does_not_lower_what_is_asked_of_itself(
    desk: Desk, example: Environment, world: World
) -> None:
    world.todo = {PILOT: [change(PILOT)]}
    desk.commit("kolay", inventories__example__estate__pipeline_yml=unprotected(desk))
    assert (run(desk, example)[1], world.applied) == (Exit.WAITING, [])


def test_a_policy_that_cannot_be_read_is_not_replaced_by_the_own_one_of_a_commit(
    desk: Desk, example: Environment, world: World
) -> None:
    readable = unprotected(desk)
    broken = desk.declared() + "  later: 1\n"
    accepted = desk.commit("sonraki", inventories__example__estate__pipeline_yml=broken)
    order.accept(example, desk.root, accepted, "", "deneme")
    desk.commit("kolay", inventories__example__estate__pipeline_yml=readable)
    record, code = run(desk, example)
    assert (code, states(record)["trust"], world.applied, world.measured) == (Exit.REFUSED, "failed", [], 0)
    assert f"of the accepted commit {accepted[:12]} cannot be read by this program" in record.stages[0].told


@pytest.mark.parametrize("stale", [True, False])
def test_what_starts_ansible_without_a_change_needs_a_signature_too(
    desk: Desk, example: Environment, world: World, stale: bool
) -> None:
    world.stale = stale
    desk.commit("iş")
    record, code = run(desk, example)
    assert (code, states(record)["approve"]) == ((Exit.WAITING, "waiting") if stale else (Exit.OK, "skipped"))


def test_a_plan_that_was_altered_is_not_applied(desk: Desk, example: Environment, world: World) -> None:
    world.todo = {PILOT: [change(PILOT)]}
    desk.commit("iş")
    record, _ = run(desk, example)
    approve(desk, example, "ayse.ornek", record)
    path = example.var / "pipelines" / record.id / "plan-pilot.json"
    other = json.loads(path.read_text()) | {"hash": "0" * 64}
    path.write_text(json.dumps(other))
    record, code = run(desk, example)
    assert (code, record.result, world.applied) == (Exit.REFUSED, "failed", [])
    assert "is not the plan that was made and agreed to" in record.stages[3].told


def test_the_rest_of_an_agreed_plan_needs_no_second_signature_and_more_than_it_does(
    desk: Desk, example: Environment, world: World
) -> None:
    world.todo = {PILOT: [change(PILOT)], REST: [change(REST)]}
    desk.commit("iş")
    record, _ = run(desk, example)
    approve(desk, example, "ayse.ornek", record)
    world.kill = "apply"
    with pytest.raises(Killed):
        run(desk, example)
    world.todo[REST].append(change(REST, "/etc/yeni"))
    record, code = run(desk, example)
    assert (code, world.applied) == (Exit.WAITING, [(PILOT, "/etc/motd")])
    world.todo[REST].pop()
    write(
        example.var / "pipelines" / f"{record.id}.json",
        replace(
            record,
            stages=tuple(
                replace(each, state="failed") if each.name == "plan" else each for each in record.stages
            ),
        ),
    )
    record, code = run(desk, example)
    assert (code, record.stages[3].told) == (Exit.OK, "what is left of the plan that was agreed to")
    assert world.applied[-1] == (REST, "/etc/motd")


def test_a_newer_commit_ends_what_still_waits(desk: Desk, example: Environment, world: World) -> None:
    world.todo = {PILOT: [change(PILOT)]}
    old = desk.commit("eski")
    waiting, _ = run(desk, example)
    new = desk.commit("yeni")
    record, _ = run(desk, example)
    approve(desk, example, "ayse.ornek", record)
    assert run(desk, example)[1] == Exit.OK
    assert recorded(example.var)[0].result == "superseded"
    desk.git("checkout", "-q", old)
    with pytest.raises(RefusedError, match="superseded by a newer one") as refused:
        run(desk, example)
    assert refused.value.code == Exit.SUPERSEDED
    assert order.accepted(example).commit == new
    assert read(example.var / "pipelines" / waiting.id / "plan-pilot.json", Plan).changes


def test_one_pipeline_at_a_time_and_only_on_the_commit_that_stands_here(
    open_desk: Desk, example: Environment, world: World
) -> None:
    with (
        held(example.var / "pipeline.lock", who="ayse@orada", run="pipeline abc"),
        pytest.raises(RefusedError, match="ayse@orada") as refused,
    ):
        run(open_desk, example)
    assert refused.value.code == Exit.LOCKED
    (open_desk.root / "note").write_text("elle")
    with pytest.raises(RefusedError, match=r"\+edits, not on"):
        run(open_desk, example)


def test_the_environment_before_has_to_have_passed(desk: Desk, example: Environment, world: World) -> None:
    text = unprotected(desk).replace("after: null", "after: prova")
    (desk.root / "inventories/prova").mkdir()
    commit = desk.commit(
        "önce", inventories__example__estate__pipeline_yml=text, inventories__prova__hosts_yml="all:\n"
    )
    order.accept(example, desk.root, commit, "", "deneme")
    record, code = run(desk, example)
    assert code == Exit.REFUSED and "has not passed in environment 'prova'" in record.stages[1].told
    assert "adopt COMMIT --again" in record.stages[1].told  # the way out of a policy that can never pass
    before = started(Environment("prova", desk.root).var, "prova", commit, "deneme", stages_of(()))
    write(desk.root / f"var/prova/pipelines/{before.id}.json", replace(before, result="passed"))
    assert run(desk, example)[1] == Exit.OK


def test_a_plan_without_a_full_answer_says_that_the_vault_is_missing(
    desk: Desk, example: Environment, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk.commit("kasasız")
    half = Plan("r", "example", "c", "", "", "", (), ("yedek1",), {})
    monkeypatch.setattr(stages.planning, "plan", lambda *_: (half, example.var, Exit.FAILED))
    record, code = run(desk, example, until="plan")
    told = next(each.told for each in record.stages if each.name == "plan")
    assert (code, world.measured) == (Exit.FAILED, 1) and "no full answer from yedek1" in told
    assert "inventories/example/group_vars/all/vault.yml is missing" in told


def test_a_damaged_record_that_is_not_its_own_stops_no_run(
    open_desk: Desk, example: Environment, world: World, capsys: pytest.CaptureFixture[str]
) -> None:
    old, _ = run(open_desk, example)
    place = example.var / "pipelines" / f"{old.id}.json"
    place.write_text("{")
    with pytest.raises(RefusedError, match=f"record of run {old.id}, which began to apply {old.commit[:12]}"):
        run(open_desk, example)
    open_desk.commit("yeni iş")
    record, code = run(open_desk, example)
    assert (code, record.result) == (Exit.OK, "passed")
    assert f"pipelines: {place}: not a valid record" in capsys.readouterr().err
    assert run(open_desk, example)[0].id == record.id, "which has passed"
