"""Checks that telephone sets are of a model that is known, and can hold what is declared of them."""

from __future__ import annotations

from datetime import date

from estate.declared.checks.checking import Parts, Sayer, needing
from estate.declared.phone_models import faults


@needing("telephony")
def phones_can_be_what_they_are(parts: Parts, say: Sayer, today: date) -> None:
    """Refuses a set of a model nobody knows, with more accounts than it has, or with keys it does not have."""
    for i, phone in enumerate(parts.telephony.phones):
        for place, wrong, right in faults(phone):
            say("telephony", ("phones", i, *place), wrong, right)
