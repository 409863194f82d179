"""Tells of a drill whether it was held in time, and when it shall be held next; pure: (declared, evidence, now)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta, tzinfo
from typing import Literal, get_args

from estate.declared.drills import Drill
from estate.declared.web_access import Span, WeekDay

State = Literal["held", "due", "late", "missed", "never"]
STATES: tuple[State, ...] = get_args(State)
OVERDUE: tuple[State, ...] = ("late", "missed", "never")
_DAYS: tuple[WeekDay, ...] = get_args(WeekDay)
SPARE_WINDOWS = 2
"""A drill is due from the last window but one before its period is over: a first try may end without a verdict."""
TRIES = 2
"""So often a timer begins a drill within one window; who wants a third try holds it by hand."""


@dataclass(frozen=True)
class Attempt:
    """Is one drill as its evidence tells it: its run, when it began and ended, passed, failed or error."""

    run: str
    began: datetime
    ended: datetime
    result: str

    @property
    def counts(self) -> bool:
        """Tells whether it reached a verdict: `error` says nothing about the service, so nothing was exercised."""
        return self.result != "error"


@dataclass(frozen=True)
class Window:
    """Is one opening of the hours in which a drill may be held; `closes` is the first moment outside."""

    opens: datetime
    closes: datetime

    def holds(self, moment: datetime) -> bool:
        """Tells whether a moment lies within."""
        return self.opens <= moment < self.closes


@dataclass(frozen=True)
class Standing:
    """States where a drill stands.

    `last` is the newest attempt that counts. `deadline` is when its period is over, None before the first. `next` is
    the window in which it shall be held: planned while `held`, else the one that is open or opens next. `tries` counts
    attempts that began in `next`.
    """

    state: State
    last: Attempt | None
    deadline: datetime | None
    next: Window
    tries: int

    def to_hold(self, now: datetime) -> bool:
        """Tells whether a timer shall hold it at this moment."""
        return self.state != "held" and self.next.holds(now) and self.tries < TRIES


def windows(span: Span, after: datetime, zone: tzinfo) -> Iterator[Window]:
    """Yields the windows that close after a moment, in order, without end."""
    day = after.astimezone(zone).date()
    while True:
        if _DAYS[day.weekday()] in span.days:
            window = Window(_at(day, span.start, zone), _at(day, span.end, zone))
            if window.closes > after:
                yield window
        day += timedelta(days=1)


def _at(day: date, hour: str, zone: tzinfo) -> datetime:
    hours, minutes = map(int, hour.split(":"))
    return datetime(day.year, day.month, day.day, tzinfo=zone) + timedelta(hours=hours, minutes=minutes)


def standing(drill: Drill, attempts: Iterable[Attempt], now: datetime, zone: tzinfo) -> Standing:
    """Tells where a drill stands now; an attempt that ended after `now` bears a false time and is not counted.

    held: the window planned before the period is over has not opened. due: it has, and the period is not over. late:
    the period is over. missed: a whole window opened and closed after that. never: no attempt reached a verdict.
    """
    known = [one for one in attempts if one.ended <= now]
    last = max((one for one in known if one.counts), key=lambda one: one.ended, default=None)
    upcoming = next(windows(drill.window, now, zone))
    tries = sum(upcoming.holds(one.began) for one in known)
    if last is None:
        return Standing("never", None, None, upcoming, tries)
    deadline = last.ended + timedelta(days=drill.frequency_days)
    wanted = planned(drill, last.ended, zone)
    if now < wanted.opens:
        return Standing("held", last, deadline, wanted, 0)
    if now <= deadline:
        return Standing("due", last, deadline, upcoming, tries)
    let_go = next(one for one in windows(drill.window, deadline, zone) if one.opens >= deadline)
    return Standing("missed" if let_go.closes <= now else "late", last, deadline, upcoming, tries)


def planned(drill: Drill, last: datetime, zone: tzinfo) -> Window:
    """Gives the window from which a drill is due again, held at `last`: the last but one within its period.

    Where only one opens and closes within it, that one; where none does, the first that opens at all.
    """
    deadline = last + timedelta(days=drill.frequency_days)
    begin = max(last, deadline - timedelta(days=7 * SPARE_WINDOWS + 1))
    within: list[Window] = []
    for window in windows(drill.window, begin, zone):
        if window.opens <= last:
            continue
        if window.closes > deadline:
            return within[-SPARE_WINDOWS:][0] if within else window
        within.append(window)
    raise AssertionError("windows have no end")


def ahead(drill: Drill, found: Standing, until: datetime, zone: tzinfo) -> list[Window]:
    """Gives the windows that open before `until` in which a drill shall be held, each held at the end of its window."""
    coming, window = [], found.next
    while window.opens < until:
        coming.append(window)
        window = planned(drill, window.closes, zone)
    return coming
