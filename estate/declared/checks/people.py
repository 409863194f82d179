"""Checks that people belong to the municipality, and that none has another's number, name or address."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, timedelta

from estate.declared.checks.checking import Parts, Sayer, needing
from estate.declared.identities import login_of
from estate.declared.mistakes import Place
from estate.declared.people import Person


@needing("people", "mail")
def people_are_unique(parts: Parts, say: Sayer, today: date) -> None:
    """Refuses a number, name or address that two people share, and an address of another domain."""
    for attribute in ("personnel_number", "user", "sam_account_name", "extension"):
        values = [((i, attribute), getattr(person, attribute)) for i, person in enumerate(parts.people)]
        say.twice("people", values, attribute)
    rows = [row for i, person in enumerate(parts.people) for row in _addresses(i, person)]
    say.twice("people", rows, "address")
    for place, address in rows:
        domain = address.partition("@")[2]
        if domain != parts.mail.domain:
            right = f"write {login_of(address)}@{parts.mail.domain}"
            say("people", place, f"{domain} is not the domain of the mail service", right)


@needing("people", "organisation", "sites")
def people_belong(parts: Parts, say: Sayer, today: date) -> None:
    """Refuses a person of no unit or site, an extension of another unit, days in the wrong order."""
    blocks = {row.slug: row.extensions for row in parts.organisation.directorates}
    codes = {site.code for site in parts.sites}
    for i, person in enumerate(parts.people):
        if person.unit is not None and person.unit not in blocks:
            say.unknown("people", (i, "unit"), person.unit, "directorate", blocks)
        elif person.unit is not None and person.extension is not None:
            block = blocks[person.unit]
            if not block.first <= person.extension <= block.last:
                say(
                    "people",
                    (i, "extension"),
                    f"{person.extension} is not an extension of {person.unit}",
                    f"take one from {block.first} to {block.last}",
                )
        if person.site is not None and person.site not in codes:
            say.unknown("people", (i, "site"), person.site, "site", codes)
        if person.acting is not None and person.acting.unit not in blocks:
            say.unknown("people", (i, "acting", "unit"), person.acting.unit, "directorate", blocks)
        _status_fits(person, i, say)
        _days_fit(person, i, say)
        _names_fit(person, i, say)


@needing("people", "directory")
def mail_is_handed_over(parts: Parts, say: Sayer, today: date) -> None:
    """Refuses to hand the kept mail of somebody who left to nobody, to themselves, or to who has left as well."""
    people = {person.personnel_number: person for person in parts.people}
    for i, person in enumerate(parts.people):
        place = (i, "hand_over")
        if person.hand_over is None:
            continue
        heir = people.get(person.hand_over)
        closed = person.closed_from
        if closed is None:
            right = "write the last day as end, or remove hand_over"
            say("people", place, f"{person.display_name} leaves on no known day", right)
        elif heir is None:
            say.unknown("people", place, person.hand_over, "personnel number of a person", people)
        elif heir is person:
            say("people", place, "the mail is handed to its own owner", "name somebody who stays")
        elif heir.mail is None:
            say("people", place, f"{heir.display_name} has no mailbox", "name somebody who has one")
        elif _is_kept(person, closed, parts, today) and heir.has_left(max(today, closed)):
            wrong = f"{heir.display_name} has left as well (access closed from {heir.closed_from})"
            say("people", place, wrong, "name somebody who stays")


def _is_kept(person: Person, closed: date, parts: Parts, today: date) -> bool:
    return person.legal_hold or today < closed + timedelta(days=parts.directory.retention_days)


def _addresses(i: int, person: Person) -> Iterable[tuple[Place, str]]:
    if person.mail is not None:
        yield (i, "mail"), person.mail
    yield from (((i, "mail_aliases", j), alias) for j, alias in enumerate(person.mail_aliases))


def _status_fits(person: Person, i: int, say: Sayer) -> None:
    who = person.user or person.personnel_number
    if person.status == "firma":
        if person.end is None:
            say("people", (i,), f"{who} works for a vendor and has no end", "write the contract's last day")
        if person.unit is not None:
            say("people", (i, "unit"), f"{who} works for a vendor and has a unit", "remove the unit")
    elif person.unit is None:
        say("people", (i,), f"{who} has no unit", "write the slug of a directorate")


def _days_fit(person: Person, i: int, say: Sayer) -> None:
    right = "mend one of the two"
    if person.end is not None and person.end < person.start:
        say("people", (i, "end"), f"{person.end} is before the start {person.start}", right)
    elif person.cut_off is not None and person.end is None:
        say(
            "people", (i, "cut_off"), "access is cut off and the work has no end", "write the last day as end"
        )
    elif person.cut_off is not None and person.end is not None and person.cut_off > _next(person.end):
        say(
            "people", (i, "cut_off"), f"access until {person.cut_off} outlasts the work ({person.end})", right
        )
    if person.acting is not None and person.acting.end < person.start:
        say("people", (i, "acting", "end"), f"{person.acting.end} is before the start {person.start}", right)


def _names_fit(person: Person, i: int, say: Sayer) -> None:
    if (person.user is None) != (person.sam_account_name is None):
        have, lack = ("user", "sam_account_name") if person.user else ("sam_account_name", "user")
        say("people", (i, have), f"an account with {have} and without {lack}", f"write {lack} as well")
    if person.mail is not None and person.user is None:
        say("people", (i, "mail"), "a mailbox without an account", "write user and sam_account_name as well")
    if person.mail is None and person.mail_aliases:
        say("people", (i, "mail_aliases"), "further addresses of no mailbox", "write mail as well")


def _next(day: date) -> date:
    return day if day == date.max else day + timedelta(days=1)
