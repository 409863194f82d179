"""Plans what a mail host keeps beside the directory: addresses of several people, replies for who left; pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TypeVar

from estate.declared.mail import Mail
from estate.plan.removals import Share
from estate.records import Change
from estate.records.shapes import Action

SUBJECT = "mailboxes"
ALIAS, MAILBOX = "alias ", "mailbox of "
"""How the keys of changes begin that count as removals: an address of several people gone, a mailbox purged."""
Value = TypeVar("Value", str, tuple[str, ...])


@dataclass(frozen=True)
class MailTables:
    """What a mail host holds, or has to hold.

    `aliases` gives the members of an address of several people; `replies` the Sieve script that answers for a
    mailbox whose owner left, by user name; `damaged` the files that are not kept as they must be, with what was found.
    """

    aliases: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    replies: Mapping[str, str] = field(default_factory=dict)
    damaged: Mapping[str, str] = field(default_factory=dict)


def plan(wanted: MailTables, held: MailTables, host: str) -> tuple[Change, ...]:
    """Gives the changes that make the host hold exactly what is wanted."""
    changes = [
        Change(host, "pyinfra", SUBJECT, action, f"{ALIAS}{address}", _joined(before), _joined(after))
        for address, action, before, after in _differences(wanted.aliases, held.aliases)
    ]
    changes += [
        Change(host, "pyinfra", SUBJECT, action, f"reply for {user}", before, after)
        for user, action, before, after in _differences(wanted.replies, held.replies)
    ]
    for path, found in sorted(held.damaged.items()):
        action: Action = "create" if found == "missing" else "update"
        before = None if found == "missing" else found
        changes.append(Change(host, "pyinfra", SUBJECT, action, path, before, "kept as it must be"))
    return tuple(changes)


def removable(mail: Mail, boxes: int) -> tuple[Share, ...]:
    """Gives what share of the declared aliases, and of so many mailboxes that stay, may go without asking."""
    ratio = mail.max_removal_ratio
    return Share(ratio, len(mail.aliases), (ALIAS,)), Share(ratio, boxes, (MAILBOX,))


def _differences(
    wanted: Mapping[str, Value], held: Mapping[str, Value]
) -> list[tuple[str, Action, Value | None, Value | None]]:
    found: list[tuple[str, Action, Value | None, Value | None]] = []
    for key in sorted(wanted.keys() | held.keys()):
        before, after = held.get(key), wanted.get(key)
        if before != after:
            action: Action = "create" if before is None else "delete" if after is None else "update"
            found.append((key, action, before, after))
    return found


def _joined(members: tuple[str, ...] | None) -> str | None:
    return None if members is None else ", ".join(members)
