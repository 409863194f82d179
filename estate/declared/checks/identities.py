"""Checks that every name stands in the ledger under its owner, and that none was given to two."""

from __future__ import annotations

from datetime import date

from estate.declared.checks.checking import Parts, Sayer, needing
from estate.declared.identities import login_of
from estate.declared.mistakes import Place

_WRITE = "let `./scripts/estate person` give names, which writes both files, or add the row"


@needing("identities")
def names_are_given_once(parts: Parts, say: Sayer, today: date) -> None:
    """Refuses a name that the ledger gives to two people, or twice to the same one."""
    owners: dict[str, str] = {}
    seen: set[tuple[str, str]] = set()
    for i, row in enumerate(parts.identities):
        if row.user is row.sam_account_name is row.mail is row.extension_given_up is None:
            right = "write user, sam_account_name, mail or extension_given_up"
            say("identities", (i,), "a row that gives no name", right)
        for key, name in row.names():
            owner = owners.setdefault(login_of(name), row.personnel_number)
            if owner != row.personnel_number:
                wrong = f"{name} was given to {owner} before"
                say("identities", (i, key), wrong, "give another name: one is never given to two people")
            elif (key, name) in seen:
                say("identities", (i, key), f"{name} stands twice", "keep the row with the earlier day")
            seen.add((key, name))


@needing("identities", "people")
def people_have_their_own_names(parts: Parts, say: Sayer, today: date) -> None:
    """Refuses a name of a person that the ledger does not hold, or holds for somebody else."""
    held = {(key, name) for row in parts.identities for key, name in row.names()}
    owners = _first_owners(parts)
    for i, person in enumerate(parts.people):
        rows: list[tuple[Place, str, str | None]] = [
            ((i, "user"), "user", person.user),
            ((i, "sam_account_name"), "sam_account_name", person.sam_account_name),
            ((i, "mail"), "mail", person.mail),
        ]
        rows += [((i, "mail_aliases", j), "mail", alias) for j, alias in enumerate(person.mail_aliases)]
        for place, key, name in rows:
            if name is None:
                continue
            owner = owners.get(login_of(name))
            if owner is not None and owner != person.personnel_number:
                say("people", place, f"estate/identities.yml gives {name} to {owner}", "give another name")
            elif (key, name) not in held:
                wrong = f"{name} does not stand in estate/identities.yml under {person.personnel_number}"
                say("people", place, wrong, _WRITE)


@needing("identities", "mail", "directory", "people")
def names_are_of_people_alone(parts: Parts, say: Sayer, today: date) -> None:
    """Refuses a shared mailbox, alias or account of a program with a name that was ever given to a person."""
    owners = _first_owners(parts)
    mail, programs = parts.mail, parts.directory.service_accounts
    rows: list[tuple[str, Place, str]] = [
        *(("mail", ("accounts", i, "user"), one.user) for i, one in enumerate(mail.accounts)),
        *(("mail", ("aliases", i, "alias"), one.alias) for i, one in enumerate(mail.aliases)),
        *(("directory", ("service_accounts", i, "user"), one.user) for i, one in enumerate(programs)),
    ]
    users = {person.user for person in parts.people}  # refused as what they are by the checks of mail
    for subject, place, name in rows:
        if name in owners and name not in users:
            wrong = f"estate/identities.yml gives {name} to {owners[name]}"
            say(subject, place, wrong, "take another name: one of a person is never given again")


def _first_owners(parts: Parts) -> dict[str, str]:
    owners: dict[str, str] = {}
    for row in parts.identities:
        for _, name in row.names():
            owners.setdefault(login_of(name), row.personnel_number)
    return owners
