"""Makes the edits of a person's record: joining, coming back, moving, another name, leaving; writes nothing."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from pydantic import ValidationError

from estate.declared.fields import shown
from estate.declared.identities import Identity
from estate.declared.people import Person
from estate.people.roster import EditError, Roster


@dataclass(frozen=True)
class Edit:
    """One record as it was (None: it is new) and as it shall be, and the rows that the ledger of names gains."""

    before: Person | None
    after: Person
    given: tuple[Identity, ...] = ()

    @property
    def number(self) -> str:
        """Gives the personnel number."""
        return self.after.personnel_number

    def differences(self) -> dict[str, tuple[Any, Any]]:
        """Gives the keys that change, each with the old and the new value."""
        old = {} if self.before is None else dict(self.before)
        return {key: (old.get(key), value) for key, value in self.after if old.get(key) != value}


def add(
    roster: Roster,
    number: str,
    fields: Mapping[str, Any],
    *,
    account: bool = True,
    mailbox: bool | None = None,
) -> Edit:
    """Gives the record of somebody who joins, or of somebody who comes back under the same number.

    `fields` are keys of a person but those of names for machines. Who comes back keeps login, address and mailbox.
    """
    before = roster.people.get(number)
    if before is not None and not before.has_left(roster.day):
        raise EditError(
            f"{number} is {before.display_name}, who has not left on {roster.day}; "
            "use `./scripts/estate person move`, `rename` or `leave`"
        )
    boxed = fields.get("status") != "firma" if mailbox is None else mailbox
    name = (fields["given_name"], fields["surname"])
    names = roster.account(number, name, fields["status"], wanted=account, mailbox=boxed)
    kept = (
        {"legal_hold": before.legal_hold, "mail_aliases": before.mail_aliases if names.mail else ()}
        if before
        else {}
    )
    after = built(
        {
            "personnel_number": number,
            "user": names.user,
            "sam_account_name": names.sam_account_name,
            "mail": names.mail,
            **kept,
            **fields,
        }
    )
    roster.refuse_taken(after)
    roster.refuse_desk(after)
    lost = roster.give_up(before, after) if before else ()
    return Edit(before, after, (*names.given_now, *lost))


def enrol(roster: Roster, number: str, *, mailbox: bool | None = None) -> Edit:
    """Gives the record of somebody who had none an account, and a mailbox unless it is not wanted."""
    before = roster.person(number)
    boxed = before.status != "firma" if mailbox is None else mailbox
    name = (before.given_name, before.surname)
    boxed = boxed or before.mail is not None
    names = roster.account(number, name, before.status, wanted=True, mailbox=boxed)
    fields = {"user": names.user, "sam_account_name": names.sam_account_name}
    after = changed_record(before, {**fields, "mail": before.mail or names.mail})
    return Edit(before, after, names.given_now)


def move(roster: Roster, number: str, fields: Mapping[str, Any]) -> Edit:
    """Gives the record of somebody with another unit, site, title, desk or delegation.

    An extension stays with its unit: who had one gets the first free one of the new unit, none when its block is full.
    """
    before = roster.person(number)
    changed = {"unit": before.unit, **fields}
    if changed["unit"] != before.unit and "extension" not in fields:
        changed["extension"] = before.extension and roster.extension(changed["unit"])
    after = changed_record(before, changed)
    roster.refuse_taken(after)
    if "outlet" in fields:
        roster.refuse_desk(after)
    return Edit(before, after, roster.give_up(before, after))


def move_everybody(roster: Roster, unit: str, fields: Mapping[str, Any]) -> list[Edit]:
    """Gives the records of all who work in a directorate, or will, with another one; who left keeps theirs."""
    if fields["unit"] == unit:
        raise EditError(f"asked to move everybody of {unit} to {unit} itself; name another directorate")
    those = [one for one in roster.people.values() if one.unit == unit and not one.has_left(roster.day)]
    return [move(roster, number, fields) for number in sorted(one.personnel_number for one in those)]


def rename(roster: Roster, number: str, fields: Mapping[str, Any], *, new_mail: bool = False) -> Edit:
    """Gives the record under another name: login and address stay, unless a new address is asked for.

    The new address becomes the one that mail is sent with; the old one stays as an alias.
    """
    before = roster.person(number)
    after = changed_record(before, fields)
    if not new_mail:
        return Edit(before, after)
    if before.mail is None:
        raise EditError(f"{before.display_name} has no mailbox, so no address to renew; leave out --new-mail")
    address = roster.address(after)
    if address == before.mail:
        return Edit(before, after)
    aliases = tuple(one for one in before.addresses if one != address)
    after = changed_record(after, {"mail": address, "mail_aliases": aliases})
    return Edit(before, after, roster.give(number, mail=address))


def leave(roster: Roster, number: str, fields: Mapping[str, Any]) -> Edit:
    """Gives the record of somebody whose last day is known; refuses while they are to get somebody else's mail."""
    before = roster.person(number)
    after = changed_record(before, fields)
    waiting = [one for one in roster.people.values() if one.hand_over == number and one is not before]
    if after.closed_from is not None and waiting:
        names = ", ".join(f"{one.display_name} ({one.personnel_number})" for one in waiting)
        raise EditError(
            f"{before.display_name} gets the mail of {names}; first name somebody else with "
            "`./scripts/estate person leave NUMBER --hand-over ANOTHER`"
        )
    return Edit(before, after)


def changed_record(person: Person, fields: Mapping[str, Any]) -> Person:
    """Gives the record with some keys changed, judged anew; a desk stays behind when its owner goes to another site."""
    moved = "site" in fields and fields["site"] != person.site
    return built({**dict(person), **({"outlet": None} if moved else {}), **fields})


def built(fields: Mapping[str, Any]) -> Person:
    """Gives a record of values as a file holds them, or raises EditError that names every key that does not fit."""
    plain = {key: value.isoformat() if isinstance(value, date) else value for key, value in fields.items()}
    try:
        return Person.model_validate(plain)
    except ValidationError as error:
        raise EditError("; ".join(_told(each) for each in error.errors(include_url=False))) from None


def _told(misfit: Mapping[str, Any]) -> str:
    key = ".".join(map(str, misfit["loc"]))
    context = misfit.get("ctx", {})
    right = context.get("right") or misfit["msg"]
    return f"{key}: found {context.get('found', shown(misfit['input']))}; {right}"
