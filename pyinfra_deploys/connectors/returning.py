"""Waits for a switch to come back by itself and proves what it runs then; saves what is kept, and proves that too."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

from estate.switches.pushed import Pushed, Word, same
from estate.switches.reading import ConfigurationError
from pyinfra_deploys.connectors.console import Console
from pyinfra_deploys.connectors.way import NotReachedError, SwitchError, Way

Settled = Callable[[str], bool | None]
"""Judges a reading: None what was before, True what is intended, False something else."""


@dataclass(frozen=True)
class Pace:
    """How long things take: the timer in minutes of `minute` seconds, the waits after it in seconds.

    `patience` is how long a switch may stay away after its timer, `pause` lies between the two readings that prove a
    rollback, `retry` between two logins.
    """

    minutes: int = 5
    minute: float = 60.0
    patience: float = 300.0
    pause: float = 5.0
    retry: float = 3.0

    @property
    def timer(self) -> float:
        """The seconds until the switch goes back by itself."""
        return self.minutes * self.minute


def returned(way: Way, after: Way, settled: Settled, armed_at: float, pace: Pace, seen: list[str]) -> Pushed:
    """Waits for the timer, then looks until the switch is what it was, in two readings by two logins.

    Nothing is sent meanwhile. Lines that were on their way can land after the rollback, so one reading proves nothing.
    """
    time.sleep(max(0.0, armed_at + pace.timer - time.monotonic()))
    latest = armed_at + pace.timer + pace.patience
    found, why = "lost", ""
    while True:
        try:
            state = _steadily(way, after, settled, pace)
        except (SwitchError, ConfigurationError) as error:
            found, why = "lost" if isinstance(error, NotReachedError) else found, str(error)
        else:
            if state is None:
                return Pushed(way.name, "rolled back", tuple(seen))
            if state == "":
                seen.append("the timer had been called off all the same")
                word, said = saved(after)
                return Pushed(way.name, word, (*seen, *said))
            found, why = "not restored", state
        if time.monotonic() > latest:
            return Pushed(way.name, "lost" if found == "lost" else "not restored", (*seen, why))
        time.sleep(pace.retry)


def _steadily(way: Way, after: Way, settled: Settled, pace: Pace) -> str | None:
    """Gives None when two readings are what was before, "" when both are what is intended, else what they are."""
    first = settled(_read(way, after))
    time.sleep(pace.pause)
    second = settled(_read(way, after))
    if first is None and second is None:
        return None
    if first and second:
        return ""
    return (
        "what it runs changes after the rollback"
        if first is None
        else "it runs neither what it did nor what it shall"
    )


def _read(way: Way, after: Way) -> str:
    try:
        console = Console(way)
    except NotReachedError as error:
        if not error.refused or after == way:
            raise
        console = Console(after)  # the login that came with the lines
    with console:
        text = console.running()
        if console.dialect.nothing_pending not in console.said(console.dialect.pending):
            raise SwitchError(f"{way.name}: its timer still runs")
        return text


def saved(way: Way) -> tuple[Word, tuple[str, ...]]:
    """Saves what runs by a new login, and proves by a reading that the switch starts from it."""
    try:
        with Console(way) as console:
            return saved_in(console)
    except (SwitchError, ConfigurationError) as error:
        return "not saved", (str(error),)


def saved_in(console: Console) -> tuple[Word, tuple[str, ...]]:
    """Does the same in a session that is open; raises what it raises."""
    console.say("write memory", console.dialect.saves)
    if same(console.running(), console.startup()):
        return "confirmed", ("it starts from what it runs",)
    return "not saved", ("after `write memory`, it starts from something else than it runs",)
