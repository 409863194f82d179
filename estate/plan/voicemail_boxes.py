"""Plans whose voicemail stays, who gets it, and what of it goes; pure.

A number is given to somebody else one day, and a box is named after its number: each box carries the mark of its
holder, so that nobody hears what was said to somebody before.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Literal

from estate.declared.estate import Estate
from estate.records import Change
from estate.telephony.lines import SHARED, Line

Fate = Literal["move", "keep", "purge"]


@dataclass(frozen=True)
class Box:
    """What lies in one box: whose it is by its mark (None: nobody marked it), messages and their bytes."""

    holder: str | None
    messages: int
    bytes: int


@dataclass(frozen=True)
class Leaving:
    """One box whose holder does not have the number any more: what becomes of it, and why.

    `to` is the number whose box gets the messages, with `move` alone; `keep` lays the box aside for the law.
    """

    number: str
    box: Box
    fate: Fate
    why: str
    to: str | None = None


@dataclass(frozen=True)
class Boxes:
    """What has to become of the boxes: `holders` by number of all that have to be there, `leaving` the others."""

    holders: Mapping[str, str]
    leaving: tuple[Leaving, ...]


def boxes(
    estate: Estate, lines: Iterable[Line], numbers: Iterable[str], held: Mapping[str, Box], today: date
) -> Boxes:
    """Gives what has to become of every box, from the `numbers` with voicemail and what is `held`, by number.

    A line without voicemail has an empty box, which carries the mark of its holder. Held by number and holder
    (`2805-100136`) is what a run that died took from its number, and did nothing else with.
    """
    known = {line.number: line.holder for line in lines}
    holders = {**dict.fromkeys(numbers, SHARED), **known}
    by_holder = {known[number]: number for number in numbers if known.get(number, SHARED) != SHARED}
    leaving = tuple(
        _fate(estate, key.partition("-")[0], box, by_holder, today)
        for key, box in sorted(held.items())
        if box.holder is not None and box.holder != holders.get(key)
    )
    return Boxes(holders, leaving)


def _fate(estate: Estate, number: str, box: Box, by_holder: Mapping[str, str], today: date) -> Leaving:
    if own := by_holder.get(str(box.holder)):
        return Leaving(number, box, "move", "moved with its holder", own)
    person = next((one for one in estate.people if one.personnel_number == box.holder), None)
    if person is not None and person.legal_hold:
        return Leaving(number, box, "keep", "under legal hold")
    if person is not None and person.has_left(today) and person.hand_over in by_holder:
        return Leaving(
            number, box, "move", f"handed over to {person.hand_over}", by_holder[str(person.hand_over)]
        )
    if person is not None and person.has_left(today):
        return Leaving(number, box, "purge", f"left, closed from {person.closed_from}")
    return Leaving(number, box, "purge", "the number is somebody else's or nobody's now")


def changes(found: Boxes, held: Mapping[str, Box], subject: str, host: str) -> tuple[Change, ...]:
    """Gives the changes: boxes that get their mark, and those whose holder does not have the number any more."""
    marked = [
        Change(host, "pyinfra", subject, "create", f"voicemail of {number}", None, f"box of {holder}")
        for number, holder in sorted(found.holders.items())
        if number not in held or held[number].holder != holder
    ]
    words = {
        "move": "{0} messages to {1}: {2}",
        "keep": "{0} messages laid aside: {2}",
        "purge": "{0} messages deleted: {2}",
    }
    left = [
        Change(
            host,
            "pyinfra",
            subject,
            "update",
            f"voicemail of {one.number}",
            f"box of {one.box.holder}",
            words[one.fate].format(one.box.messages, one.to, one.why),
        )
        for one in found.leaving
    ]
    return (*left, *marked)
