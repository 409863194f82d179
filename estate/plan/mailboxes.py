"""Plans the accounts and aliases of a mail host: what is declared against what it holds; pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from estate.declared.mail import Account, Mail
from estate.records import Change
from estate.records.shapes import Action

SUBJECT = "mailboxes"


@dataclass(frozen=True)
class HeldAccount:
    """What a mail host holds of one account.

    `password_matches` says whether the password of the vault opens it; None when the vault has none for it.
    """

    quota_bytes: int | None
    password_matches: bool | None


@dataclass(frozen=True)
class HeldMail:
    """What a mail host holds: accounts by login, Postfix tables by address, files that are not kept as they must be.

    On an empty host everything is empty; `damaged` then names the files that are missing.
    """

    accounts: Mapping[str, HeldAccount] = field(default_factory=dict)
    mailboxes: Mapping[str, str] = field(default_factory=dict)
    aliases: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    damaged: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Plan:
    """The changes of one host and the logins whose password has to be set from the vault."""

    changes: tuple[Change, ...]
    passwords: frozenset[str]


def plan(mail: Mail, held: HeldMail, host: str) -> Plan:
    """Gives what makes the host hold exactly the declared accounts and aliases.

    A password is set when its account is created; later only for accounts of type servis whose vault value
    changed: what a person chose is never reset.
    """
    changes: list[Change] = []
    passwords: set[str] = set()
    for account in mail.accounts:
        login = f"{account.user}@{mail.domain}"
        change, sets_password = _account(account, login, held, host)
        changes += [change] if change else []
        passwords |= {login} if sets_password else set()
    declared = {f"{account.user}@{mail.domain}" for account in mail.accounts}
    held_logins = set(held.accounts) | set(held.mailboxes)
    changes += [
        Change(host, "pyinfra", SUBJECT, "delete", f"account {login}", "exists", None)
        for login in sorted(held_logins - declared)
    ]
    changes += _aliases(mail, held, host)
    changes += [
        Change(host, "pyinfra", SUBJECT, *_mended(found, path), "kept as it must be")
        for path, found in sorted(held.damaged.items())
    ]
    return Plan(tuple(changes), frozenset(passwords))


def removals_refused(planned: Plan, held: HeldMail, ratio: float, confirmed: int) -> str | None:
    """Says why a plan that removes too much must not go on, or gives None.

    More than `ratio` of what the host holds may go only when exactly this number was typed.
    """
    removed = [change.key for change in planned.changes if change.action == "delete"]
    total = len(set(held.accounts) | set(held.mailboxes)) + len(held.aliases)
    if len(removed) <= ratio * total or confirmed == len(removed):
        return None
    shown = ", ".join(removed[:5]) + (f" and {len(removed) - 5} more" if len(removed) > 5 else "")
    return (
        f"this plan removes {len(removed)} of {total} accounts and aliases ({shown}); allowed without "
        f"asking are {ratio:.0%} (estate_mail.max_removal_ratio). Nothing was changed. "
        f"If it is meant: --data confirm_removals={len(removed)}"
    )


def _account(account: Account, login: str, held: HeldMail, host: str) -> tuple[Change | None, bool]:
    wanted = f"quota {account.quota_bytes or 'of the house'}"
    found = held.accounts.get(login)
    if found is None:
        return Change(host, "pyinfra", SUBJECT, "create", f"account {login}", None, wanted), True
    sets_password = account.type == "servis" and found.password_matches is False
    before = (
        [] if found.quota_bytes == account.quota_bytes else [f"quota {found.quota_bytes or 'of the house'}"]
    )
    after = [wanted] if before else []
    if sets_password:
        before, after = [*before, "another password"], [*after, "password of the vault"]
    if held.mailboxes.get(login) != login:
        before, after = [*before, "unknown to Postfix"], [*after, "known to Postfix"]
    if not before:
        return None, False
    change = Change(
        host, "pyinfra", SUBJECT, "update", f"account {login}", ", ".join(before), ", ".join(after)
    )
    return change, sets_password


def _mended(found: str, path: str) -> tuple[Action, str, str | None]:
    return ("create", path, None) if found == "missing" else ("update", path, found)


def alias_table(mail: Mail) -> dict[str, tuple[str, ...]]:
    """Gives every alias address with the addresses it stands for."""
    return {
        f"{alias.alias}@{mail.domain}": tuple(f"{member}@{mail.domain}" for member in alias.members)
        for alias in mail.aliases
    }


def _aliases(mail: Mail, held: HeldMail, host: str) -> list[Change]:
    declared = alias_table(mail)
    changes = []
    for address in sorted(declared.keys() | held.aliases.keys()):
        before, after = held.aliases.get(address), declared.get(address)
        if before == after:
            continue
        action: Action = "create" if before is None else "delete" if after is None else "update"
        changes.append(
            Change(host, "pyinfra", SUBJECT, action, f"alias {address}", _joined(before), _joined(after))
        )
    return changes


def _joined(members: tuple[str, ...] | None) -> str | None:
    return None if members is None else ", ".join(members)
