"""Declares the ledger of names: which were ever given, to whom and when; no name is given to two people.

Telephone numbers that people gave up stand there too, so that none is drawn for somebody else.
"""

from __future__ import annotations

from collections.abc import Iterator

from estate.declared.fields import Day, Extension, MailAddress, PersonnelNumber, Record, UserName
from estate.declared.people import SamName


class Identity(Record):
    """Names given to one person on one day; rows are added, never changed and never removed.

    Somebody who left and was purged from estate/people.yml stays here, and gets the same names when they come back.
    `extension_given_up` is the number that was theirs until that day: who knows it still dials it, and means them.
    """

    personnel_number: PersonnelNumber
    since: Day
    user: UserName | None = None
    sam_account_name: SamName | None = None
    mail: MailAddress | None = None
    extension_given_up: Extension | None = None

    def names(self) -> Iterator[tuple[str, str]]:
        """Yields the key and the name of each name given."""
        for key in ("user", "sam_account_name", "mail"):
            name = getattr(self, key)
            if name is not None:
                yield key, name


def login_of(name: str) -> str:
    """Gives what a name occupies: a login name itself, an address what stands before its @.

    A mailbox is named after its user, so that somebody's address must never be somebody else's user name.
    """
    return name.partition("@")[0]
