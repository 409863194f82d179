"""The shapes of a dashboard: rows of panels, each with one question, one unit, and colours that an alert explains."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

WIDTH = 24


class Kind(Enum):
    """How a panel shows its answer: lamps, numbers and bars show now, courses and states the time until now."""

    LAMP = "lamp"
    NUMBER = "number"
    BARS = "bars"
    COURSE = "course"
    STATES = "states"
    TABLE = "table"

    @property
    def now(self) -> bool:
        """Tells whether only the present answer is asked for."""
        return self not in (Kind.COURSE, Kind.STATES)


class Colour(Enum):
    """What a colour means; the value is Grafana's name of it."""

    GOOD = "green"
    WARNING = "yellow"
    CRITICAL = "red"
    NEUTRAL = "blue"


@dataclass(frozen=True)
class Limit:
    """Is where a value takes the colour of an alert: `at` is the number that stands in the rule of the alert.

    `first` is the smallest value that is coloured where it is not `at` itself (a count above 0 begins at 1).
    `share` says that the panel shows a value as a share of its declared target, so that the rule's limit is 1.
    `colour` is for the few limits of which no alert speaks (a count of alerts itself); `alert` is empty then.
    """

    alert: str
    at: float
    above: bool = True
    first: float | None = None
    share: bool = False
    colour: Colour | None = None

    @property
    def edge(self) -> float:
        """Gives the value at which the colour changes."""
        return self.at if self.first is None else self.first


@dataclass(frozen=True)
class State:
    """Is the word for one value; its colour is that of the alert that fires on it, or the one given."""

    value: int
    word: str
    alert: str = ""
    colour: Colour = Colour.GOOD


@dataclass(frozen=True)
class Panel:
    """Is one question to Prometheus and how its answer is shown; unit is an id of Grafana, opens names a board."""

    name: str
    kind: Kind
    unit: str
    query: str
    legend: str = "__auto"
    limits: tuple[Limit, ...] = ()
    states: tuple[State, ...] = ()
    never: bool = False
    opens: str = ""
    width: int = 8
    height: int = 8


@dataclass(frozen=True)
class Row:
    """Is a titled group of panels."""

    name: str
    panels: tuple[Panel, ...]


@dataclass(frozen=True)
class Board:
    """Is one dashboard; its name is the stem of its file and the middle of its uid."""

    name: str
    rows: tuple[Row, ...]
    hours: int = 24

    @property
    def panels(self) -> tuple[Panel, ...]:
        """Gives the panels of all rows in their order."""
        return tuple(panel for row in self.rows for panel in row.panels)
