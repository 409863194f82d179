"""Declares the people of the municipality."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Annotated, Literal

from pydantic import Field

from estate.declared.fields import (
    Day,
    Extension,
    MailAddress,
    OutletName,
    PersonnelNumber,
    Record,
    SiteCode,
    Text,
    UserName,
    Word,
)

SamName = Annotated[UserName, Field(max_length=20)]
"""A login name as old Windows knows it: twenty characters, unique below the whole domain."""

Status = Literal["memur", "sozlesmeli", "isci", "sirket", "firma"]


class Acting(Record):
    """Stands in for the director of `unit`, up to and including the day `end`."""

    unit: Word
    end: Day


class Person(Record):
    """A person; the personnel number is the key, names for machines were derived once and stay.

    No `user` and `sam_account_name` means no account, no `mail` no mailbox. `mail_aliases` are further addresses of the
    same mailbox. `end` is the last day of work, `cut_off` the first day without access when it is not the next one;
    `hand_over` is the number of who gets the mail of somebody who left. `internet` overrides the policy's profile.
    `outlet` is the socket in the wall at the desk; it decides with `unit` which network the desk is in.
    """

    personnel_number: PersonnelNumber
    user: UserName | None = None
    sam_account_name: SamName | None = None
    mail: MailAddress | None = None
    mail_aliases: tuple[MailAddress, ...] = ()
    extension: Extension | None = None
    given_name: Text
    surname: Text
    title: Text
    status: Status
    unit: Word | None = None
    site: SiteCode | None = None
    start: Day
    end: Day | None = None
    cut_off: Day | None = None
    hand_over: PersonnelNumber | None = None
    legal_hold: bool = False
    acting: Acting | None = None
    internet: Literal["temel", "standart", "genis"] | None = None
    outlet: OutletName | None = None

    @property
    def display_name(self) -> str:
        """Gives the name as people write it, with its own letters."""
        return f"{self.given_name} {self.surname}"

    @property
    def closed_from(self) -> date | None:
        """Gives the first day on which every access is closed, None while no end is known."""
        if self.cut_off is not None or self.end is None:
            return self.cut_off
        return None if self.end == date.max else self.end + timedelta(days=1)

    def has_left(self, day: date) -> bool:
        """Tells whether every access is closed on a day."""
        return self.closed_from is not None and self.closed_from <= day

    @property
    def addresses(self) -> tuple[str, ...]:
        """Gives every address of the mailbox, the one it sends with first."""
        return (self.mail, *self.mail_aliases) if self.mail is not None else self.mail_aliases

    def acts_for(self, today: date) -> str | None:
        """Gives the unit whose director this person stands in for on a day, None when there is none."""
        return self.acting.unit if self.acting is not None and today <= self.acting.end else None
