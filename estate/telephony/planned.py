"""Gives the number plan that an estate declares."""

from __future__ import annotations

from estate.declared import Estate
from estate.telephony.numbers import NumberPlan


def number_plan(estate: Estate) -> NumberPlan:
    """Gives what decides the meaning of a number: own are the blocks of directorates and those of the plan."""
    telephony = estate.telephony
    own = [(row.extensions.first, row.extensions.last) for row in estate.organisation.directorates]
    own += [(block.first, block.last) for block in telephony.plan.blocks]
    return NumberPlan(
        country=telephony.plan.country_code,
        area=telephony.plan.area_code,
        outside_prefix=telephony.plan.outside_prefix,
        did_prefix=telephony.plan.did_prefix,
        own=tuple(own),
        emergency=telephony.emergency.numbers,
        premium=telephony.limits.premium_prefixes,
    )
