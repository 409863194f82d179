"""Lays out charts as plain shapes with fixed coordinates, so that the same inputs draw the same picture."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import ClassVar

from estate.report.inputs import Daily, Drill
from estate.report.wording import Language

WIDTH = 680.0
LEFT, BAR, ROW = 8.0, 490.0, 46.0
INK, MUTED, GRID, TARGET = "#1b2a41", "#5c6b7f", "#d5dbe3", "#b3261e"
PHASES = {"host_up": "#1f4e79", "configured": "#4a86b8", "restored": "#8db9d9", "accepted": "#d3a03b"}


@dataclass(frozen=True)
class Rect:
    """Is a filled rectangle."""

    kind: ClassVar[str] = "rect"

    x: float
    y: float
    width: float
    height: float
    fill: str


@dataclass(frozen=True)
class Line:
    """Is a straight line."""

    kind: ClassVar[str] = "line"

    x1: float
    y1: float
    x2: float
    y2: float
    stroke: str
    width: float = 1.0


@dataclass(frozen=True)
class Label:
    """Is a text at a point; `anchor` is start, middle or end."""

    kind: ClassVar[str] = "label"

    x: float
    y: float
    text: str
    anchor: str = "start"
    fill: str = INK
    size: float = 11.0
    bold: bool = False


Shape = Rect | Line | Label


@dataclass(frozen=True)
class Chart:
    """Is a drawing with its title and its whole content in words for who cannot see it; shapes in painting order."""

    id: str
    title: str
    alt: str
    height: float
    shapes: tuple[Shape, ...] = ()


def nothing(ident: str, title: str, language: Language) -> Chart:
    """Draws that there is nothing to draw."""
    words = Label(WIDTH / 2, 36, language.say("chart_empty"), "middle", MUTED, 13)
    return Chart(ident, title, language.say("chart_none_alt", title=title), 60, (words,))


def lengths(drill: Drill) -> list[tuple[str, float]]:
    """Gives the length of each phase a drill reached, in seconds, from its cumulative times."""
    before, found = drill.phases.get("decided", 0.0), []
    for phase in PHASES:
        if phase not in drill.phases:
            break
        found.append((phase, drill.phases[phase] - before))
        before = drill.phases[phase]
    return found


def phases_of(drills: list[Drill], titles: dict[str, str], language: Language) -> Chart:
    """Draws one bar per drill, split into its phases, with the target where the scale has room for it."""
    title = language.say("chart_rto")
    reached = [(drill, lengths(drill)) for drill in drills if lengths(drill)]
    if not reached:
        return nothing("chart-rto", title, language)
    longest = max(sum(length for _, length in parts) for _, parts in reached)
    targets = [drill.rto_target_seconds for drill, _ in reached]
    scale = BAR / max(longest, *(target for target in targets if target <= 2 * longest), 1e-9)
    shapes: list[Shape] = []
    said = []
    for place, (drill, parts) in enumerate(reached):
        name = f"{language.moment(drill.started)} – {titles.get(drill.scenario, drill.scenario)}"
        total = language.duration(sum(length for _, length in parts))
        target = language.say("chart_target", value=language.duration(drill.rto_target_seconds))
        shapes += _bar(drill, parts, (name, total, target), 14.0 + place * ROW, scale)
        words = ", ".join(f"{language.word('phases', p)} {language.duration(n)}" for p, n in parts)
        said.append(language.say("chart_row_alt", name=name, parts=f"{words}; {total}; {target}"))
    bottom = 14.0 + len(reached) * ROW
    shapes += _legend([(language.word("phases", phase), fill) for phase, fill in PHASES.items()], bottom)
    return Chart("chart-rto", title, f"{title}. {' '.join(said)}", bottom + 22, tuple(shapes))


def _bar(
    drill: Drill, parts: list[tuple[str, float]], words: tuple[str, str, str], top: float, scale: float
) -> list[Shape]:
    name, total, target = words
    shapes: list[Shape] = [Label(LEFT, top, name, size=10.5)]
    x = LEFT
    for phase, length in parts:
        shapes.append(Rect(x, top + 6, length * scale, 18, PHASES[phase]))
        x += length * scale
    at = LEFT + drill.rto_target_seconds * scale
    if at <= LEFT + BAR + 1:
        shapes.append(Line(at, top + 2, at, top + 28, TARGET, 2))
    shapes.append(Label(x + 8, top + 19, total, bold=True))
    shapes.append(Label(WIDTH - 4, top + 19, target, "end", TARGET))
    return shapes


def _legend(entries: list[tuple[str, str]], top: float) -> list[Shape]:
    shapes: list[Shape] = []
    for place, (text, fill) in enumerate(entries):
        x = 8.0 + place * 168.0
        shapes += [Rect(x, top, 11, 11, fill), Label(x + 16, top + 10, text, size=10.5, fill=MUTED)]
    return shapes


def per_day(series: Daily | None, days: int, about: tuple[str, str, str], language: Language) -> Chart:
    """Draws one bar per day that was measured; other days stay empty. `about` is code, title and unit."""
    code, title, unit = about
    points = series.points if series else ()
    values = [None if point.value is None else float(point.value) for point in points]
    known = [value for value in values if value is not None and math.isfinite(value)]
    ident = f"chart-{code.lower()}"
    if not known:
        return nothing(ident, title, language)
    left, right, top, bottom = 74.0, WIDTH - 6.0, 12.0, 150.0
    step = _nice(max(known) / 3)
    ticks = max(1, math.ceil(max(known) / step - 1e-9))
    shapes: list[Shape] = []
    for tick in range(ticks + 1):
        y = bottom - (bottom - top) * tick / ticks
        shapes.append(Line(left, y, right, y, GRID if tick else MUTED))
        shapes.append(
            Label(left - 6, y + 4, language.quantity(step * tick, unit, brief=True), "end", MUTED, 10)
        )
    width = (right - left) / days
    for place, value in enumerate(values):
        if value is not None and math.isfinite(value):
            x, height = left + place * width, (bottom - top) * value / (step * ticks)
            shapes.append(Rect(x + width * 0.15, bottom - height, width * 0.7, height, PHASES["configured"]))
    for day in range(0, days, 2):
        shapes.append(Label(left + (day + 0.5) * width, bottom + 14, str(day + 1), "middle", MUTED, 9.5))
    low, high = (language.quantity(pick, unit) for pick in (min(known), max(known)))
    alt = language.say("chart_daily_alt", title=title, count=len(known), low=low, high=high)
    return Chart(ident, title, alt, bottom + 22, tuple(shapes))


def _nice(number: float) -> float:
    """Gives the smallest of 1, 2, 2.5, 5 times a power of ten that is not below a number; 1 for nothing."""
    if number <= 0:
        return 1.0
    power = 10.0 ** math.floor(math.log10(number))
    return next(step * power for step in (1.0, 2.0, 2.5, 5.0, 10.0) if step * power >= number * (1 - 1e-9))
