"""Finds, both ways, what the directory and the records do not have in common; pure."""

from __future__ import annotations

from dataclasses import dataclass

from estate.plan.directory_held import HeldDirectory, same
from estate.plan.directory_match import matched
from estate.plan.directory_wanted import GROUPS, Wanted


@dataclass(frozen=True)
class Orphans:
    """Names what is on one side only.

    `open` and `closed` are accounts of ours that nobody declares, `outside` such open ones outside our part of the
    tree, `groups` such groups, all by distinguished name; `absent` are declared accounts that do not exist, `twice`
    what cannot be told apart.
    """

    open: tuple[str, ...]
    closed: tuple[str, ...]
    outside: tuple[str, ...]
    groups: tuple[str, ...]
    absent: tuple[str, ...]
    twice: tuple[str, ...]


def orphans(wanted: Wanted, held: HeldDirectory) -> Orphans:
    """Gives what has no record, and what has a record and does not exist."""
    match = matched(wanted, held)
    folder = same(wanted.folder(GROUPS))
    declared = {same(name) for name in wanted.groups}
    return Orphans(
        open=tuple(sorted(user.dn for user in match.orphans if user.enabled)),
        closed=tuple(sorted(user.dn for user in match.orphans if not user.enabled)),
        outside=tuple(sorted(user.dn for user in match.outside if user.enabled)),
        groups=tuple(
            sorted(
                group.dn
                for group in held.groups
                if same(group.dn).endswith("," + folder) and same(group.name) not in declared
            )
        ),
        absent=tuple(
            account.shown for account, found in match.pairs if found is None and not account.absent_is_right
        ),
        twice=match.conflicts,
    )


def told(wanted: Wanted, found: Orphans) -> tuple[str, ...]:
    """Says in lines which open accounts nobody declares outside our part of the tree; no plan ever closes them."""
    return tuple(
        f"{dn} is open and nobody declares it; it lies outside {wanted.base} and is left alone: close it by hand, "
        "or declare its person"
        for dn in found.outside
    )
