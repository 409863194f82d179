"""Checks that calls go to numbers that exist, at hours that exist, and never round in a circle."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from estate.declared.calling import PLAYED, STOCK_SOUNDS, HuntGroup, Queue
from estate.declared.checks.checking import Parts, Sayer, needing
from estate.declared.graph import reaches
from estate.declared.mistakes import Place
from estate.declared.numbering import ANSWERING, WORDS, holders, references
from estate.declared.telephony import Telephony

EXCHANGES = "telephone_exchanges"
"""The group of hosts.yml that the role telephone_exchange builds."""


@needing("telephony", "people", "organisation")
def calls_reach_numbers(parts: Parts, say: Sayer, today: date) -> None:
    """Refuses a reference to a number that nobody has, or whose holder does not fit; the help desk's as well."""
    kinds = {holder.number: holder for holder in holders(parts.telephony, parts.people)}
    for row in references(parts.telephony):
        holder = kinds.get(row.number)
        if holder is None:
            say("telephony", row.place, f"nobody has the number {row.number}", f"name a {WORDS[row.kinds]}")
        elif holder.kind not in row.kinds:
            say("telephony", row.place, f"{row.number} is {holder}", f"name a {WORDS[row.kinds]}")
    desk = kinds.get(parts.organisation.help_desk.extension)
    if desk is None or desk.kind not in ANSWERING:
        place = ("help_desk", "extension")
        wrong = f"nobody answers {parts.organisation.help_desk.extension}"
        right = f"name a {WORDS[ANSWERING]}, or declare one in estate/telephony.yml"
        say("organisation", place, wrong, right)


@needing("telephony")
def calls_come_to_an_end(parts: Parts, say: Sayer, today: date) -> None:
    """Refuses groups and queues that hand a call on in a circle."""
    declared = parts.telephony
    onward = {row.number: [row.otherwise] for _, row in _groups(declared) if row.otherwise is not None}
    for place, row in _groups(declared):
        if row.otherwise is not None and reaches(row.otherwise, row.number, onward):
            wrong = f"calls of {row.number} come back to it"
            say(
                "telephony", (*place, "otherwise"), wrong, "name a telephone, or leave it out for the mailbox"
            )


@needing("telephony", "people")
def subscribers_are_people(parts: Parts, say: Sayer, today: date) -> None:
    """Refuses a row for nobody or for somebody without an extension, and a secretary who is filtered in turn."""
    people = {person.personnel_number: person for person in parts.people}
    rows = parts.telephony.subscribers
    filtered = {
        people[row.personnel_number].extension: row
        for row in rows
        if row.secretary is not None and row.personnel_number in people
    }
    for i, row in enumerate(rows):
        place: Place = ("subscribers", i, "personnel_number")
        person = people.get(row.personnel_number)
        if person is None:
            say.unknown("telephony", place, row.personnel_number, "personnel number of a person", people)
        elif person.extension is None:
            wrong = f"{person.display_name} has no extension"
            say("telephony", place, wrong, "give one in people.yml, or remove the row")
        elif row.secretary == person.extension:
            wrong = f"{row.secretary} is the extension of {person.display_name}"
            say("telephony", ("subscribers", i, "secretary"), wrong, "name the telephone of somebody else")
        elif row.secretary in filtered:
            wrong = f"{row.secretary} has a secretary as well, so calls would wait twice"
            say("telephony", ("subscribers", i, "secretary"), wrong, "name a telephone that answers itself")


@needing("telephony")
def hours_are_declared(parts: Parts, say: Sayer, today: date) -> None:
    """Refuses unknown hours and announcements, one never heard, a span that ends before it starts."""
    declared = parts.telephony
    hours, texts = ([row.name for row in rows] for rows in (declared.hours, declared.announcements))
    for place, row in _groups(declared):
        if row.hours is not None and row.hours not in hours:
            say.unknown("telephony", (*place, "hours"), row.hours, "hours", hours)
        if row.closed_announcement is not None and row.closed_announcement not in texts:
            at = (*place, "closed_announcement")
            say.unknown("telephony", at, row.closed_announcement, "announcement", texts)
        elif row.closed_announcement is not None and row.hours is None:
            wrong = f"{row.number} is never closed, so nobody hears it"
            say("telephony", (*place, "closed_announcement"), wrong, "write hours as well, or remove it")
    if declared.limits.night not in hours:
        say.unknown("telephony", ("limits", "night"), declared.limits.night, "hours", hours)
    for i, each in enumerate(declared.hours):
        for j, span in enumerate(each.spans):
            if span.start >= span.end:
                wrong = f"{span.start} is not before {span.end}"
                right = "write the earlier hour as start; a night takes two spans"
                say("telephony", ("hours", i, "spans", j), wrong, right)


@needing("telephony")
def announcements_are_heard(parts: Parts, say: Sayer, today: date) -> None:
    """Refuses to be without an announcement that the dial plan plays, and one that has the name of a stock sound."""
    names = [row.name for row in parts.telephony.announcements]
    for name, listener in PLAYED.items():
        if name not in names:
            wrong = f"{name} is missing, which the dial plan plays {listener}"
            say("telephony", ("announcements",), wrong, "declare it with the text to be spoken")
    for i, name in enumerate(names):
        if name in STOCK_SOUNDS:
            wrong = f"{name} is a sound of Asterisk, which would no longer be heard"
            say("telephony", ("announcements", i, "name"), wrong, "take another name")


@needing("telephony")
def lists_name_each_once(parts: Parts, say: Sayer, today: date) -> None:
    """Refuses a member who stands twice in a group or queue, and a day that stands twice in a span of hours."""
    for key in ("hunt_groups", "queues", "pickup_groups"):
        for i, row in enumerate(getattr(parts.telephony, key)):
            members = enumerate(row.members)
            say.twice("telephony", [((key, i, "members", j), number) for j, number in members], "member")
    for i, hours in enumerate(parts.telephony.hours):
        for j, span in enumerate(hours.spans):
            days = [(("hours", i, "spans", j, "days", k), day) for k, day in enumerate(span.days)]
            say.twice("telephony", days, "day")


@needing("telephony")
def queues_ring_before_they_end(parts: Parts, say: Sayer, today: date) -> None:
    """Refuses a queue that gives its callers up before its first member has rung as long as it may."""
    for i, row in enumerate(parts.telephony.queues):
        if row.max_wait_seconds < row.ring_seconds:
            wrong = f"callers wait {row.max_wait_seconds} s and a member rings for {row.ring_seconds} s"
            right = "write at least ring_seconds"
            say("telephony", ("queues", i, "max_wait_seconds"), wrong, right)


@needing("telephony", "organisation")
def pickup_groups_have_names_of_their_own(parts: Parts, say: Sayer, today: date) -> None:
    """Refuses a pickup group named like a directorate: its people form one by themselves."""
    units = {row.slug for row in parts.organisation.directorates}
    for i, row in enumerate(parts.telephony.pickup_groups):
        if row.name in units:
            wrong = f"the people of {row.name} are a pickup group already"
            say("telephony", ("pickup_groups", i, "name"), wrong, "take another name")


@needing("telephony", "mail", "people")
def faxes_arrive(parts: Parts, say: Sayer, today: date) -> None:
    """Refuses a fax line whose faxes go to an address of the house that nobody has."""
    domain = parts.mail.domain
    known = {address for person in parts.people for address in person.addresses}
    known |= {f"{row.user}@{domain}" for row in parts.mail.accounts}
    known |= {f"{row.alias}@{domain}" for row in parts.mail.aliases}
    for i, line in enumerate(parts.telephony.fax_lines):
        for j, address in enumerate(line.mail):
            if address.endswith(f"@{domain}") and address not in known:
                say.unknown("telephony", ("fax_lines", i, "mail", j), address, "address of the house", known)


@needing("telephony", "hosts", "organisation")
def the_exchange_stands(parts: Parts, say: Sayer, today: date) -> None:
    """Refuses an exchange that no play builds as one, or that telephones would look for in another domain."""
    told, domain = parts.telephony, parts.organisation.domain
    if not told.service_name.endswith(f".{domain}"):
        say(
            "telephony",
            ("service_name",),
            f"{told.service_name} is not below {domain}",
            "write a name that is",
        )
    exchanges = parts.hosts.get(EXCHANGES, ())
    if parts.telephony.exchange not in exchanges:
        say.unknown("telephony", ("exchange",), parts.telephony.exchange, f"host of {EXCHANGES}", exchanges)


@needing("telephony", "hosts")
def the_probe_stands(parts: Parts, say: Sayer, today: date) -> None:
    """Refuses a probe on no machine, one that calls from telephones which are no things, or that faxes to no line."""
    probe = parts.telephony.probe
    known = {name for names in parts.hosts.values() for name in names}
    if probe.host not in known:
        say.unknown("telephony", ("probe", "host"), probe.host, "machine of hosts.yml", known)
    things = {row.number for row in parts.telephony.extensions if row.kind == "sip"}
    for i, number in enumerate(probe.extensions):
        if number not in things:
            wrong = f"{number} is no telephone under extensions"
            say("telephony", ("probe", "extensions", i), wrong, "declare it there, with kind sip")
    lines = [row.number for row in parts.telephony.fax_lines]
    if probe.fax_line is not None and probe.fax_line not in lines:
        say.unknown("telephony", ("probe", "fax_line"), probe.fax_line, "fax line", lines)


def _groups(declared: Telephony) -> Iterator[tuple[Place, HuntGroup | Queue]]:
    yield from ((("hunt_groups", i), row) for i, row in enumerate(declared.hunt_groups))
    yield from ((("queues", i), row) for i, row in enumerate(declared.queues))
