"""Settles what becomes of one account: nothing, a new one, another place, closed, or purged; pure."""

from __future__ import annotations

from collections.abc import Iterable

from estate.declared.holdings import LEAVERS, UNITS, VENDORS
from estate.plan.directory_held import (
    DISABLED,
    NORMAL,
    PASSWORD_NEVER_EXPIRES,
    PASSWORD_NOT_REQUIRED,
    HeldUser,
    same,
)
from estate.plan.directory_steps import NOBODY, Settled, Sheets, Step, Turn
from estate.plan.directory_wanted import NEVER, Account, Wanted, moment

ACCOUNT, ACCESS = "account ", "access of "
KEPT = DISABLED | PASSWORD_NOT_REQUIRED | PASSWORD_NEVER_EXPIRES
NAMES = {"mail", "proxyAddresses", "sAMAccountName", "userPrincipalName"}
"""Attributes whose capitals do not count."""
LABELS = {
    "department": "unit",
    "physicalDeliveryOfficeName": "site",
    "telephoneNumber": "extension",
    "proxyAddresses": "further addresses",
    "accountExpires": "closes by itself",
    "maxStorage": "quota",
    "displayName": "name",
    "givenName": "given name",
    "sn": "surname",
    "sAMAccountName": "login name",
    "userPrincipalName": "principal name",
    "employeeID": "personnel number",
}
REPEATED = {"givenName", "sn", "displayName", "employeeID", "sAMAccountName", "userPrincipalName"}
"""Attributes that a new account does not show: its key and its name say them."""


def settle(
    wanted: Wanted, account: Account, found: HeldUser | None, groups: frozenset[str], sheets: Sheets
) -> Settled | None:
    """Gives what has to be done about a declared account, None when nothing is; `groups` are those it is in."""
    if found is None:
        return None if account.absent_is_right else _created(wanted, account)
    if account.state == "expired":
        return Settled(
            Turn.PURGE,
            "delete",
            ACCOUNT + account.shown,
            f"{account.told}\n{_path(wanted, found.dn)}",
            None,
            (Step("delete", found.dn),),
            purged=account.key,
        )
    return _kept(wanted, account, found, groups, sheets)


def closed_orphan(wanted: Wanted, found: HeldUser, groups: frozenset[str], free: bool) -> Settled | None:
    """Gives how an open account without a record is closed; `free` tells whether its place among leavers is."""
    if not found.enabled:
        return None
    shown = found.user if found.number is None else f"{found.user} ({found.number})"
    before = [f"open, {_path(wanted, found.dn)}", *_listed("loses", groups)]
    control = str(found.control & ~KEPT | DISABLED)
    steps = [Step("change", found.dn, attributes={"userAccountControl": (control,)}, password=NOBODY)]
    if free and any(found.below(wanted.folder(place)) for place in (UNITS, VENDORS)):
        steps.append(Step("move", found.dn, to=leaver_place(wanted, found)))
    return Settled(
        Turn.CLOSE,
        "delete",
        ACCESS + shown,
        "\n".join(before),
        "closed: nobody declares this account",
        tuple(steps),
    )


def leaver_place(wanted: Wanted, found: HeldUser) -> str:
    """Gives where an account lies once it is among those of leavers."""
    return f"{found.dn.partition(',')[0]},{wanted.folder(LEAVERS)}"


def _created(wanted: Wanted, account: Account) -> Settled:
    attributes = {name: values for name, values in account.attributes.items() if values}
    shown = [f"{account.name}, {_path(wanted, account.dn)}"]
    shown += [_line(wanted, name, values) for name, values in attributes.items() if name not in REPEATED]
    shown += [*_listed("groups", account.groups), *([account.told] if account.told else [])]
    first = account.kind == "person"
    shown += [account.begins] if account.begins and account.state == "active" else []
    shown.append("first password on a sheet" if first else "password of the vault")
    attributes["userAccountControl"] = (str(NORMAL | _flags(account)),)
    attributes |= {"pwdLastSet": ("0",)} if first else {}
    step = Step("add", account.dn, attributes=attributes, password=account.key)
    return Settled(
        Turn.JOIN,
        "create",
        ACCOUNT + account.shown,
        None,
        "\n".join(shown),
        (step,),
        password="first" if first else "vault",
    )


def _kept(
    wanted: Wanted, account: Account, found: HeldUser, groups: frozenset[str], sheets: Sheets
) -> Settled | None:
    closing = found.enabled and account.state == "left"
    before, after = _compared(wanted, account, found, groups)
    attributes = {
        name: values
        for name, values in account.attributes.items()
        if not _equal(name, values, found.attributes.get(name, ()))
    }
    control = found.control & ~KEPT | _flags(account)
    if control != found.control:
        attributes["userAccountControl"] = (str(control),)
    first, vault = _needs_first(wanted, account, found, sheets), found.password_matches is False
    if first:
        before, after = [*before, "first password: nobody has it"], [*after, "first password: on a sheet"]
        attributes["pwdLastSet"] = ("0",)
    if vault:
        before, after = [*before, "another password"], [*after, "password of the vault"]
    moved = same(found.dn) != same(account.dn)
    if not before and not after:
        return None
    password = NOBODY if closing else account.key if first or vault else None
    steps = (
        [Step("change", found.dn, attributes=attributes, password=password)] if attributes or password else []
    )
    steps += [Step("move", found.dn, to=account.dn)] if moved else []
    if closing:
        after = [account.told, *after]
    key = (ACCESS if closing else ACCOUNT) + account.shown
    return Settled(
        Turn.CLOSE if closing else Turn.MOVE,
        "delete" if closing else "update",
        key,
        "\n".join(before),
        "\n".join(after),
        tuple(steps),
        password="first" if first else "vault" if vault else None,
    )


def _needs_first(wanted: Wanted, account: Account, found: HeldUser, sheets: Sheets) -> bool:
    """Tells whether nobody can have the password: somebody came back, or a run died before the sheet was there."""
    if account.kind != "person" or account.state not in ("waiting", "active"):
        return False
    if found.below(wanted.folder(LEAVERS)):
        return True
    lost = account.key in sheets.interrupted and found.must_change
    return lost or (account.key not in sheets.known and found.untouched)


def _begins(wanted: Wanted, account: Account, found: HeldUser) -> list[str]:
    """Says since when somebody works whose account waited for the first day or the return, not for a hand."""
    waited = not found.enabled and (found.untouched or found.below(wanted.folder(LEAVERS)))
    return [account.begins] if waited and account.begins and account.state == "active" else []


def _compared(
    wanted: Wanted, account: Account, found: HeldUser, groups: frozenset[str]
) -> tuple[list[str], list[str]]:
    before, after = [], []
    if same(found.dn) != same(account.dn):
        before.append(_path(wanted, found.dn))
        after.append(_path(wanted, account.dn))
    if _state(found.control) != _state(_flags(account)):
        before.append(_state(found.control))
        after.append(_state(_flags(account)))
    for name, values in account.attributes.items():
        held = found.attributes.get(name, ())
        if not _equal(name, values, held):
            before.append(_line(wanted, name, held))
            after.append(_line(wanted, name, values))
    before += _listed("loses", groups - account.groups)
    after += [*_listed("gains", account.groups - groups), *_begins(wanted, account, found)]
    return before, after


def _flags(account: Account) -> int:
    closed = 0 if account.state == "active" else DISABLED
    return closed | (PASSWORD_NEVER_EXPIRES if account.kind == "box" else 0)


def _state(control: int) -> str:
    words = ["closed" if control & DISABLED else "open"]
    words += ["password not required"] if control & PASSWORD_NOT_REQUIRED else []
    words += ["password never expires"] if control & PASSWORD_NEVER_EXPIRES else []
    return ", ".join(words)


def _equal(name: str, values: Iterable[str], held: Iterable[str]) -> bool:
    if name == "accountExpires":
        return _never(values) == _never(held)
    if name in NAMES:
        return {same(value) for value in values} == {same(value) for value in held}
    return set(values) == set(held)


def _never(values: Iterable[str]) -> set[str]:
    return {value for value in values if value not in ("0", NEVER)}


def _line(wanted: Wanted, name: str, values: tuple[str, ...]) -> str:
    zone = wanted.time_zone
    shown = [moment(value, zone) for value in values] if name == "accountExpires" else list(values)
    return f"{LABELS.get(name, name)}: {', '.join(shown) or 'none'}"


def _listed(word: str, groups: frozenset[str]) -> list[str]:
    return [f"{word}: {', '.join(sorted(groups))}"] if groups else []


def _path(wanted: Wanted, dn: str) -> str:
    """Shows where an account lies as a path from our outermost folder, or whole when it lies elsewhere."""
    inside = dn[: -len(wanted.base) - 1] if same(dn).endswith("," + same(wanted.base)) else None
    if inside is None:
        return f"in {dn}"
    names = [part.partition("=")[2] for part in inside.split(",")[1:]]
    return f"in {'/'.join(reversed(names))}"
