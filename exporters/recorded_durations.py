"""Measures from the records of runs how long people waited for an account, and how long one outlived its person.

Everything stands in what the runs wrote down, so that a record edited later changes no duration of before: the changes
say the first day, and since when access is closed; the ledger of names only grows.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from zoneinfo import ZoneInfo

from estate.declared.estate import Estate
from estate.declared.holdings import VENDORS
from estate.plan.directory_accounts import ACCESS
from estate.plan.directory_wanted import CLOSED_SINCE, FIRST_DAY, FIRST_DAY_OF_VENDOR
from estate.review.history import Entry
from exporters.textfile import Textfile

OPENING, CLOSING = "bim_account_provisioning_seconds", "bim_account_deprovisioning_seconds"
_DAY = "([0-9]{4}-[0-9]{2}-[0-9]{2})"
_BEGINS = re.compile(f"^({FIRST_DAY}|{FIRST_DAY_OF_VENDOR}): {_DAY}$", re.MULTILINE)
_CLOSED = re.compile(f"^{CLOSED_SINCE} {_DAY},", re.MULTILINE)
_VENDOR = re.compile(f"^in {VENDORS}$", re.MULTILINE)


def write(out: Textfile, estate: Estate, changed: Mapping[str, Sequence[Entry]]) -> None:
    """Lays down how long each opening and each closing of an account took, in seconds; none is below 0.

    `changed` gives the changes of each personnel number. What a run that died may not have made counts for nothing.
    """
    zone = ZoneInfo(estate.organisation.time_zone)
    given = _given(estate)
    for name in (OPENING, CLOSING):
        out.lay_down(name)
    for number, entries in changed.items():
        for entry in entries:
            opening, closing = _opened(entry), _closed(entry)
            if not entry.certain:
                continue
            if opening is not None:
                kind, day = opening
                day = max(day, given.get(number, day))
                out.observe(OPENING, _since(day, entry.applied, zone), type=kind)
            if closing is not None:
                kind, day = closing
                out.observe(CLOSING, _since(day, entry.applied, zone), type=kind)


def _given(estate: Estate) -> dict[str, date]:
    """Gives the day on which each person first got a login."""
    found: dict[str, date] = {}
    for row in estate.identities:
        if row.user is not None:
            found[row.personnel_number] = min(row.since, found.get(row.personnel_number, row.since))
    return found


def _opened(entry: Entry) -> tuple[str, date] | None:
    found = _BEGINS.search(entry.change.after or "")
    if found is None:
        return None
    kind = "contractor" if found.group(1) == FIRST_DAY_OF_VENDOR else "staff"
    return kind, date.fromisoformat(found.group(2))


def _closed(entry: Entry) -> tuple[str, date] | None:
    change = entry.change
    found = _CLOSED.search(change.after or "") if change.key.startswith(ACCESS) else None
    if found is None:
        return None
    kind = "contractor" if _VENDOR.search(change.before or "") else "staff"
    return kind, date.fromisoformat(found.group(1))


def _since(day: date, moment: datetime, zone: ZoneInfo) -> float:
    return max(0.0, (moment - datetime(day.year, day.month, day.day, tzinfo=zone)).total_seconds())
