"""Holds the telephones of one scenario and what they have to hear, and weighs it against their recordings."""

from __future__ import annotations

import time
import wave
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from exporters.call_phone import Event, Phone
from exporters.call_tones import heard, samples, sounding

SOON = 4.0
"""How many seconds a thing may take that a step awaits, unless the step says otherwise."""
LOST = 0.6
"""Seconds of a tone that may be missing at the ends of a talk: recordings begin late and end early."""
KEPT = 0.4
"""What part of a short talk has to be heard all the same."""
CLOSED = 3.0
"""How many seconds a telephone may take to finish a recording."""
ANSWERED, OVER = "CALL_ESTABLISHED", "CALL_CLOSED"
FIRST_ANSWERS = ("CALL_RINGING", "CALL_PROGRESS", "CALL_ANSWERED", ANSWERED)


class MissedError(Exception):
    """Says what was expected, and what was found instead."""

    def __init__(self, expected: str, found: str) -> None:
        """Keeps both."""
        super().__init__(f"expected {expected}; found {found}")
        self.expected = expected
        self.found = found


@dataclass
class Figures:
    """States what a scenario measured: seconds from dialling to the first answer, packets lost and received."""

    delays: list[float] = field(default_factory=list)
    lost: int = 0
    packets: int = 0


@dataclass
class Scene:
    """Knows the telephones of a scenario by name, and for how many seconds which of them has to hear which tone.

    `tones` gives the frequencies that are no telephone's own. `marks` are the places in a telephone's events from which
    on it is looked at, `dialled` the moments at which it dialled. `sound` tells whether all that had to be heard was
    heard; None when it was not weighed.
    """

    phones: Mapping[str, Phone]
    tones: Mapping[str, float]
    figures: Figures = field(default_factory=Figures)
    marks: dict[str, int] = field(default_factory=dict)
    dialled: dict[str, float] = field(default_factory=dict)
    least: dict[tuple[str, str], float] = field(default_factory=dict)
    most: dict[tuple[str, str], float] = field(default_factory=dict)
    loud: dict[str, float] = field(default_factory=dict)
    bearable: float | None = None
    sound: bool | None = None

    def weigh(self) -> None:
        """Ends what is still on, and compares every recording with what had to be heard; raises MissedError."""
        for phone in self.phones.values():
            if phone.open_calls():
                phone.say("hangupall", "dir=all")
        for phone in self.phones.values():
            phone.settled(SOON)
        self._measure()
        self.sound = False
        for (who, tone), seconds in self.least.items():
            bound = max(seconds - LOST, seconds * KEPT)
            if (found := self._heard(who, tone)) < bound:
                raise MissedError(f"{who} hears {tone} for {bound:.1f} s", f"{found:.1f} s of it")
        for (who, tone), seconds in self.most.items():
            bound = self.least.get((who, tone), 0) + seconds - LOST
            if (found := self._heard(who, tone)) > bound:
                raise MissedError(f"{who} hears {tone} for {bound:.1f} s at most", f"{found:.1f} s of it")
        for who, seconds in self.loud.items():
            found = sum(sounding(closed(path)) for path in self.phones[who].recordings())
            if found < seconds:
                raise MissedError(f"{who} hears something for {seconds:.1f} s", f"{found:.1f} s of it")
        self.sound = True if self.least or self.loud else None
        self._bear()

    def _bear(self) -> None:
        lost, packets = self.figures.lost, self.figures.packets
        if self.bearable is not None and (not packets or lost / packets > self.bearable):
            raise MissedError(f"at most {self.bearable:.0%} of the packets are lost", f"{lost} of {packets}")

    def _heard(self, who: str, tone: str) -> float:
        hertz = self.phones[tone].line.tone if tone in self.phones else self.tones[tone]
        return sum(heard(closed(path), hertz) for path in self.phones[who].recordings())

    def _measure(self) -> None:
        for name, phone in self.phones.items():
            if name in self.dialled:
                events = phone.events[self.marks[name] :]
                first = next((event for event in events if event.kind in FIRST_ANSWERS), None)
                self.figures.delays += [first.at - self.dialled[name]] if first else []
            for stream in phone.streams:
                if "PR" in stream and "PL" in stream:
                    self.figures.packets += int(stream["PR"])
                    self.figures.lost += max(0, int(stream["PL"].split(",")[0]))

    def over(self, who: str, within: float) -> Event:
        """Awaits that the call of a telephone is over."""
        event = self.first(who, (OVER,), within)
        if event is None:
            raise MissedError(f"the call of {who} ends within {within:g} s", "it goes on")
        return event

    def first(self, who: str, kinds: tuple[str, ...], within: float) -> Event | None:
        """Gives the first event of one of these kinds since the telephone's mark; None when none came in time."""
        return self.phones[who].wait(self.marks[who], lambda event: event.kind in kinds, within)


def closed(path: Path) -> tuple[int, ...]:
    """Reads a recording as soon as the telephone has finished it, which it does some moments after the call."""
    until = time.monotonic() + CLOSED
    while True:
        try:
            return samples(path)
        except (wave.Error, EOFError) as unfinished:
            if time.monotonic() > until:
                raise ValueError(f"{path.parent.name}: recording {path.name}: {unfinished}") from None
            time.sleep(0.05)


def said(event: Event | None) -> str:
    """Puts into words how a call ended, or that nothing happened."""
    if event is None:
        return "nothing happened"
    return f"it ended: {event.told.get('param') or 'hung up'}"
