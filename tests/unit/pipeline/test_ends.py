"""A call ends after the stage asked for, however often it is made; a killed gate places its commit the next time."""

from __future__ import annotations

from pathlib import Path

import pytest
from typer.testing import CliRunner

from estate.cli import pipeline
from estate.pipeline import conducting, order, starting
from estate.pipeline.conducting import Asked
from estate.records.pipelines import recorded
from estate.runs.environment import Environment
from estate.runs.refused import Exit, RefusedError
from tests.unit.pipeline.conftest import Desk, Killed, World, change, run

pytestmark = pytest.mark.slow
PILOT, REST = "yedek1", "posta1"


@pytest.fixture
def open_desk(desk: Desk, example: Environment, world: World) -> Desk:
    """A municipality in which nobody has to agree, as that is accepted already, with something to do in each ring."""
    text = desk.declared().replace("protected: true", "protected: false")
    text = text.replace("signatures: 1", "signatures: 0")
    accepted = desk.commit("herkes", inventories__example__estate__pipeline_yml=text)
    order.accept(example, desk.root, accepted, "", "deneme")
    desk.commit("iş")
    world.todo = {PILOT: [change(PILOT)], REST: [change(REST)]}
    return desk


@pytest.mark.parametrize(
    ("until", "ring", "done"), [("plan", "", []), ("verify", "pilot", [(PILOT, "/etc/motd")])]
)
def test_a_second_call_ends_where_the_first_did(
    open_desk: Desk, example: Environment, world: World, until: str, ring: str, done: list[tuple[str, str]]
) -> None:
    for _ in range(2):
        record, code = run(open_desk, example, until=until, ring=ring)
        assert (code, record.result, world.applied) == (Exit.OK, "waiting", done)


@pytest.mark.parametrize(("ring", "result"), [("pilot", "waiting"), ("rest", "passed"), ("", "passed")])
def test_a_whole_run_stops_after_a_ring_too_and_reports_after_the_last(
    open_desk: Desk, example: Environment, world: World, ring: str, result: str
) -> None:
    record, code = run(open_desk, example, until="report", ring=ring)
    assert (code, record.result) == (Exit.OK, result)
    assert [host for host, _ in world.applied] == [PILOT, REST][: 1 if ring == "pilot" else 2]


def test_the_ring_of_a_control_host_counts_for_a_hand_there_too(
    open_desk: Desk, example: Environment, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What the wrapper of the role sets; a ring that is named goes before it."""
    monkeypatch.setattr(Environment, "chosen", lambda *_: example)
    monkeypatch.setenv("ESTATE_LAST_RING", "pilot")
    words = ["run", "--signers", str(open_desk.signers)]
    done = CliRunner().invoke(pipeline.app, words)
    assert (done.exit_code, [host for host, _ in world.applied]) == (0, [PILOT]), done.output
    assert CliRunner().invoke(pipeline.app, [*words, "--ring", "rest"]).exit_code == 0
    assert [host for host, _ in world.applied] == [PILOT, REST]


def test_a_call_after_the_plan_hands_out_its_summary_too(
    open_desk: Desk, example: Environment, tmp_path: Path
) -> None:
    """A job of a CI that is run again, after somebody agreed, posts what they agreed to."""
    for name, until in (("a.md", "plan"), ("b.md", "plan"), ("c.md", "report"), ("d.md", "report")):
        run(open_desk, example, until=until, summary=tmp_path / name)
        assert (tmp_path / name).read_text() == (tmp_path / "a.md").read_text()


def test_a_commit_that_passed_is_superseded_once_a_newer_one_did(
    open_desk: Desk, example: Environment, world: World
) -> None:
    """A job of a CI that is run again says on which commit the estate does not stand."""
    old, passed = open_desk.git("rev-parse", "HEAD"), run(open_desk, example)[0]
    assert run(open_desk, example) == (passed, Exit.OK)
    new = open_desk.commit("yeni")
    assert run(open_desk, example)[1] == Exit.OK
    open_desk.git("checkout", "-q", old)
    with pytest.raises(
        RefusedError, match=f"{old[:12]} is older than {new[:12]}, which is applied"
    ) as refused:
        run(open_desk, example)
    assert refused.value.code == Exit.SUPERSEDED and recorded(example.var)[0] == passed


def test_a_ring_nobody_declared_is_refused_before_there_is_a_record(
    open_desk: Desk, example: Environment
) -> None:
    with pytest.raises(RefusedError, match="no ring 'yok' is declared; known: pilot, rest"):
        run(open_desk, example, until="verify", ring="yok")
    assert recorded(example.var) == []


def test_the_gate_does_trust_alone_and_places_after_a_kill(
    open_desk: Desk, example: Environment, world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    new, origin = open_desk.git("rev-parse", "HEAD"), tmp_path / "origin.git"
    open_desk.git("clone", "-q", "--bare", str(open_desk.root), str(origin))
    open_desk.git("checkout", "-q", "--detach", "HEAD~1")

    def killed(*_: object) -> bool:
        raise Killed

    with monkeypatch.context() as patch, pytest.raises(Killed):
        patch.setattr(conducting.placing, "place", killed)
        conducting.gate(example, str(origin), Asked(new, "validate", signers=open_desk.signers))
    for _ in range(2):
        asked = Asked(new, "validate", signers=open_desk.signers)
        record, code, more = conducting.gate(example, str(origin), asked)
        assert (code, more, open_desk.git("rev-parse", "HEAD")) == (Exit.OK, True, new)
        assert {each.state for each in record.stages[1:]} == {"waiting"} and world.applied == []


def test_the_placed_program_is_given_the_same_files(
    example: Environment, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    told: list[list[str]] = []
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("ESTATE_SIGNERS", "keys")
    monkeypatch.setattr(
        starting.os, "execve", lambda _, argv, names: told.append([*argv, names["ESTATE_SIGNERS"]])
    )
    typed = "pipeline plan --repository . --commit=main --again --summary s.md --signers=keys --ring --wait"
    starting.anew(example, typed.split(), "c0ffee")
    kept = ["--summary", f"{tmp_path}/s.md", f"--signers={tmp_path}/keys", "--ring", "--wait"]
    assert told[0][3:] == ["pipeline", "plan", *kept, "--commit", "c0ffee", f"{tmp_path}/keys"]
