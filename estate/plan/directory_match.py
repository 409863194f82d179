"""Finds which account of the directory belongs to whom: by the personnel number, never by a name; pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from estate.plan.directory_held import HeldDirectory, HeldUser, same
from estate.plan.directory_wanted import BOXES, SERVICES, Account, Wanted


@dataclass(frozen=True)
class Match:
    """Pairs each declared account with the held one, if any; orphans are ours by place and declared by nobody.

    `outside` are such accounts elsewhere in the domain, but for what it made itself and for its administrators.
    `conflicts` say, in words, what a person has to settle before anything is written.
    """

    pairs: tuple[tuple[Account, HeldUser | None], ...]
    orphans: tuple[HeldUser, ...]
    outside: tuple[HeldUser, ...]
    conflicts: tuple[str, ...]


def matched(wanted: Wanted, held: HeldDirectory) -> Match:
    """Gives who is who. A declared name that somebody else has is a conflict, and so is a number held twice."""
    numbered: dict[str, list[HeldUser]] = {}
    for user in held.users:
        if user.number is not None:
            numbered.setdefault(user.number, []).append(user)
    boxes = {
        same(user.user): user for user in held.users if user.below(wanted.folder(BOXES)) and not user.number
    }
    taken = _Taken(held)
    pairs, conflicts = [], []
    for account in wanted.accounts:
        found = _found(account, numbered, boxes)
        if len(found) > 1:
            places = " and ".join(sorted(user.dn for user in found))
            conflicts.append(f"{account.shown}: two accounts have this personnel number: {places}; clear one")
            continue
        one = found[0] if found else None
        pairs.append((account, one))
        if one is not None or not account.absent_is_right:
            conflicts += taken.conflicts(account, one)
    matched_dns = {same(user.dn) for _, user in pairs if user is not None}
    twice = {same(user.dn) for users in numbered.values() if len(users) > 1 for user in users}
    services = wanted.folder(SERVICES)
    nobodys = [user for user in held.users if same(user.dn) not in matched_dns | twice]
    return Match(
        pairs=tuple(pairs),
        orphans=tuple(user for user in nobodys if user.below(wanted.base) and not user.below(services)),
        outside=tuple(user for user in nobodys if user.kind == "person" and not user.below(wanted.base)),
        conflicts=tuple(conflicts),
    )


def _found(
    account: Account, numbered: Mapping[str, list[HeldUser]], boxes: Mapping[str, HeldUser]
) -> list[HeldUser]:
    if account.kind == "person":
        return numbered.get(account.key, [])
    box = boxes.get(same(account.login))
    return [] if box is None else [box]


class _Taken:
    """Knows every name of the domain and whose it is."""

    def __init__(self, held: HeldDirectory) -> None:
        self.logins = held.names
        self.principals = _by("userPrincipalName", held.users)
        self.places = {same(user.dn): user.dn for user in held.users}
        self.owners = {same(user.dn): user for user in held.users}

    def conflicts(self, account: Account, found: HeldUser | None) -> list[str]:
        """Says which names of an account something else has; the one it is now does not count."""
        own = None if found is None else same(found.dn)
        [principal] = account.attributes["userPrincipalName"]
        holders = {
            f"login name {account.login}": self.logins.get(same(account.login)),
            f"principal name {principal}": self.principals.get(same(principal)),
            f"place {account.dn}": self.places.get(same(account.dn)),
        }
        return [
            f"{account.shown}: the {name} is taken by {dn}, {self._whose(dn)}; give that another name, or the number"
            for name, dn in holders.items()
            if dn is not None and same(dn) != own
        ]

    def _whose(self, dn: str) -> str:
        owner = self.owners.get(same(dn))
        if owner is None or owner.number is None:
            return "which has no personnel number"
        return f"which belongs to {owner.number}"


def _by(attribute: str, users: Iterable[HeldUser]) -> dict[str, str]:
    values = ((user.one(attribute), user.dn) for user in users)
    return {same(value): dn for value, dn in values if value is not None}
