"""Counts what a directory holds, for measurements without a name in them; pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from estate.declared.estate import Estate
from estate.plan.directory_groups import groups_of
from estate.plan.directory_held import HeldDirectory, HeldUser, same
from estate.plan.directory_match import matched
from estate.plan.directory_orphans import orphans
from estate.plan.directory_wanted import BOXES, SERVICES, Wanted
from estate.records.shapes import STRICT

PROFILE = "internet-"
_BEFORE_1601 = datetime(1601, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class Counted:
    """States how many accounts there are of one type (staff, contractor, service, administrator), state and unit."""

    type: str
    state: str
    unit: str
    accounts: int

    __pydantic_config__ = STRICT


@dataclass(frozen=True)
class Figures:
    """States what was counted at `at`.

    `orphaned` are open accounts without a record, also outside our part of the tree, `stale` open accounts nobody used
    for as long as declared, both by type; `absent` declared accounts that do not exist; `drift` memberships that differ
    from what is declared; `profiles` people by internet profile.
    """

    at: datetime
    accounts: tuple[Counted, ...]
    orphaned: Mapping[str, int]
    stale: Mapping[str, int]
    absent: int
    drift: int
    profiles: Mapping[str, int]

    __pydantic_config__ = STRICT


def figures(estate: Estate, wanted: Wanted, held: HeldDirectory, now: datetime) -> Figures:
    """Counts a directory that was read at `now`."""
    people = {person.personnel_number: person for person in estate.people}

    def kind(user: HeldUser) -> str:
        person = people.get(user.number or "")
        if person is not None:
            return "contractor" if person.status == "firma" else "staff"
        if user.below(wanted.folder(BOXES)) or user.below(wanted.folder(SERVICES)):
            return "service"
        return "staff" if user.below(wanted.base) or user.kind == "person" else "administrator"

    def unit(user: HeldUser) -> str:
        person = people.get(user.number or "")
        return (person.unit if person else None) or "none"

    counts = Counter(
        (kind(user), "active" if user.enabled else "inactive", unit(user)) for user in held.users
    )
    limit = now - timedelta(days=estate.directory.stale_after_days)
    one_sided = orphans(wanted, held)
    stray = set(map(same, one_sided.open + one_sided.outside))
    return Figures(
        at=now,
        accounts=tuple(Counted(*key, count) for key, count in sorted(counts.items())),
        orphaned=Counter(kind(user) for user in held.users if same(user.dn) in stray),
        stale=Counter(kind(user) for user in held.users if user.enabled and _last_use(user, now) < limit),
        absent=len(one_sided.absent),
        drift=_drift(wanted, held),
        profiles={
            group.name.removeprefix(PROFILE): len(group.members)
            for group in held.groups
            if group.name.startswith(PROFILE)
        },
    )


def _last_use(user: HeldUser, now: datetime) -> datetime:
    """Gives when an account was last used, at the earliest when it was made; the directory dates that to some days."""
    logons = [int(user.one(name) or 0) for name in ("lastLogonTimestamp", "lastLogon")]
    made = user.one("whenCreated")
    since = datetime.strptime(made, "%Y%m%d%H%M%S.0Z").replace(tzinfo=UTC) if made else now
    return max(since, _BEFORE_1601 + timedelta(microseconds=max(logons) // 10))


def _drift(wanted: Wanted, held: HeldDirectory) -> int:
    """Counts memberships in groups of ours that are held and not declared, or declared and not held."""
    own = groups_of(wanted, held)
    match = matched(wanted, held)
    declared = {same(found.dn): account.groups for account, found in match.pairs if found is not None}
    return sum(
        len(frozenset(own.get(dn, ())) ^ frozenset(declared.get(dn, ())))
        for dn in own.keys() | declared.keys()
    )
