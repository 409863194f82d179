"""Declares the municipality itself: its directorates and its buildings."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from estate.declared.fields import (
    Count,
    Domain,
    Extension,
    Locale,
    MailAddress,
    Record,
    SiteCode,
    Text,
    TimeZone,
    VlanId,
    Word,
)


class Staff(Record):
    """Counts the people of a directorate by employment status."""

    memur: Count
    sozlesmeli: Count
    isci: Count
    sirket: Count


class ExtensionBlock(Record):
    """The telephone extensions a directorate may use, both ends included."""

    first: Extension
    last: Extension


class Directorate(Record):
    """A directorate of the municipality; `slug` is its key, `vlan` the network of its clients."""

    number: Annotated[int, Field(ge=1)]
    slug: Word
    name: Text
    staff: Staff
    accounts: Count
    vlan: VlanId
    extensions: ExtensionBlock


class HelpDesk(Record):
    """Where people ask: printed on the sheet of every new colleague and on every page that refuses an address."""

    extension: Extension
    mail: MailAddress
    place: Text


class Organisation(Record):
    """The municipality; `directorate_of_it` is the slug of the directorate this repository serves."""

    name: Text
    short_name: Text
    domain: Domain
    time_zone: TimeZone
    locale: Locale
    directorate_of_it: Word
    help_desk: HelpDesk
    directorates: tuple[Directorate, ...]


class Site(Record):
    """A building; `code` is its key, `number` its place in the address plan."""

    number: Annotated[int, Field(ge=0, le=99)]
    code: SiteCode
    name: Text
    kind: Text
    link: Text
    switches: Count
    phones: Count
