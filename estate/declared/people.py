"""Declares the people of the municipality."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from estate.declared.fields import (
    Day,
    Extension,
    PersonnelNumber,
    Record,
    SiteCode,
    Text,
    UserName,
    Word,
)


class Person(Record):
    """A person; the personnel number is the key, names for machines were derived once and stay."""

    personnel_number: PersonnelNumber
    user: UserName
    sam_account_name: Annotated[UserName, Field(max_length=20)]
    extension: Extension | None = None
    given_name: Text
    surname: Text
    title: Text
    status: Literal["memur", "sozlesmeli", "isci", "sirket", "firma"]
    unit: Word | None = None
    site: SiteCode | None = None
    start: Day
    end: Day | None = None

    @property
    def display_name(self) -> str:
        """Gives the name as people write it, with its own letters."""
        return f"{self.given_name} {self.surname}"
