"""Derives the lines of the exchange on a day: who answers at each extension, what it may call, what it shows."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Literal

from estate.declared.calling import CallingClass, SharedExtension, Subscriber
from estate.declared.estate import Estate
from estate.declared.holdings import holdings
from estate.declared.people import Person
from estate.declared.turkish import ascii_of, tidy
from estate.telephony.syntax import MEANING

SHARED = "shared"
"""Holds every extension that is nobody's own, where the personnel number stands otherwise."""


@dataclass(frozen=True)
class Line:
    """One extension as the exchange knows it.

    `name` is ASCII, `holder` the personnel number (SHARED for a thing). `emergency` and `outside` are the numbers shown
    to who answers an emergency and to others outside. `mail` gets what the mailbox records, when there is one.
    `groups` are those in which calls are picked up. `secretary` answers first, `passes` get through beside it.
    """

    number: str
    name: str
    kind: Literal["sip", "analog"]
    holder: str
    unit: str | None
    site: str | None
    calling_class: CallingClass
    voicemail: bool
    mail: str | None
    secret_issued: date
    emergency: str
    outside: str
    groups: tuple[str, ...]
    at_night: bool
    ring_seconds: int
    secretary: str | None = None
    passes: tuple[str, ...] = ()


def lines(estate: Estate, today: date) -> tuple[Line, ...]:
    """Gives every line that works on a day, by number: people between first and last day, things and probes always."""
    kinds = {one.personnel_number: one for one in estate.telephony.subscribers}
    found = [
        _of_person(estate, held.extension, held.person, kinds.get(held.person.personnel_number))
        for held in holdings(estate, today)
        if held.extension is not None
    ]
    found += [_of_thing(estate, thing) for thing in estate.telephony.extensions]
    return tuple(sorted(found, key=lambda line: line.number))


def caller_name(text: str, number: str) -> str:
    """Gives a name as telephones show it: ASCII, no sign that Asterisk obeys; the number when nothing is left."""
    bare = "".join(" " if letter in MEANING else letter for letter in ascii_of(text))
    return tidy("".join(letter for letter in bare if letter.isprintable())) or number


def _of_person(estate: Estate, number: str, person: Person, differs: Subscriber | None) -> Line:
    usual = estate.telephony.defaults
    own = differs or Subscriber(personnel_number=person.personnel_number)
    return Line(
        number=number,
        name=caller_name(person.display_name, number),
        kind="sip",
        holder=person.personnel_number,
        unit=person.unit,
        site=person.site,
        calling_class=own.calling_class or usual.calling_class,
        voicemail=usual.voicemail if own.voicemail is None else own.voicemail,
        mail=person.mail,
        secret_issued=own.secret_issued or usual.secret_issued,
        emergency=_emergency(estate, person.site),
        outside=f"{estate.telephony.plan.did_prefix}{number}",
        groups=_groups(estate, number, person.unit),
        at_night=number in estate.telephony.limits.night_exceptions,
        ring_seconds=usual.ring_seconds,
        secretary=own.secretary,
        passes=own.passes,
    )


def _of_thing(estate: Estate, thing: SharedExtension) -> Line:
    told = estate.telephony
    probe = f"{estate.mail.probe.account}@{estate.mail.domain}"
    return Line(
        number=thing.number,
        name=caller_name(thing.name, thing.number),
        kind=thing.kind,
        holder=SHARED,
        unit=thing.unit,
        site=thing.site,
        calling_class=thing.calling_class,
        voicemail=thing.voicemail,
        mail=probe if thing.number in told.probe.extensions else None,
        secret_issued=thing.secret_issued or told.defaults.secret_issued,
        emergency=_emergency(estate, thing.site),
        outside=f"{told.plan.did_prefix}{thing.number}",
        groups=_groups(estate, thing.number, thing.unit),
        at_night=thing.number in told.limits.night_exceptions,
        ring_seconds=told.defaults.ring_seconds,
    )


def _emergency(estate: Estate, site: str | None) -> str:
    told = estate.telephony
    return told.emergency.callers.get(site or "", told.plan.main_number)


def _groups(estate: Estate, number: str, unit: str | None) -> tuple[str, ...]:
    declared = (f"grup-{group.name}" for group in estate.telephony.pickup_groups if number in group.members)
    return (*((f"birim-{unit}",) if unit is not None else ()), *declared)
