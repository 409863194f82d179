"""Checks that directorates and sites have keys of their own and belong together."""

from __future__ import annotations

from datetime import date
from itertools import pairwise

from estate.declared.checks.checking import Parts, Sayer, needing


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
