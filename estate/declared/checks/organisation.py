"""Checks that directorates, sites and people belong together."""

from __future__ import annotations

from datetime import date
from itertools import pairwise

from estate.declared.checks.checking import Parts, Sayer, needing
from estate.declared.people import Person


@needing("organisation", "sites", "duties")
def keys_are_unique(parts: Parts, say: Sayer, today: date) -> None:
    """Refuses a key that two directorates, sites or duties share."""
    rows = list(enumerate(parts.organisation.directorates))
    for attribute in ("number", "slug", "vlan"):
        say.twice(
            "organisation",
            [(("directorates", i, attribute), getattr(row, attribute)) for i, row in rows],
            f"directorate {attribute}",
        )
    for attribute in ("number", "code"):
        values = [((i, attribute), getattr(site, attribute)) for i, site in enumerate(parts.sites)]
        say.twice("sites", values, f"site {attribute}")
    say.twice("duties", [((i, "id"), duty.id) for i, duty in enumerate(parts.duties)], "duty")


@needing("organisation", "networks")
def directorates_stand(parts: Parts, say: Sayer, today: date) -> None:
    """Refuses a directorate without a VLAN, extension blocks that overlap, and an unknown IT directorate."""
    organisation = parts.organisation
    vlans = {vlan.id for vlan in parts.networks.vlans}
    for i, row in enumerate(organisation.directorates):
        if row.vlan not in vlans:
            say.unknown("organisation", ("directorates", i, "vlan"), row.vlan, "VLAN", vlans)
        if row.extensions.first > row.extensions.last:
            place = ("directorates", i, "extensions")
            say("organisation", place, "the block ends before it begins", "write the lower extension first")
    blocks = sorted((row.extensions.first, i) for i, row in enumerate(organisation.directorates))
    for (_, i), (first, j) in pairwise(blocks):
        if first <= organisation.directorates[i].extensions.last:
            say(
                "organisation",
                ("directorates", j, "extensions"),
                f"the block overlaps that of {organisation.directorates[i].slug}",
                "give each directorate its own extensions",
            )
    slugs = [row.slug for row in organisation.directorates]
    if organisation.directorate_of_it not in slugs:
        name = organisation.directorate_of_it
        say.unknown("organisation", ("directorate_of_it",), name, "directorate", slugs)
    if parts.networks.domain != organisation.domain:
        say(
            "networks",
            ("domain",),
            f"found {parts.networks.domain}, the organisation has {organisation.domain}",
            "write the same domain in both",
        )


@needing("people")
def people_are_unique(parts: Parts, say: Sayer, today: date) -> None:
    """Refuses a number or name for machines that two people share."""
    for attribute in ("personnel_number", "user", "sam_account_name", "extension"):
        values = [((i, attribute), getattr(person, attribute)) for i, person in enumerate(parts.people)]
        say.twice("people", values, attribute)


@needing("people", "organisation", "sites")
def people_belong(parts: Parts, say: Sayer, today: date) -> None:
    """Refuses a person of no unit or site, an extension of another unit, an end before the start."""
    blocks = {row.slug: row.extensions for row in parts.organisation.directorates}
    codes = [site.code for site in parts.sites]
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
        if person.end is not None and person.end < person.start:
            say(
                "people",
                (i, "end"),
                f"{person.end} is before the start {person.start}",
                "mend one of the two",
            )
        _status_fits(person, i, say)


def _status_fits(person: Person, i: int, say: Sayer) -> None:
    if person.status == "firma":
        if person.end is None:
            say(
                "people",
                (i,),
                f"{person.user} works for a vendor and has no end",
                "write the contract's last day",
            )
        if person.unit is not None:
            say("people", (i, "unit"), f"{person.user} works for a vendor and has a unit", "remove the unit")
    elif person.unit is None:
        say("people", (i,), f"{person.user} has no unit", "write the slug of a directorate")
