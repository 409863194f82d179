"""Plans which mailboxes go from the disk, and finds what lies there without an owner; pure.

A mailbox is named after its user, and no name is ever given to two people: a folder says whose it is.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

from estate.declared.estate import Estate
from estate.declared.holdings import holdings
from estate.plan.directory_wanted import why_closed
from estate.plan.mailboxes import MAILBOX, SUBJECT
from estate.records import Change
from estate.records.shapes import STRICT


@dataclass(frozen=True)
class Stored:
    """How much lies in a folder: letters, and their bytes."""

    messages: int
    bytes: int

    def __add__(self, more: Stored) -> Stored:
        """Gives both together."""
        return Stored(self.messages + more.messages, self.bytes + more.bytes)


@dataclass(frozen=True)
class HeldFolders:
    """The folders of a mail store, by the name of the user.

    `names` are all of them; `counted` tells what lies in those that nobody keeps; `aside` what a run that died while
    it purged left to be removed.
    """

    names: frozenset[str] = frozenset()
    counted: Mapping[str, Stored] = field(default_factory=dict)
    aside: Mapping[str, Stored] = field(default_factory=dict)


@dataclass(frozen=True)
class Owners:
    """Whose the folders are: `kept` every user whose mailbox stays, `boxes` those of them that have an address.

    `expired` are the users whose mailbox goes, each with personnel number and why.
    """

    kept: frozenset[str]
    boxes: frozenset[str]
    expired: Mapping[str, tuple[str, str]]


@dataclass(frozen=True)
class Purge:
    """One mailbox that goes: whose, why, how much it holds, and how much of that a run that died laid aside."""

    user: str
    number: str
    why: str
    stored: Stored
    aside: Stored | None = None


@dataclass(frozen=True)
class Strays:
    """Names what is on one side only.

    `nobodys` are folders of nobody declared, those of a ledger's name alone included; `unborn` counts mailboxes without
    a folder, which the first letter makes.
    """

    nobodys: tuple[str, ...]
    unborn: int

    __pydantic_config__ = STRICT


def owners(estate: Estate, today: date) -> Owners:
    """Gives whose folders may lie there on a day."""
    people = [one for one in holdings(estate, today) if one.person.user is not None]
    shared = frozenset(account.user for account in estate.mail.accounts)
    return Owners(
        kept=shared | {str(one.person.user) for one in people if one.state != "expired"},
        boxes=shared | {str(one.person.user) for one in people if one.state != "expired" and one.person.mail},
        expired={
            str(one.person.user): (one.person.personnel_number, why_closed(estate, one))
            for one in people
            if one.state == "expired"
        },
    )


def purges(whose: Owners, held: HeldFolders) -> tuple[Purge, ...]:
    """Gives the mailboxes whose owner is expired and that still lie there, by name."""
    nothing = Stored(0, 0)
    return tuple(
        Purge(
            user,
            number,
            why,
            held.counted.get(user, nothing) + held.aside.get(user, nothing),
            held.aside.get(user),
        )
        for user, (number, why) in sorted(whose.expired.items())
        if user in held.names or user in held.aside
    )


def changes(purged: tuple[Purge, ...], host: str) -> tuple[Change, ...]:
    """Gives one change for each mailbox that goes, with what is lost."""
    return tuple(
        Change(host, "pyinfra", SUBJECT, "delete", f"{MAILBOX}{one.user} ({one.number})", _told(one), None)
        for one in purged
    )


def strays(whose: Owners, held: HeldFolders) -> Strays:
    """Gives what lies there and has no record, and how many records have nothing there."""
    known = whose.kept | whose.expired.keys()
    return Strays(
        nobodys=tuple(sorted((held.names | held.aside.keys()) - known)),
        unborn=len(whose.boxes - held.names),
    )


def present(estate: Estate, held: HeldFolders) -> frozenset[str]:
    """Gives the personnel numbers under whose names anything lies there, whoever is declared today."""
    there = held.names | held.aside.keys()
    return frozenset(row.personnel_number for row in estate.identities if row.user in there)


def told(found: Strays, held: HeldFolders) -> tuple[str, ...]:
    """Says in lines what is on one side only; nothing of it is ever removed by a plan."""
    lines = []
    for name in found.nobodys:
        stored = held.counted.get(name, Stored(0, 0)) + held.aside.get(name, Stored(0, 0))
        lines.append(f"mail of nobody declared: {name}, {_size(stored)}; kept, look whose it is")
    if found.unborn:
        lines.append(f"{found.unborn} mailboxes have no folder yet; the first letter makes it")
    return tuple(lines)


def _told(one: Purge) -> str:
    lines = [one.why, _size(one.stored)]
    if one.aside is not None:
        lines.append(f"of these {_size(one.aside)} lie aside: a run died while it removed them")
    return "\n".join(lines)


def _size(stored: Stored) -> str:
    return f"{stored.messages} messages, {stored.bytes} bytes"
