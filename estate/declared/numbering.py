"""Knows every number of the telephone exchange: who or what has it, and what names it; pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from typing import Literal

from estate.declared.mistakes import Place
from estate.declared.people import Person
from estate.declared.telephony import Telephony

Kind = Literal["person", "telephone", "hunt group", "queue", "fax line"]

TELEPHONES: frozenset[Kind] = frozenset({"person", "telephone"})
ANSWERING: frozenset[Kind] = TELEPHONES | {"hunt group", "queue"}
CALLING: frozenset[Kind] = TELEPHONES | {"fax line"}
ANYTHING: frozenset[Kind] = ANSWERING | {"fax line"}

WORDS = {
    TELEPHONES: "telephone of a person or thing",
    ANSWERING: "telephone, hunt group or queue",
    CALLING: "telephone or fax line",
    ANYTHING: "number of the exchange",
}
"""What a reference may name, in words."""


@dataclass(frozen=True)
class Holder:
    """Has a number: `place` is where the number stands, below the key of people (kind person) or of telephony."""

    number: str
    kind: Kind
    name: str
    place: Place
    person: Person | None = None

    def __str__(self) -> str:
        """Gives it in words, such as `hunt group Santral`."""
        if self.person is not None:
            return f"the extension of {self.name} ({self.person.personnel_number})"
        return f"the {self.kind} {self.name}"


@dataclass(frozen=True)
class Reference:
    """Names a number elsewhere in telephony.yml: `what` it is there, and which kinds of holder make sense."""

    number: str
    place: Place
    what: str
    kinds: frozenset[Kind]


def holders(telephony: Telephony, people: Iterable[Person]) -> Iterator[Holder]:
    """Yields who or what has a number, people first; who left keeps the number until it is taken out of the record."""
    for i, person in enumerate(people):
        if person.extension is not None:
            yield Holder(person.extension, "person", person.display_name, (i, "extension"), person)
    kinds: tuple[tuple[str, Kind], ...] = (
        ("extensions", "telephone"),
        ("fax_lines", "fax line"),
        ("hunt_groups", "hunt group"),
        ("queues", "queue"),
    )
    for key, kind in kinds:
        for i, row in enumerate(getattr(telephony, key)):
            yield Holder(row.number, kind, row.name, (key, i, "number"))


def references(telephony: Telephony) -> Iterator[Reference]:
    """Yields every place that names a number which must stand elsewhere."""
    for i, inbound in enumerate(telephony.inbound):
        what = f"where calls to {inbound.number} go"
        yield Reference(inbound.to, ("inbound", i, "to"), what, ANYTHING)
    for i, number in enumerate(telephony.limits.night_exceptions):
        yield Reference(number, ("limits", "night_exceptions", i), "an exception of limits at night", CALLING)
    yield from _of_subscribers(telephony)
    for key, kind in (("hunt_groups", "hunt group"), ("queues", "queue")):
        for i, row in enumerate(getattr(telephony, key)):
            for j, number in enumerate(row.members):
                yield Reference(
                    number, (key, i, "members", j), f"a member of {kind} {row.number}", TELEPHONES
                )
            if row.otherwise is not None:
                what = f"where calls of {kind} {row.number} go otherwise"
                yield Reference(row.otherwise, (key, i, "otherwise"), what, ANSWERING)
    for i, group in enumerate(telephony.pickup_groups):
        for j, number in enumerate(group.members):
            what = f"a member of pickup group {group.name}"
            yield Reference(number, ("pickup_groups", i, "members", j), what, TELEPHONES)
    yield from _of_phones(telephony)


def _of_subscribers(telephony: Telephony) -> Iterator[Reference]:
    for i, row in enumerate(telephony.subscribers):
        whose = f"of {row.personnel_number}"
        if row.secretary is not None:
            yield Reference(
                row.secretary, ("subscribers", i, "secretary"), f"the secretary {whose}", TELEPHONES
            )
        for j, number in enumerate(row.passes):
            what = f"one who passes the secretary {whose}"
            yield Reference(number, ("subscribers", i, "passes", j), what, TELEPHONES)


def _of_phones(telephony: Telephony) -> Iterator[Reference]:
    for i, phone in enumerate(telephony.phones):
        for j, number in enumerate(phone.extensions):
            what = f"an account of the telephone set {phone.mac}"
            yield Reference(number, ("phones", i, "extensions", j), what, TELEPHONES)
        for j, key in enumerate(phone.keys):
            what = f"key {key.position} of the telephone set {phone.mac}"
            yield Reference(key.extension, ("phones", i, "keys", j, "extension"), what, ANYTHING)


def naming(telephony: Telephony, person: Person) -> list[str]:
    """Tells where telephony.yml names the extension of a person, or the person; in its order."""
    return _named(person, [(row.number, row.what) for row in references(telephony)], _rows(telephony))


def undecided(telephony: Telephony, people: Iterable[Person], today: date) -> list[str]:
    """Tells what still names somebody who has left: it rings nobody, and somebody has to decide who follows."""
    left = [person for person in people if person.has_left(today)]
    numbers = {person.extension for person in left}
    named = [(row.number, row.what) for row in references(telephony) if row.number in numbers]
    rows = _rows(telephony)
    return [
        f"{_who(person)} has left ({person.closed_from}) and is still {what}"
        for person in left
        for what in _named(person, named, rows)
    ]


def _rows(telephony: Telephony) -> frozenset[str]:
    return frozenset(row.personnel_number for row in telephony.subscribers)


def _named(person: Person, named: Iterable[tuple[str, str]], rows: frozenset[str]) -> list[str]:
    found = [what for number, what in named if number == person.extension]
    return found + (["in a row of subscribers"] if person.personnel_number in rows else [])


def _who(person: Person) -> str:
    number = f", {person.extension}" if person.extension else ""
    return f"{person.display_name} ({person.personnel_number}{number})"


def reserved(telephony: Telephony) -> frozenset[str]:
    """Gives the extensions that no person is drawn.

    They are those of things, those whose outside number leads elsewhere, and those that 112 would call back.
    """
    own = {holder.number for holder in holders(telephony, ())}
    prefix = telephony.plan.did_prefix
    diverted = {
        row.number.removeprefix(prefix)
        for row in telephony.inbound
        if row.number.startswith(prefix) and row.number != prefix + row.to
    }
    called_back = {number.removeprefix(prefix) for number in telephony.emergency.callers.values()}
    return frozenset(own | diverted | called_back)
