"""Derives from the declared people and addresses what a mail host has to keep beside the directory; pure."""

from __future__ import annotations

from datetime import date

from estate.declared.estate import Estate
from estate.declared.holdings import state
from estate.declared.people import Person
from estate.plan.mailboxes import MailTables
from estate.plan.replies import script


def wanted(estate: Estate, today: date) -> MailTables:
    """Gives every address of several people with its members, and a reply for each mailbox whose owner left.

    A member who left gets nothing from the day on that closes the account; an address whose members all left is
    answered as unknown, as one that never was.
    """
    states = {
        person.user: state(person, today, estate.directory.retention_days)
        for person in estate.people
        if person.user is not None
    }
    gone = {user for user, found in states.items() if found in ("left", "expired")}
    domain = estate.mail.domain
    aliases = {
        f"{alias.alias}@{domain}": tuple(f"{one}@{domain}" for one in alias.members if one not in gone)
        for alias in estate.mail.aliases
    }
    left = [
        person for person in estate.people if person.user and person.mail and states[person.user] == "left"
    ]
    return MailTables(
        aliases={address: members for address, members in aliases.items() if members},
        replies={str(person.user): _reply(estate, person, gone) for person in left},
    )


def _reply(estate: Estate, person: Person, gone: set[str]) -> str:
    units = {row.slug: row.name for row in estate.organisation.directorates}
    heirs = {one.personnel_number: one for one in estate.people if one.user not in gone}
    heir = heirs.get(person.hand_over) if person.hand_over else None
    municipality = estate.organisation.name
    unit = units.get(person.unit or "", municipality)
    return script(person.display_name, unit, str(person.mail), heir.mail if heir else None, municipality)
