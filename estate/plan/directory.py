"""Plans the accounts and groups of the directory: what is declared against what it holds; pure."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from estate.plan.directory_accounts import ACCESS, ACCOUNT, closed_orphan, leaver_place, settle
from estate.plan.directory_groups import conflicts_of_groups, groups_of, settle_groups
from estate.plan.directory_held import HeldDirectory, same
from estate.plan.directory_match import Match, matched
from estate.plan.directory_steps import Settled, Sheets, Step, Turn
from estate.plan.directory_wanted import PROGRAMS, SERVICES, Wanted
from estate.records import Change

SUBJECT = "people"
REMOVALS = (ACCOUNT, ACCESS)
"""How the keys of changes begin that count as removals: an account purged, an access closed."""


@dataclass(frozen=True)
class Plan:
    """The changes of a directory and the steps that make them, in a safe order.

    `first` are the personnel numbers that get a first password, `vault` the users whose password is the vault's,
    `purged` the personnel numbers whose account goes. While there are `conflicts`, nothing may be written.
    """

    changes: tuple[Change, ...]
    steps: tuple[Step, ...]
    first: tuple[str, ...]
    vault: tuple[str, ...]
    purged: tuple[str, ...]
    conflicts: tuple[str, ...]


def plan(wanted: Wanted, held: HeldDirectory, host: str, sheets: Sheets | None = None) -> Plan:
    """Gives what makes the directory hold exactly the declared accounts and groups.

    An account belongs to a person by the personnel number alone. Access is closed first, then people move, then
    new ones come, then groups follow. What nobody declares is closed and never deleted.
    """
    match = matched(wanted, held)
    settled = [*_folders(wanted, held), *_accounts(wanted, held, match, sheets or Sheets())]
    settled.sort(key=lambda one: one.turn)
    changes = [
        Change(host, "pyinfra", SUBJECT, one.action, one.key, one.before, one.after)
        for one in settled
        if one.key
    ]
    return Plan(
        changes=tuple(changes),
        steps=tuple(step for one in settled for step in one.steps),
        first=_keys(settled, "first"),
        vault=_keys(settled, "vault"),
        purged=tuple(one.purged for one in settled if one.purged is not None),
        conflicts=(*match.conflicts, *conflicts_of_groups(wanted, held)),
    )


def refused(planned: Plan, held: HeldDirectory, wanted: Wanted, ratio: float, confirmed: int) -> str | None:
    """Says why a plan must not go on, or gives None: names in conflict, nobody declared, too much closed.

    More than `ratio` of the open accounts may be closed or purged only when exactly this number was typed.
    """
    if planned.conflicts:
        told = "; ".join(planned.conflicts)
        return f"names in conflict, {len(planned.conflicts)}: {told}. Nothing was changed."
    if not any(account.kind == "person" for account in wanted.accounts):
        return "estate/people.yml declares nobody with an account; that closes nobody's. Nothing was changed."
    removed = [change.key for change in planned.changes if change.action == "delete"]
    services = wanted.folder(SERVICES)
    total = sum(user.enabled and user.below(wanted.base) and not user.below(services) for user in held.users)
    if len(removed) <= ratio * total or confirmed == len(removed):
        return None
    shown = ", ".join(removed[:5]) + (f" and {len(removed) - 5} more" if len(removed) > 5 else "")
    return (
        f"this plan closes or purges {len(removed)} accounts, {total} are open ({shown}); allowed without asking "
        f"are {ratio:.0%} (estate_directory.max_leaver_ratio). Nothing was changed. "
        f"If it is meant: --confirm-removals {len(removed)} "
        f"(with pyinfra alone: --data confirm_removals={len(removed)})"
    )


def _folders(wanted: Wanted, held: HeldDirectory) -> Iterator[Settled]:
    for folder in wanted.folders:
        if same(folder) not in held.folders:
            step = Step("folder", folder)
            yield Settled(Turn.FOLDER, "create", f"folder {folder}", None, None, (step,))


def _accounts(wanted: Wanted, held: HeldDirectory, match: Match, sheets: Sheets) -> Iterator[Settled]:
    """Settles accounts, and with where they lie afterwards the groups."""
    groups = groups_of(wanted, held)
    taken = {same(user.dn) for user in held.users}
    members: dict[str, list[str]] = {name: [] for name in (*wanted.groups, PROGRAMS)}
    places: dict[str, str | None] = {}
    for account, found in match.pairs:
        if found is not None:
            places[same(found.dn)] = None if account.state == "expired" else account.dn
        for group in sorted(account.groups):
            members[group].append(account.dn)
        own = groups.get(same(found.dn), frozenset()) if found else frozenset()
        one = settle(wanted, account, found, own, sheets)
        if one is not None:
            yield one
    for found in match.orphans:
        free = same(leaver_place(wanted, found)) not in taken
        closed = closed_orphan(wanted, found, groups.get(same(found.dn), frozenset()), free)
        if closed is not None:
            places[same(found.dn)] = next((step.to for step in closed.steps if step.to), found.dn)
            yield closed
    yield from settle_groups(wanted, held, members, places)


def _keys(settled: list[Settled], kind: str) -> tuple[str, ...]:
    return tuple(
        step.password
        for one in settled
        if one.password == kind
        for step in one.steps
        if step.password is not None
    )
