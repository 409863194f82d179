"""Turns what was counted in the directory, changed, proven and reviewed about people into measurements."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from functools import partial
from pathlib import Path
from typing import Literal

from estate.declared.estate import Estate
from estate.declared.holdings import holdings
from estate.handover.papers import Papers
from estate.plan.departures import systems, unproven
from estate.plan.directory_accounts import ACCESS
from estate.plan.directory_figures import Figures
from estate.plan.mail_folders import Strays
from estate.records import RunDirectory, read, read_lines
from estate.records.departures import kept
from estate.review.access import Review
from estate.review.history import Entry, histories
from estate.runs import clock
from exporters import recorded_durations
from exporters.damaged import Damaged
from exporters.textfile import Textfile

TYPES = ("staff", "contractor", "service", "administrator")
Operation = Literal["create", "close", "move", "password_reset"]
_NUMBERED = re.compile(r"[0-9]+$")


def write(
    out: Textfile,
    estate: Estate,
    recorded: Iterable[RunDirectory],
    var: Path,
    damaged: Damaged,
    counted: Path | None,
    strays: Sequence[Path] = (),
) -> None:
    """Lays down operations and reviews from the records, and accounts from `counted` when the directory was read.

    `strays` are what was found on the mail servers: of every one, or nothing, for a part is no total. So are the proofs
    that departed people are refused: one that is damaged leaves nothing to count.
    """
    out.lay_down("bim_account_operations_total")
    changed = histories(recorded)
    recorded_durations.write(out, estate, changed)
    for entries in changed.values():
        for operation in filter(None, map(_operation, entries)):
            out.add("bim_account_operations_total", operation=operation, result="success")
    out.set("bim_account_name_collisions_total", _collisions(estate))
    overdue = damaged.unless("departures", partial(_overdue, estate, var))
    if overdue is not None:
        out.set("bim_departures_unproven", overdue)
    reviews = damaged.unless("reviews", lambda: read_lines(var / "reviews.jsonl", Review))
    if reviews is not None:
        _reviews(out, estate, reviews)
    if counted is not None:
        _accounts(out, read(counted, Figures))
    if strays:
        found = sum(len(read(path, Strays).nobodys) for path in strays)
        out.set("bim_mailboxes_orphaned", found)


def _operation(entry: Entry) -> Operation | None:
    change = entry.change
    if change.action == "create":
        return "create"
    if change.action == "delete":
        return "close" if change.key.startswith(ACCESS) else None
    told = f"{change.before}\n{change.after}"
    if "first password" in told:
        return "password_reset"
    return "move" if re.search(r"^(gains|loses|unit|place): ", told, re.MULTILINE) else None


def _overdue(estate: Estate, var: Path) -> int:
    """Counts who has had no access since before today and is not proven; 0 where no file server makes the tries."""
    if not estate.hosts.get("file_servers"):
        return 0
    today = clock.today(estate)
    missing = unproven(holdings(estate, today), kept(var), Papers(var).given(), systems(estate))
    return sum(one.closed_from is not None and one.closed_from < today for one in missing)


def _collisions(estate: Estate) -> int:
    """Counts names that had to be told apart: those that end in a number, which the rule puts there and nobody else."""
    return sum(bool(_NUMBERED.search(row.user)) for row in estate.identities if row.user)


def _reviews(out: Textfile, estate: Estate, reviews: Iterable[Review]) -> None:
    """Dates the newest signed review of each unit with people, and tells what share of them it covered."""
    people: dict[str, int] = {}
    for one in holdings(estate, clock.today(estate)):
        if one.person.unit is not None and one.account and one.state == "active":
            people[one.person.unit] = people.get(one.person.unit, 0) + 1
    signed = {one.unit: one for one in reviews if one.signed_by}
    for unit, count in sorted(people.items()):
        review = signed.get(unit)
        out.set(
            "bim_access_review_last_timestamp_seconds", review.at.timestamp() if review else 0, scope=unit
        )
        covered = min(1.0, review.people / count) if review else 0.0
        out.set("bim_access_review_completion_ratio", covered, scope=unit)


def _accounts(out: Textfile, figures: Figures) -> None:
    for row in figures.accounts:
        out.set("bim_accounts", row.accounts, type=row.type, state=row.state, unit=row.unit)
    for kind in TYPES:
        out.set("bim_accounts_orphaned", figures.orphaned.get(kind, 0), type=kind)
        out.set("bim_accounts_stale", figures.stale.get(kind, 0), type=kind)
    out.set("bim_group_membership_drift", figures.drift, system="directory")
    for profile, people in sorted(figures.profiles.items()):
        out.set("bim_internet_profile_users", people, profile=profile)
