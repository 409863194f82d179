"""Checks that numbers of the exchange are used once, stand in a block, and lead out and back as they should."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from itertools import pairwise

from estate.declared.calling import FaxLine, SharedExtension
from estate.declared.checks.checking import Parts, Sayer, needing
from estate.declared.mistakes import Place
from estate.declared.numbering import holders
from estate.declared.people import Person
from estate.declared.telephony import Telephony

ALARM = "112"


@dataclass(frozen=True)
class _Block:
    """Numbers that belong together, both ends included, with the subject and the place that declare them."""

    name: str
    first: str
    last: str
    subject: str
    place: Place

    def holds(self, number: str) -> bool:
        return self.first <= number <= self.last

    def begins_with(self, digits: str) -> bool:
        wide = len(self.first)
        return self.first <= digits.ljust(wide, "9")[:wide] and digits.ljust(wide, "0")[:wide] <= self.last


@needing("telephony")
def telephony_is_unique(parts: Parts, say: Sayer, today: date) -> None:
    """Refuses names, numbers, days and preferences that stand twice."""
    declared = parts.telephony
    for key, attribute, what in (
        ("trunks", "name", "trunk"),
        ("trunks", "preference", "preference"),
        ("inbound", "number", "outside number"),
        ("subscribers", "personnel_number", "personnel number"),
        ("pickup_groups", "name", "pickup group"),
        ("hours", "name", "hours"),
        ("holidays", "day", "holiday"),
        ("announcements", "name", "announcement"),
    ):
        rows = enumerate(getattr(declared, key))
        say.twice("telephony", [((key, i, attribute), getattr(row, attribute)) for i, row in rows], what)
    places = [
        (("trunks", i, "address"), f"{row.address}:{row.port}") for i, row in enumerate(declared.trunks)
    ]
    say.twice("telephony", places, "operator's address")
    names = [(("plan", "blocks", i, "name"), row.name) for i, row in enumerate(declared.plan.blocks)]
    say.twice("telephony", names, "block")
    callers = [
        (("emergency", "callers", site), number) for site, number in declared.emergency.callers.items()
    ]
    say.twice("telephony", callers, "emergency number")
    things = [(holder.place, holder.number) for holder in holders(declared, ())]
    say.twice("telephony", things, "number")


@needing("telephony", "people")
def numbers_are_nobody_elses(parts: Parts, say: Sayer, today: date) -> None:
    """Refuses a number of a thing that is in somebody's record."""
    owners = {holder.number: holder for holder in holders(parts.telephony, parts.people) if holder.person}
    for holder in holders(parts.telephony, ()):
        owner = owners.get(holder.number)
        if owner is not None:
            line = say.line("people", owner.place)
            wrong = f"{holder.number} is {owner}, line {line} of people.yml"
            say("telephony", holder.place, wrong, "take a number that is free")


@needing("telephony", "organisation")
def blocks_stand_apart(parts: Parts, say: Sayer, today: date) -> None:
    """Refuses blocks that overlap, or that hold numbers which lead out of the house or to the emergency call."""
    declared = parts.telephony
    blocks = list(_blocks(parts))
    for block in blocks:
        if block.subject == "telephony" and block.first > block.last:
            say(
                "telephony", block.place, "the block ends before it begins", "write the lower extension first"
            )
        for digits, what in (
            (declared.plan.outside_prefix, "gets a line out"),
            *((number, "is an emergency number") for number in declared.emergency.numbers),
        ):
            if block.begins_with(digits):
                wrong = f"{block.name} holds numbers that begin with {digits}, which {what}"
                say(block.subject, block.place, wrong, "take another block")
    for low, high in pairwise(sorted(blocks, key=lambda block: (block.first, block.last))):
        if high.first <= low.last and "telephony" in (low.subject, high.subject):
            late, early = (high, low) if high.subject == "telephony" else (low, high)
            right = "give each its own extensions"
            say("telephony", late.place, f"the block overlaps that of {early.name}", right)


@needing("telephony", "organisation")
def numbers_stand_in_blocks(parts: Parts, say: Sayer, today: date) -> None:
    """Refuses a number of a thing outside the block of its unit and the blocks of the plan, and an unknown unit."""
    declared = parts.telephony
    blocks = list(_blocks(parts))
    units = [row.slug for row in parts.organisation.directorates]
    common = [block for block in blocks if block.subject == "telephony"]
    for key in ("extensions", "fax_lines", "hunt_groups", "queues"):
        for i, row in enumerate(getattr(declared, key)):
            if row.unit not in units:
                say.unknown("telephony", (key, i, "unit"), row.unit, "directorate", units)
                continue
            own = [block for block in blocks if block.subject == "organisation" and block.name == row.unit]
            if not any(block.holds(row.number) for block in [*own, *common]):
                where = f"{row.unit} ({own[0].first} to {own[0].last}) or of plan.blocks"
                wrong = f"{row.number} is in no block"
                say("telephony", (key, i, "number"), wrong, f"take a number of {where}")


@needing("telephony")
def numbers_lead_back(parts: Parts, say: Sayer, today: date) -> None:
    """Refuses numbers of another country, and a main or emergency number whose callers reach nothing of this house.

    The main number is no person's own: it has to be answered on the day that person leaves as well.
    """
    declared = parts.telephony
    plan, emergency = declared.plan, declared.emergency
    for key in ("did_prefix", "main_number"):
        if not getattr(plan, key).startswith(f"+{plan.country_code}"):
            wrong = f"{getattr(plan, key)} is of another country than {plan.country_code}"
            say("telephony", ("plan", key), wrong, f"write a number that begins with +{plan.country_code}")
    faxes = {row.number for row in declared.fax_lines}
    led = {row.number: row.to for row in declared.inbound}
    reached = {plan.did_prefix + row.number: row.number for row in declared.extensions} | led
    if reached.get(plan.main_number) in {None, *faxes}:
        wrong = f"who calls {plan.main_number} back reaches nobody"
        right = "write under inbound which telephone, group or queue it goes to"
        say("telephony", ("plan", "main_number"), wrong, right)
    for site, number in emergency.callers.items():
        ours = number.startswith(plan.did_prefix) and len(number) == len(plan.did_prefix) + 4
        if not ours or led.get(number) in faxes:
            wrong = f"{number} is not reached from outside, so nobody can call back"
            right = f"write {plan.did_prefix} and an extension"
            say("telephony", ("emergency", "callers", site), wrong, right)
    for i, number in enumerate(emergency.numbers):
        if number in led:
            wrong = f"{number} is a number of this house, under inbound"
            say("telephony", ("emergency", "numbers", i), wrong, "take it out here or there")
    if ALARM not in emergency.numbers:
        say("telephony", ("emergency", "numbers"), f"{ALARM} is missing", f'write "{ALARM}" as well')


@needing("telephony")
def premium_numbers_are_elsewhere(parts: Parts, say: Sayer, today: date) -> None:
    """Refuses a premium prefix that would close the own area, however a number of it is dialled."""
    plan = parts.telephony.plan
    ways = (f"0{plan.area_code}", f"00{plan.country_code}{plan.area_code}")
    for i, prefix in enumerate(parts.telephony.limits.premium_prefixes):
        if any(way.startswith(prefix) or prefix.startswith(way) for way in ways):
            wrong = f"numbers of the own area begin with {prefix}, which nobody could dial any more"
            say(
                "telephony",
                ("limits", "premium_prefixes", i),
                wrong,
                "write prefixes of premium numbers alone",
            )


@needing("telephony")
def secrets_were_drawn(parts: Parts, say: Sayer, today: date) -> None:
    """Refuses a day in the future as the one on which a secret was drawn: it would outlive secret_days."""
    declared = parts.telephony
    days: list[tuple[Place, date | None]] = [(("defaults",), declared.defaults.secret_issued)]
    days += [(("subscribers", i), row.secret_issued) for i, row in enumerate(declared.subscribers)]
    days += [(("extensions", i), row.secret_issued) for i, row in enumerate(declared.extensions)]
    for place, day in days:
        if day is not None and day > today:
            wrong = f"{day} has not come yet, today is {today}"
            say("telephony", (*place, "secret_issued"), wrong, "write the day the secret was drawn")


@needing("telephony", "sites", "people")
def emergencies_tell_the_place(parts: Parts, say: Sayer, today: date) -> None:
    """Refuses a site with telephones that has no number to show in an emergency, and telephones of no declared site."""
    declared, codes = parts.telephony, [site.code for site in parts.sites]
    things: list[tuple[Place, SharedExtension | FaxLine]] = [
        *((("extensions", i), row) for i, row in enumerate(declared.extensions)),
        *((("fax_lines", i), row) for i, row in enumerate(declared.fax_lines)),
    ]
    for place, row in things:
        if row.site not in codes:
            say.unknown("telephony", (*place, "site"), row.site, "site", codes)
    for site in declared.emergency.callers:
        if site not in codes:
            say.unknown("telephony", ("emergency", "callers", site), site, "site", codes)
    used = {row.site for _, row in things}
    for i, person in enumerate(parts.people):
        if person.site is not None and _calls(person, today):
            used.add(person.site)
        elif _calls(person, today):
            wrong = f"{person.extension} has no site, so an emergency centre would be shown none of its place"
            say("people", (i, "extension"), wrong, "write site, the building it stands in, or take it out")
    for site in sorted(used & set(codes) - set(declared.emergency.callers)):
        wrong = f"{site} has telephones and no number to show in an emergency"
        right = f'write {site}: "{declared.plan.did_prefix}..." with an extension that is answered there'
        say("telephony", ("emergency", "callers"), wrong, right)


def _calls(person: Person, today: date) -> bool:
    return person.extension is not None and not person.has_left(today)


def _blocks(parts: Parts) -> Iterator[_Block]:
    for i, row in enumerate(parts.organisation.directorates):
        place: Place = ("directorates", i, "extensions")
        yield _Block(row.slug, row.extensions.first, row.extensions.last, "organisation", place)
    declared: Telephony = parts.telephony
    for i, block in enumerate(declared.plan.blocks):
        yield _Block(block.name, block.first, block.last, "telephony", ("plan", "blocks", i))
