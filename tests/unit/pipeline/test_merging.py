"""What is merged is one whole, read before a run is opened for it, and says what its slices said."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from estate.plan.slices import narrowed
from estate.records import Plan, RunDirectory, read, runs_below, write
from estate.records.shapes import Part, RecordError
from estate.runs.environment import Environment
from estate.runs.refused import RefusedError
from estate.runs.slicing import merge, portions_of
from exporters import run_outcomes
from exporters.textfile import Textfile
from tests.unit.pipeline.test_slices import WHOLE, runs

Spoil = Callable[[RunDirectory, RunDirectory], object]


def plan(run: RunDirectory) -> Plan:
    return read(run.path / "plan.json", Plan)


def planned(run: RunDirectory, made: Plan) -> None:
    write(run.path / "plan.json", made)


def head(run: RunDirectory, **fields: Any) -> None:
    write(run.path / "run.json", replace(run.head(), **fields))


def elsewhere(run: RunDirectory, _: RunDirectory) -> None:
    own = plan(run)
    assert own.part is not None
    planned(run, narrowed(replace(WHOLE, environment="lab"), own.part, own.limit.split(",")))


def twice(run: RunDirectory, other: RunDirectory) -> None:
    own = plan(run)
    assert own.part is not None
    planned(run, narrowed(WHOLE, own.part, plan(other).limit.split(",")))


def narrower(run: RunDirectory, _: RunDirectory) -> None:
    own = max((run, _), key=lambda each: len(plan(each).limit))
    of = plan(own).part
    assert of is not None
    planned(own, narrowed(WHOLE, of, plan(own).limit.split(",")[:1]))


def wider(run: RunDirectory, _: RunDirectory) -> None:
    own = plan(run)
    assert own.part is not None
    planned(run, narrowed(WHOLE, own.part, [*own.limit.split(","), "yabanci"]))


def numbered(index: int) -> Spoil:
    def spoil(run: RunDirectory, _: RunDirectory) -> None:
        own = plan(run)
        assert own.part is not None
        planned(run, replace(own, part=Part(index, own.part.total, own.part.hosts)))

    return spoil


@pytest.mark.parametrize(
    ("spoil", "why"),
    [
        (elsewhere, "environment lab"),
        (lambda run, _: head(run, environment="lab"), "environment lab"),
        (lambda run, _: head(run, commit="beef"), "another commit"),
        (lambda run, _: head(run, kind="plan"), "is a plan"),
        (twice, r"host \w is in runs"),
        (narrower, r"no run had \w, which the whole holds"),
        (wider, "had yabanci, which the whole does not hold"),
        (lambda run, _: planned(run, replace(plan(run), hash="0" * 64)), "not what its hash says"),
        (numbered(5), "says it is slice 5/2, which there is not"),
        (numbered(0), "says it is slice 0/2, which there is not"),
        (lambda run, _: (run.path / "outcomes.json").unlink(), "ended changed, but its outcomes are gone"),
        (
            lambda run, _: (head(run, result="ok"), (run.path / "outcomes.json").unlink()),
            "ended ok, but its outcomes are gone",
        ),
    ],
)
def test_what_is_no_whole_is_not_merged_and_leaves_no_run(
    example: Environment, spoil: Spoil, why: str
) -> None:
    first, second = runs(example, "changed", "changed")
    spoil(second, first)
    with pytest.raises(RefusedError, match=why):
        merge(example, [first, second], "")
    assert len(list(runs_below(example.var))) == 2


def test_a_slice_beyond_the_number_is_refused_beside_the_others(example: Environment) -> None:
    slices = [*runs(example, "changed", "changed"), runs(example, "changed", "changed")[1]]
    numbered(5)(slices[2], slices[0])
    with pytest.raises(RefusedError, match="says it is slice 5/2"):
        merge(example, slices, "")


@pytest.mark.parametrize("file", ["outcomes.json", "changes.jsonl"])
def test_a_damaged_slice_leaves_no_run_behind(example: Environment, file: str) -> None:
    slices = runs(example, "changed", "failed")
    (slices[1].path / file).write_text("{}\n")
    with pytest.raises(RecordError):
        merge(example, slices, "")
    assert len(list(runs_below(example.var))) == 2


def test_a_merged_run_is_of_the_commit_of_its_slices(example: Environment) -> None:
    assert merge(example, runs(example, "changed", "changed"), "")[0].head().commit == "c0ffee"


def counted(recorded: list[RunDirectory]) -> tuple[float, float]:
    out = Textfile()
    run_outcomes.runs(out, recorded)
    lines = [line.rpartition(" ") for line in out.render().splitlines() if not line.startswith("#")]
    return tuple(  # type: ignore[return-value]
        sum(
            float(value)
            for sample, _, value in lines
            if sample.startswith(name) and "apply" in sample + applies
        )
        for name, applies in (("bim_runs_total", ""), ("bim_run_outcomes_total", "apply"))
    )


def test_slices_and_their_whole_are_counted_once(example: Environment) -> None:
    slices = runs(example, "changed", "changed")
    total = sum(len(each.outcomes()) for each in slices)
    whole, *_ = merge(example, slices, "")
    again, *_ = merge(example, slices, "")
    assert [each.run for each in portions_of(whole)] == [each.head().id for each in slices]
    assert counted(slices) == counted([*slices, whole]) == counted([*slices, whole, again]) == (2, total)
    assert counted([whole]) == counted([whole, again]) == (1, total), (
        "the slices are records of other runners"
    )
    assert counted([slices[0], whole]) == (2, total), "one slice is the record of another runner"
