"""A drill is held, due, late, missed or never held by its evidence, its period and its window alone."""

import itertools
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from estate.declared import load
from estate.declared.drills import Drill
from estate.declared.web_access import Span
from estate.drill.timing import TRIES, Attempt, ahead, planned, standing, windows
from estate.runs.environment import ROOT

ZONE = ZoneInfo("Europe/Istanbul")
SATURDAY = Span(days=("sat",), start="09:00", end="12:00")
DRILL: Drill = (
    load(ROOT / "inventories/lab").drills[0].model_copy(update={"window": SATURDAY, "frequency_days": 30})
)


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=ZONE)


def attempt(text: str, result: str = "passed") -> Attempt:
    return Attempt("20261107T060000Z-drill-abcdef", at(text), at(text) + timedelta(minutes=5), result)


FIRST = attempt("2026-11-07 10:00")
"""A Saturday; its period is over on Monday 2026-12-07 10:05, the windows left before that: 28 November, 5 December."""


@pytest.mark.parametrize(
    ("now", "state", "opens"),
    [
        ("2026-11-07 10:10", "held", "2026-11-28 09:00"),
        ("2026-11-28 08:59", "held", "2026-11-28 09:00"),
        ("2026-11-28 09:00", "due", "2026-11-28 09:00"),
        ("2026-11-28 12:00", "due", "2026-12-05 09:00"),
        ("2026-12-07 10:05", "due", "2026-12-12 09:00"),
        ("2026-12-07 10:06", "late", "2026-12-12 09:00"),
        ("2026-12-12 11:59", "late", "2026-12-12 09:00"),
        ("2026-12-12 12:00", "missed", "2026-12-19 09:00"),
    ],
)
def test_the_state_follows_from_the_clock(now: str, state: str, opens: str) -> None:
    found = standing(DRILL, [FIRST], at(now), ZONE)
    assert (found.state, found.next.opens, found.last) == (state, at(opens), FIRST)
    inside = found.next.opens <= at(now)
    assert found.to_hold(at(now)) is (inside and state != "held")


@pytest.mark.parametrize(
    ("attempts", "state"),
    [
        ([], "never"),
        ([attempt("2026-11-21 10:00", "error")], "never"),
        ([attempt("2026-11-21 10:00", "failed")], "held"),
        ([FIRST, attempt("2026-12-12 10:00", "error")], "late"),
        ([attempt("2027-01-02 10:00")], "never"),
    ],
    ids=["nothing", "no_verdict", "red_counts", "no_verdict_later", "of_the_future"],
)
def test_only_a_verdict_of_the_past_counts(attempts: list[Attempt], state: str) -> None:
    now = at("2026-11-22 10:00") if len(attempts) < 2 else at("2026-12-12 10:30")
    assert standing(DRILL, attempts, now, ZONE).state == state


def test_a_timer_tries_twice_in_one_window_and_again_in_the_next() -> None:
    tries = [attempt(f"2026-12-12 09:{minute}", "error") for minute in (10, 30)][:TRIES]
    for known, wanted in ((tries[:1], True), (tries, False)):
        assert (
            standing(DRILL, [FIRST, *known], at("2026-12-12 10:00"), ZONE).to_hold(at("2026-12-12 10:00"))
            is wanted
        )
    assert standing(DRILL, [FIRST, *tries], at("2026-12-19 09:00"), ZONE).to_hold(at("2026-12-19 09:00"))


def test_a_window_ends_before_midnight_or_at_it_whatever_zone_the_machine_is_in() -> None:
    late = Span(days=("fri", "mon"), start="22:00", end="24:00")
    found = [
        window
        for window, _ in zip(
            windows(late, datetime(2026, 11, 27, 20, 30, tzinfo=UTC), ZONE), range(2), strict=False
        )
    ]
    assert [(one.opens, one.closes) for one in found] == [
        (at("2026-11-27 22:00"), at("2026-11-28 00:00")),
        (at("2026-11-30 22:00"), at("2026-12-01 00:00")),
    ]
    assert not found[0].holds(found[0].closes)


def test_a_short_period_is_planned_in_the_only_window_it_has() -> None:
    short = DRILL.model_copy(update={"frequency_days": 8})
    assert planned(short, FIRST.ended, ZONE).opens == at("2026-11-14 09:00")


def test_what_lies_ahead_keeps_every_period() -> None:
    found = standing(DRILL, [FIRST], at("2026-11-10 10:00"), ZONE)
    coming = ahead(DRILL, found, at("2027-11-10 10:00"), ZONE)
    gaps = [later.closes - one.closes for one, later in itertools.pairwise(coming)]
    assert len(coming) > 12 and all(timedelta() < gap <= timedelta(days=30) for gap in gaps)
    missed = replace(found, state="missed")
    assert ahead(DRILL, missed, found.next.opens, ZONE) == []
