"""Knows who is declared and which names were ever given; gives names to who has none yet."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date

from estate.declared import Estate
from estate.declared.desks import faults
from estate.declared.identities import Identity, login_of
from estate.declared.numbering import holders, reserved
from estate.declared.organisation import ExtensionBlock
from estate.declared.people import Person, Status
from estate.declared.port_vlans import Wiring
from estate.people.naming import derive

RESERVED = frozenset({"administrator", "guest", "krbtgt", "root", "postmaster", "abuse", "hostmaster"})
"""Names that a directory or a mail domain has for itself."""


class EditError(Exception):
    """Says why something about a person is not written: what was asked, what was found, what to do."""


@dataclass(frozen=True)
class Account:
    """The names a person goes by, and the rows the ledger gains with them; a name is None when it is not wanted."""

    user: str | None = None
    sam_account_name: str | None = None
    mail: str | None = None
    given_now: tuple[Identity, ...] = ()


class Roster:
    """The people of an estate by personnel number, and every login and every part before an @ that is not free."""

    def __init__(self, estate: Estate, day: date) -> None:
        """Takes what is declared; names given from here on bear the date `day`."""
        self.estate = estate
        self.day = day
        self.people = {person.personnel_number: person for person in estate.people}
        self._ledger: dict[str, list[Identity]] = {}
        for row in estate.identities:
            self._ledger.setdefault(row.personnel_number, []).append(row)
        others = [
            *(account.user for account in estate.mail.accounts),
            *(alias.alias for alias in estate.mail.aliases),
            *(account.user for account in estate.directory.service_accounts),
        ]
        self._taken = {*RESERVED, *others, *_logins(estate.identities)}
        self._things = {holder.number: str(holder) for holder in holders(estate.telephony, ())}
        self._extensions: set[str | None] = {person.extension for person in estate.people} | reserved(
            estate.telephony
        )
        self._extensions.add(estate.organisation.help_desk.extension)
        self._extensions.update(row.extension_given_up for row in estate.identities)

    def person(self, number: str) -> Person:
        """Gives the person of a number, or raises EditError."""
        found = self.people.get(number)
        if found is None:
            was = " (purged; the names are kept in estate/identities.yml)" if number in self._ledger else ""
            raise EditError(
                f"nobody has the personnel number {number}{was}; see `./scripts/estate person show`"
            )
        return found

    def account(
        self, number: str, name: tuple[str, str], status: Status, *, wanted: bool, mailbox: bool
    ) -> Account:
        """Gives the names of a person: those the ledger holds under the number, else new ones.

        `name` is given name and surname. Who comes back gets the names of before: they are nobody else's. Raises
        NamingError when no name can be made.
        """
        if not wanted:
            return Account()
        held = self._ledger.get(number, [])
        user = next((row.user for row in reversed(held) if row.user), None)
        sam = next((row.sam_account_name for row in reversed(held) if row.sam_account_name), None)
        if user is None or sam is None:
            names = derive(*name, status, self._taken)
            user, sam = names.user, names.sam_account_name
        mail = next((row.mail for row in reversed(held) if row.mail), None) if mailbox else None
        if mailbox and mail is None:
            mail = f"{user}@{self.estate.mail.domain}"
        return Account(user, sam, mail, self.give(number, user=user, sam_account_name=sam, mail=mail))

    def address(self, person: Person) -> str:
        """Gives the address that fits a person's present name: one of their own, or one that nobody had."""
        own = set(_logins(self._ledger.get(person.personnel_number, ())))
        names = derive(person.given_name, person.surname, person.status, self._taken - own)
        return f"{names.user}@{self.estate.mail.domain}"

    def extension(self, unit: str) -> str | None:
        """Gives, and takes, the first free telephone extension of a directorate; None when its block is full.

        One that somebody gave up is not free: it is known as theirs. `--extension` gives it all the same.
        """
        found = next(self._free(unit), None)
        if found is not None:
            self._extensions.add(found)
        return found

    def free_extension(self, unit: str | None) -> str | None:
        """Gives what `extension` would, and takes nothing."""
        return next(self._free(unit), None)

    def refuse_taken(self, person: Person) -> None:
        """Raises EditError when an extension of the unit's block is somebody else's; tells what the block still has."""
        block, wanted = self._block(person.unit), person.extension
        if block is None or wanted is None or not block.first <= wanted <= block.last:
            return
        owners = [one for one in self.people.values() if one.extension == wanted]
        if owners and owners[0].personnel_number == person.personnel_number:
            return
        owner = f"that of {owners[0].display_name} ({owners[0].personnel_number})" if owners else None
        owner = owner or self._things.get(wanted)
        if owner is None:
            return
        free = self.free_extension(person.unit)
        full = "none is free: widen the block in organisation.yml, or take one back"
        raise EditError(
            f"extension {wanted} is {owner}; {person.unit} has {block.first} to {block.last}, "
            f"{f'{free} is free' if free else full}"
        )

    def refuse_desk(self, person: Person) -> None:
        """Raises EditError when the person cannot sit at the outlet of the record; names who sits there already."""
        declared = self.estate.switches
        outlet = next((row for row in declared.outlets if row.name == person.outlet), None)
        if outlet is None or person.has_left(self.day):
            return
        at_it = Wiring(self.estate, self.day).people_at(outlet.name)
        others = [one for one in at_it if one.personnel_number != person.personnel_number]
        for wrong, right in faults(declared, outlet, person, others):
            raise EditError(f"{wrong}; {right}")

    def _block(self, unit: str | None) -> ExtensionBlock | None:
        return next(
            (row.extensions for row in self.estate.organisation.directorates if row.slug == unit), None
        )

    def _free(self, unit: str | None) -> Iterator[str]:
        block = self._block(unit)
        if block is None:
            return
        for number in range(int(block.first), int(block.last) + 1):
            found = str(number).zfill(len(block.first))
            if found not in self._extensions:
                yield found

    def give(self, number: str, **names: str | None) -> tuple[Identity, ...]:
        """Writes names into the ledger under a number; gives the rows it gains: none when all stood there."""
        held = {pair for row in self._ledger.get(number, ()) for pair in row.names()}
        new = {key: name for key, name in names.items() if name is not None and (key, name) not in held}
        if not new:
            return ()
        row = Identity.model_validate({"personnel_number": number, "since": self.day.isoformat(), **new})
        self._ledger.setdefault(number, []).append(row)
        self._taken.update(_logins([row]))
        return (row,)

    def give_up(self, before: Person, after: Person) -> tuple[Identity, ...]:
        """Gives the row that the ledger gains when a person loses an extension; none when it is there already."""
        lost = before.extension if before.extension != after.extension else None
        rows = self._ledger.setdefault(before.personnel_number, [])
        if lost is None or any(row.extension_given_up == lost for row in rows):
            return ()
        since = self.day.isoformat()
        row = Identity.model_validate(
            {"personnel_number": before.personnel_number, "since": since, "extension_given_up": lost}
        )
        rows.append(row)
        self._extensions.add(lost)
        return (row,)


def _logins(rows: Iterable[Identity]) -> Iterable[str]:
    return (login_of(name) for row in rows for _, name in row.names())
