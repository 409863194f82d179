"""Runners that know only their own number divide a fleet between them, and their results make one whole again."""

from __future__ import annotations

import fcntl
import os
from dataclasses import replace
from pathlib import Path
from threading import Timer

import pytest
from typer.testing import CliRunner

from estate.cli import pipeline as cli
from estate.plan.slices import SliceError, divided, narrowed, parsed, part, refuse_gaps
from estate.records import Outcome, Plan, RunDirectory, append, write
from estate.runs import lock as locking
from estate.runs.environment import Environment
from estate.runs.lock import held, held_in_part, look
from estate.runs.refused import Exit, RefusedError
from estate.runs.slicing import asked, merge, sliced
from tests.unit.pipeline.conftest import change

FLEET = [f"sunucu{number}" for number in range(200)]
SWITCHES = ("sw1", "sw2", "sw3")
WHOLE = Plan(
    "r", "example", "c0ffee", "", "d", "h", tuple(map(change, ("a", "b", "c", "c"))), (), {"a": 2, "b": 1}
)


def test_no_slice_holds_more_than_its_share_and_every_host_is_in_one() -> None:
    for total in (1, 3, 7):
        slices = divided(FLEET, total)
        assert sorted(host for each in slices for host in each) == sorted(FLEET)
        assert max(map(len, slices)) == -(-len(FLEET) // total)
    assert divided(reversed(FLEET), 3) == divided(FLEET, 3)


def test_a_host_that_is_added_moves_few_others() -> None:
    before = {host: at for at, each in enumerate(divided(FLEET, 4)) for host in each}
    after = {host: at for at, each in enumerate(divided([*FLEET, "yeni1"], 4)) for host in each}
    assert sum(before[host] != after[host] for host in FLEET) <= 10


def test_switches_stay_together_and_no_slice_is_empty() -> None:
    slices = [part([*"abcde", *SWITCHES], SWITCHES, index, 3)[1] for index in (1, 2, 3)]
    assert [len(set(each) & set(SWITCHES)) for each in slices].count(3) == 1
    assert sorted(host for each in slices for host in each) == sorted([*"abcde", *SWITCHES])
    with pytest.raises(SliceError, match="4 slices for 2 hosts leave one empty"):
        part(["a", *SWITCHES], SWITCHES, 1, 4)


@pytest.mark.parametrize(
    ("typed", "variables", "right"),
    [
        ("2/3", {"ESTATE_SLICE": "1/2"}, (2, 3)),
        (None, {"ESTATE_SLICE": "1/2", "CI_NODE_INDEX": "3", "CI_NODE_TOTAL": "3"}, (1, 2)),
        (None, {"CI_NODE_INDEX": "3", "CI_NODE_TOTAL": "3"}, (3, 3)),
        (None, {"CI_NODE_TOTAL": "1"}, None),
        (None, {}, None),
    ],
)
def test_a_runner_knows_its_number(
    typed: str | None, variables: dict[str, str], right: tuple[int, int] | None
) -> None:
    assert asked(typed, variables) == right


@pytest.mark.parametrize(
    ("typed", "variables", "why"),
    [
        ("", {}, "--slice is empty"),
        (" ", {"ESTATE_SLICE": "1/2"}, "--slice is empty"),
        (None, {"ESTATE_SLICE": ""}, "ESTATE_SLICE is empty"),
        (None, {"ESTATE_SLICE": "", "CI_NODE_TOTAL": "3"}, "ESTATE_SLICE is empty"),
        (None, {"CI_NODE_TOTAL": "3"}, "CI_NODE_INDEX/CI_NODE_TOTAL: slice '/3' is not I/N"),
        (None, {"CI_NODE_INDEX": "", "CI_NODE_TOTAL": "3"}, "slice '/3' is not I/N"),
        (None, {"CI_NODE_INDEX": "2"}, "slice '2/' is not I/N"),
    ],
)
def test_a_runner_that_does_not_know_its_number_never_takes_the_whole(
    typed: str | None, variables: dict[str, str], why: str
) -> None:
    with pytest.raises(RefusedError, match=why):
        asked(typed, variables)


@pytest.mark.parametrize(
    "words", [["apply", "--ring", "rest", "--slice", ""], ["plan", "--slice", ""], ["apply", "--slice", " "]]
)
def test_an_empty_slice_of_the_pipeline_is_refused(
    example: Environment, monkeypatch: pytest.MonkeyPatch, words: list[str]
) -> None:
    monkeypatch.setattr(Environment, "chosen", lambda *_: example)
    monkeypatch.setattr(cli.conducting, "run", lambda *_: pytest.fail("the whole was taken"))
    done = CliRunner().invoke(cli.app, words)
    assert done.exit_code == 2 and "--slice is" in done.stderr


@pytest.mark.parametrize("text", ["0/3", "4/3", "1", "1/0", "-1/2", "1/2/3", "a/b"])
def test_a_number_that_is_none_is_refused(text: str) -> None:
    with pytest.raises(SliceError, match="is not I/N"):
        parsed(text)


def test_a_slice_of_a_plan_is_a_plan_that_holds_alone(example: Environment) -> None:
    whole = replace(
        WHOLE, limit="posta1,yedek1", changes=(change("posta1"), change("yedek1")), unverifiable={"posta1": 2}
    )
    found = [sliced(example, whole, (index, 2)) for index in (1, 2)]
    assert sorted(each.limit for each in found) == ["posta1", "yedek1"]
    assert sorted(each.changes[0].host for each in found) == ["posta1", "yedek1"]
    assert len({each.hash for each in [*found, whole]}) == 3
    with pytest.raises(RefusedError, match="the plan is slice 1/2, asked for 2/2"):
        sliced(example, found[0], (2, 2))


def runs(example: Environment, *results: str, commit: str = "c0ffee") -> list[RunDirectory]:
    """Records one run per slice, each with its plan and, unless it was killed before, what it made."""
    made = []
    for index, result in enumerate(results, start=1):
        of, hosts = part("abc", (), index, len(results))
        run = RunDirectory.start(
            example.var, "apply", environment="example", commit=commit, who="d", reason=""
        )
        plan = narrowed(replace(WHOLE, commit=commit), of, hosts)
        write(run.path / "plan.json", plan)
        for each in plan.changes if result == "changed" else plan.changes[:1]:
            append(run.changes_file, each)
            run.record(Outcome(each.host, "ansible", "s", each.key, "changed"))
        if result == "interrupted":
            write(run.path / "run.json", replace(run.head(), pid=1, process_started=0))
        else:
            run.finish(result)  # type: ignore[arg-type]
        made.append(run)
    return made


def test_results_of_all_slices_are_one_run_and_what_a_killed_one_left_is_named(example: Environment) -> None:
    slices = runs(example, "changed", "interrupted")
    whole, portions, code = merge(example, slices, "")
    assert (code, whole.head().result, whole.head().kind) == (Exit.FAILED, "interrupted", "apply")
    assert len(whole.outcomes()) == sum(len(each.outcomes()) for each in slices)
    planned = {(each.host, each.key) for each in WHOLE.changes}
    left = {(each.host, each.key) for portion in portions for each in portion.undone}
    done = {(each.host, each.key) for each in whole.outcomes()}
    assert left | done == planned and not left & done and not portions[0].undone
    assert merge(example, runs(example, "changed", "changed"), "")[2] == Exit.OK


def test_gaps_and_overlaps_are_refused(example: Environment) -> None:
    first, second = runs(example, "changed", "changed")
    for given, why in (
        ([first], "slice 2 of 2 is missing"),
        ([first, second, first], "are both slice 1; name one"),
        ([first, runs(example, "changed", "changed", commit="beef")[1]], "a slice of another whole"),
        ([first, runs(example, "changed", "changed", "changed")[1]], "a slice of another whole"),
    ):
        with pytest.raises(RefusedError, match=why):
            merge(example, given, "")
    write(second.path / "plan.json", replace(WHOLE, part=None))
    with pytest.raises(RefusedError, match="was no slice"):
        merge(example, [first, second], "")
    with pytest.raises(SliceError, match="was no slice"):
        refuse_gaps([("r", WHOLE)])


def test_slices_work_side_by_side_and_beside_nothing_else(tmp_path: Path) -> None:
    lock = tmp_path / "lock"
    with held_in_part(lock, 1, 2, who="bir", run="r1"), held_in_part(lock, 2, 2, who="iki", run="r2"):
        for beside in (held(lock, who="d", run="r"), held_in_part(lock, 1, 2, who="d", run="r")):
            with pytest.raises(RefusedError, match="bir on ") as refused:
                beside.__enter__()
            assert refused.value.code == Exit.LOCKED
        with pytest.raises(RefusedError, match=" on "):
            held_in_part(lock, 3, 3, who="d", run="r").__enter__()
        assert look(lock).state == "held"
    with held(lock, who="d", run="r"), pytest.raises(RefusedError, match="d on "):
        held_in_part(lock, 1, 2, who="bir", run="r1").__enter__()


def test_a_command_that_outlives_its_slice_keeps_whole_runs_and_other_divisions_out(tmp_path: Path) -> None:
    lock = tmp_path / "lock"
    with held_in_part(lock, 1, 2, who="bir", run="r1") as (handle, _):
        orphan = os.dup(handle)
    for barred in (held(lock, who="d", run="r"), held_in_part(lock, 2, 3, who="d", run="r")):
        with pytest.raises(RefusedError, match="slice-1-of-2"):
            barred.__enter__()
    assert look(lock).state == "held"
    with held_in_part(lock, 2, 2, who="iki", run="r2"):
        os.close(orphan)
    with held(lock, who="d", run="r"):
        pass


def test_of_two_divisions_that_begin_together_not_both_work(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    taken = locking._taken
    with (tmp_path / "lock.slice-2-of-3").open("w") as other:

        def meanwhile(handle: int, how: int = fcntl.LOCK_EX) -> bool:
            if how == fcntl.LOCK_SH:
                taken(other.fileno())
            return taken(handle, how)

        monkeypatch.setattr(locking, "_taken", meanwhile)
        with pytest.raises(RefusedError):
            held_in_part(tmp_path / "lock", 1, 2, who="bir", run="r1").__enter__()


def test_whoever_only_looks_stops_no_slice(tmp_path: Path) -> None:
    glance = (tmp_path / "lock").open("w")
    fcntl.flock(glance, fcntl.LOCK_EX)
    looking = Timer(0.05, glance.close)
    looking.start()
    with held_in_part(tmp_path / "lock", 1, 2, who="bir", run="r1"):
        looking.join()
        assert look(tmp_path / "lock.slice-1-of-2").state == "held"
