"""Gives the calendar of drills: what was held, with its result, and the windows in which they shall be held; pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, tzinfo
from typing import Literal

from estate.declared.drills import Drill
from estate.drill.timing import Attempt, Standing, ahead

RESULT_TR = {"passed": "başarılı", "failed": "başarısız", "error": "sonuçsuz"}
_SHORTEST = timedelta(minutes=1)
_CRLF = "\r\n"
_OCTETS = 75


@dataclass(frozen=True)
class Event:
    """Is one entry of the calendar; `run` and `result` are empty while it is planned.

    `uid` stays: the third drill of a scenario has the same one before and after it was held, so that a calendar that
    takes the file anew moves the entry. An attempt without a verdict has its own.
    """

    uid: str
    scenario: str
    title: str
    kind: Literal["held", "planned"]
    begins: datetime
    ends: datetime
    result: str = ""
    run: str = ""


def events(
    rows: Iterable[tuple[Drill, Sequence[Attempt], Standing]], since: datetime, until: datetime, zone: tzinfo
) -> list[Event]:
    """Gives everything between two moments, in order of time."""
    found: list[Event] = []
    for drill, attempts, standing in rows:
        number = 0
        for one in attempts:
            number += one.counts
            uid = f"{drill.id}-{number}" if one.counts else one.run.lower()
            ends = max(one.ended, one.began + _SHORTEST)
            found.append(Event(uid, drill.id, drill.title_tr, "held", one.began, ends, one.result, one.run))
        for later, window in enumerate(ahead(drill, standing, until, zone), start=number + 1):
            uid = f"{drill.id}-{later}"
            found.append(Event(uid, drill.id, drill.title_tr, "planned", window.opens, window.closes))
    return sorted(
        (one for one in found if one.ends > since and one.begins < until), key=lambda one: one.begins
    )


def ics(found: Iterable[Event], domain: str, now: datetime) -> str:
    """Gives the events as iCalendar (RFC 5545), in Turkish, ready to be imported.

    Times are in UTC, which needs no rule for the zone of the municipality: each calendar shows them on its own clock.
    """
    lines = [
        "BEGIN:VCALENDAR",
        "VERSION:2.0",
        f"PRODID:-//{_escaped(domain)}//estate drill calendar//TR",
        "CALSCALE:GREGORIAN",
        "X-WR-CALNAME:Tatbikat takvimi",
    ]
    for event in found:
        lines += _event(event, domain, now)
    return _CRLF.join(_folded(line) for line in [*lines, "END:VCALENDAR"]) + _CRLF


def _event(event: Event, domain: str, now: datetime) -> list[str]:
    held = event.kind == "held"
    said = f"Tatbikat yapıldı ({RESULT_TR[event.result]})" if held else "Tatbikat"
    about = f"Çalıştırma: {event.run}" if held else f"Komut: ./scripts/estate drill run {event.scenario}"
    return [
        "BEGIN:VEVENT",
        f"UID:tatbikat-{event.uid}@{domain}",
        f"DTSTAMP:{_utc(now)}",
        f"DTSTART:{_utc(event.begins)}",
        f"DTEND:{_utc(event.ends)}",
        f"SUMMARY:{_escaped(f'{said}: {event.title}')}",
        f"DESCRIPTION:{_escaped(about)}",
        f"STATUS:{'CONFIRMED' if held else 'TENTATIVE'}",
        f"CATEGORIES:{_escaped('Tatbikat')}",
        "TRANSP:TRANSPARENT",
        "END:VEVENT",
    ]


def _utc(moment: datetime) -> str:
    return f"{moment.astimezone(UTC):%Y%m%dT%H%M%SZ}"


def _escaped(text: str) -> str:
    """Marks what has a meaning of its own in a value of the kind TEXT."""
    for sign in ("\\", ";", ","):
        text = text.replace(sign, f"\\{sign}")
    return text.replace("\n", "\\n")


def _folded(line: str) -> str:
    """Breaks a line into pieces of at most 75 octets, none of which cuts a letter in two."""
    pieces, piece = [], ""
    for letter in line:
        if len((piece + letter).encode()) > _OCTETS:
            pieces.append(piece)
            piece = " "
        piece += letter
    return _CRLF.join([*pieces, piece])
