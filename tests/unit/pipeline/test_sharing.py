"""Runners share a ring, each under a record of its own; one that was killed is told and made good."""

from __future__ import annotations

import multiprocessing
import shutil
import signal
import time
from collections.abc import Callable
from dataclasses import replace

import pytest

from estate.cli import pipeline as cli
from estate.pipeline import approving, order, sharing, starting
from estate.pipeline.conducting import Asked
from estate.records import runs_below, write
from estate.records.damaged import Damaged
from estate.records.pipelines import PipelineRun, RingSlice, keep_slice, recorded, slices
from estate.runs import applying
from estate.runs.environment import ROOT, Environment
from estate.runs.refused import Exit, RefusedError
from tests.unit.pipeline.conftest import Desk, Killed, World, change, run

pytestmark = pytest.mark.slow
PILOT = "yedek1"
REST = ("dizin1", "dosya1", "izleme1", "posta1", "santral1", "vekil1", "yonetim1")
KEYS = ("/etc/a", "/etc/b")


def share(desk: Desk, example: Environment, index: int, **wish: object) -> tuple[RingSlice, Exit]:
    wished = {"signers": desk.signers, "ring": "rest", "until": "apply"} | wish
    return sharing.share(example, Asked(**wished), (index, 2))  # type: ignore[arg-type]


def stages(record: PipelineRun) -> dict[str, str]:
    return {f"{each.name} {each.ring}".strip(): each.state for each in record.stages}


def merged(example: Environment) -> list[str]:
    return [each.head().reason for each in runs_below(example.var) if (each.path / "merged.json").exists()]


@pytest.fixture
def ready(desk: Desk, example: Environment, world: World) -> Desk:
    """A municipality whose first ring is applied and proven, as somebody agreed; each host of the next has work."""
    desk.commit("iş")
    world.todo = {host: [change(host, key) for key in KEYS] for host in (PILOT, *REST)}
    record, _ = run(desk, example, until="approve")
    with pytest.raises(
        RefusedError, match=r"rest: approve is waiting. First, without a slice: .* approved$"
    ) as waits:
        share(desk, example, 1)
    assert waits.value.code == Exit.WAITING
    place = example.var / "pipelines" / record.id
    approving.sign_here(place, record, desk.keys / "ayse.ornek", desk.signers)
    assert run(desk, example, until="approve")[1] == Exit.OK
    with pytest.raises(
        RefusedError, match=r"apply pilot is waiting. First, without a slice: .* verify --ring pilot"
    ):
        share(desk, example, 1)
    assert run(desk, example, until="verify", ring="pilot")[1] == Exit.OK
    world.applied.clear()
    return desk


def standing(desk: Desk, example: Environment) -> None:
    """Is another process: it begins with slice 2, and stands still where its hosts would be changed."""
    applying.apply = lambda *_: signal.pause()  # type: ignore[assignment]
    share(desk, example, 2)


def until(true: Callable[[], bool]) -> bool:
    end = time.monotonic() + 60
    while not (found := true()) and time.monotonic() < end:
        time.sleep(0.01)
    return found


def whole(world: World) -> bool:
    """Tells whether every change of the second ring was made, each once."""
    return sorted(world.applied) == sorted((host, key) for host in REST for key in KEYS)


def test_slices_of_a_ring_are_one_stage_of_one_run(ready: Desk, example: Environment, world: World) -> None:
    before, planned = recorded(example.var), len(world.planned)
    file = example.var / f"pipelines/{before[0].id}.json"
    written = file.stat().st_mtime_ns
    (first, _), (second, code) = (share(ready, example, index) for index in (1, 2))
    assert (first.state, second.state, code) == ("passed", "passed", Exit.OK) and whole(world)
    assert (recorded(example.var), file.stat().st_mtime_ns) == (before, written), (
        "the record has another writer"
    )
    assert share(ready, example, 2) == (second, Exit.OK) and whole(world)
    record, code = run(ready, example)
    assert (code, record.result, record.id, whole(world)) == (Exit.OK, "passed", before[0].id, True)
    assert len(world.planned) == planned, "what every slice did is not planned anew"
    assert world.verified == ["mail", "mail,directory,telephony"]
    assert merged(example) == [f"pipeline {record.id}, ring rest, 2 slices"]
    assert "changed, 2 slices" in next(
        each.told for each in record.stages if (each.name, each.ring) == ("apply", "rest")
    )


def test_a_killed_slice_goes_on_with_what_is_left_of_its_plan(
    ready: Desk, example: Environment, world: World
) -> None:
    share(ready, example, 1)
    world.kill = "apply"
    with pytest.raises(Killed):
        share(ready, example, 2)
    more = change(next(host for host, left in world.todo.items() if left), "/etc/yeni")
    world.todo[more.host].append(more)
    made, code = share(ready, example, 2)
    assert (made.state, code) == ("failed", Exit.REFUSED) and "1 changes are not in the plan" in made.told
    world.todo[more.host].remove(more)
    assert share(ready, example, 2)[1] == Exit.OK and whole(world)
    assert run(ready, example)[0].result == "passed" and len(merged(example)) == 1


def test_whoever_joins_does_what_a_killed_slice_left(
    ready: Desk, example: Environment, world: World, capfd: pytest.CaptureFixture[str]
) -> None:
    share(ready, example, 2)
    world.kill = "apply"
    with pytest.raises(Killed):
        share(ready, example, 1)
    record, code = run(ready, example)
    assert (code, record.result) == (Exit.OK, "passed") and whole(world) and merged(example) == []
    assert "ring rest: slice 1/2 running; what is left of it is planned anew" in capfd.readouterr().err
    assert record.stages[3].told == "what is left of the plan that was agreed to"


def test_runners_work_side_by_side_and_one_is_killed(
    ready: Desk,
    example: Environment,
    world: World,
    capfd: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    record = recorded(example.var)[0]
    monkeypatch.syspath_prepend(ROOT)  # the other process finds the tests as well, whoever started this one
    other = multiprocessing.get_context("spawn").Process(target=standing, args=(ready, example))
    other.start()
    try:
        assert until(lambda: bool(slices(example.var, record)))
        assert share(ready, example, 1)[1] == Exit.OK
        for call in (lambda: run(ready, example), lambda: share(ready, example, 2)):
            with pytest.raises(RefusedError, match="slice 2/2") as refused:
                call()
            assert refused.value.code == Exit.LOCKED
    finally:
        other.kill()
        other.join()
    assert [each.state for each in slices(example.var, record)] == ["passed", "interrupted"]
    seen = starting.status(example, Damaged())
    assert "    interrupted slice 2/2 of rest" in cli._lines(record, seen.slices)
    assert share(ready, example, 2)[1] == Exit.OK and whole(world)
    assert "taking over from pipeline HEAD, slice 2/2 of " in capfd.readouterr().err
    assert run(ready, example)[0].result == "passed"


def test_a_runner_of_another_machine_hands_over_files(
    ready: Desk, example: Environment, world: World
) -> None:
    """What it needs: a checkout, its keys, and what was planned; what it gives: records of its slice alone."""
    there = Desk(ready.root.with_name("there"), ready.keys)
    shutil.copytree(ready.root, there.root)
    other = Environment("example", there.root)
    made, code = share(there, other, 2)
    assert code == Exit.OK and slices(example.var, recorded(example.var)[0]) == []
    share(ready, example, 1)
    for part in (f"runs/{made.run}", f"pipelines/{recorded(example.var)[0].id}/slices"):
        shutil.copytree(other.var / part, example.var / part, dirs_exist_ok=True)
    record, code = run(ready, example)
    assert (code, record.result, len(merged(example))) == (Exit.OK, "passed", 1) and whole(world)


def test_a_slice_judges_anew_who_agreed(ready: Desk, example: Environment, world: World) -> None:
    ready.list_keys("veli.ornek")
    with pytest.raises(RefusedError, match="approve: 1 of 1 signatures missing") as refused:
        share(ready, example, 1)
    assert refused.value.code == Exit.WAITING and world.applied == []
    assert slices(example.var, recorded(example.var)[0]) == []


def test_slices_after_a_red_attempt_do_not_skip_the_proof(
    ready: Desk, example: Environment, world: World
) -> None:
    failed = recorded(example.var)[0]
    later = ("verify rest", "report")
    skipped = [
        replace(each, state="failed" if each.name == "apply" else "skipped")
        if each.ring == "rest" or each.name == "report"
        else each
        for each in failed.stages
    ]
    write(
        example.var / f"pipelines/{failed.id}.json", replace(failed, stages=tuple(skipped), result="failed")
    )
    share(ready, example, 1), share(ready, example, 2)
    record, _ = run(ready, example, until="verify")
    assert [stages(record)[name] for name in later] == ["passed", "waiting"]
    assert world.verified[-1] == "mail,directory,telephony"


def test_a_slice_of_another_plan_is_not_joined(ready: Desk, example: Environment, world: World) -> None:
    record = recorded(example.var)[0]
    for index in (1, 2):
        made, _ = share(ready, example, index)
        keep_slice(example.var, record.id, replace(made, plan_hash="0" * 64))
    run(ready, example, until="apply")
    assert merged(example) == [] and order.accepted(example).commit == record.commit


@pytest.mark.parametrize(
    ("verb", "typed", "anew", "why"),
    [
        ("verify", "1/2", False, "--slice is for `apply`"),
        ("apply", "1/2", True, "leave out --repository and --again"),
        ("apply", "3/2", False, "is not I/N"),
    ],
)
def test_a_slice_where_there_is_none_is_refused(verb: str, typed: str, anew: bool, why: str) -> None:
    with pytest.raises(RefusedError, match=why):
        cli._part(verb, typed, anew)


def test_the_parallel_index_of_a_ci_is_a_slice_of_apply_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CI_NODE_INDEX", "2")
    monkeypatch.setenv("CI_NODE_TOTAL", "3")
    assert (cli._part("apply", None, False), cli._part("report", None, True)) == ((2, 3), None)
