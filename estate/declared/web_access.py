"""Declares who reaches what of the web, and when: lists of domains, profiles, and who has which profile."""

from __future__ import annotations

from typing import Annotated, Any, Literal, Protocol

from pydantic import BeforeValidator, Field

from estate.declared.fields import (
    Domain,
    Port,
    Ratio,
    Record,
    Seconds,
    SignedException,
    Text,
    Word,
    matching,
    wrong_value,
)
from estate.web_domains import NoDomainError, canonical

ProfileName = Literal["temel", "standart", "genis"]
Status = Literal["memur", "sozlesmeli", "isci", "sirket", "firma"]
WeekDay = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]


def _domain(value: Any) -> str:
    if not isinstance(value, str):
        raise wrong_value(value, "write a domain, such as ornek.com.tr")
    try:
        return canonical(value)
    except NoDomainError as error:
        raise wrong_value(value, str(error)) from None


def _hour(value: Any) -> str:
    hours, colon, minutes = str(value).partition(":")
    whole = isinstance(value, str) and len(value) == len("08:30") and colon and (hours + minutes).isdigit()
    if not whole or int(minutes) > 59 or not (int(hours) < 24 or value == "24:00"):
        raise wrong_value(value, 'write an hour in quotes, from "00:00" to "24:00"')
    return str(value)


WebDomain = Annotated[str, BeforeValidator(_domain)]
Hour = Annotated[str, BeforeValidator(_hour)]
Url = Annotated[
    str,
    matching(
        r"https?://[A-Za-z0-9.-]+(:[0-9]+)?/[!-~]*",
        "write an address, such as https://ornek.gov.tr/liste.txt",
    ),
]


class Span(Record):
    """Hours of some days of the week, in the municipality's time zone; one does not pass midnight."""

    days: Annotated[tuple[WeekDay, ...], Field(min_length=1)]
    start: Hour
    end: Hour


class Hours(Record):
    """Hours by name; what lies outside all spans is closed."""

    name: Word
    spans: Annotated[tuple[Span, ...], Field(min_length=1)]


class Source(Record):
    """Where a list is published, and what it must be to be believed.

    One with fewer than `min_entries` domains, smaller than the one in use by more than `max_shrink_ratio`, or older
    than `max_age_hours` is not taken up; the list in use stays.
    """

    url: Url
    min_entries: Annotated[int, Field(ge=1)]
    max_shrink_ratio: Ratio
    max_age_hours: Annotated[int, Field(ge=1)]


class DomainList(Record):
    """A category: its domains, each with all below it, and the source that adds to them day by day."""

    name: Word
    name_tr: Text
    domains: tuple[WebDomain, ...]
    source: Source | None = None


class Profile(Record):
    """What people of one profile reach: only the lists in `allow`, or everything but the lists in `block`.

    A block is stronger than an allow. `hours` None is around the clock.
    """

    name: ProfileName
    description_tr: Text
    reach: Literal["listed", "everything"]
    allow: tuple[Word, ...]
    block: tuple[Word, ...]
    hours: Word | None


class Assignment(Record):
    """Gives a profile to whoever fits all that is named; what is not named fits everybody."""

    profile: ProfileName
    units: Annotated[tuple[Word, ...], Field(min_length=1)] | None = None
    titles: Annotated[tuple[Text, ...], Field(min_length=1)] | None = None
    statuses: Annotated[tuple[Status, ...], Field(min_length=1)] | None = None

    @property
    def is_for_everybody(self) -> bool:
        """Tells whether the rule fits whoever comes."""
        return self.units is None and self.titles is None and self.statuses is None

    def fits(self, person: Surfer) -> bool:
        """Tells whether a person is meant."""
        return (
            (self.units is None or person.unit in self.units)
            and (self.titles is None or person.title in self.titles)
            and (self.statuses is None or person.status in self.statuses)
        )


class OpenedDomain(SignedException):
    """Opens a domain for some profiles although a list closes it, until a day."""

    domain: WebDomain
    profiles: Annotated[tuple[ProfileName, ...], Field(min_length=1)]


class Surfer(Protocol):
    """What of a person decides about the web."""

    @property
    def unit(self) -> str | None: ...
    @property
    def title(self) -> str: ...
    @property
    def status(self) -> str: ...
    @property
    def internet(self) -> str | None: ...


class WebAccess(Record):
    """The policy of the web proxy; profiles stand from the narrowest to the widest, and a person's first one counts.

    Browsers connect to `service_name` on `port`, in TLS. `block_for_all` closes lists for every profile; an opened
    domain is the only way through them. `clients` are the networks that may ask at all. `credentials_seconds` is how
    long the proxy believes what the directory said; a connection that was open before goes on until the hour
    `connections_end` of the day, or a restart.
    """

    service_name: Domain
    port: Port
    clients: Annotated[tuple[Text, ...], Field(min_length=1)]
    credentials_seconds: Annotated[Seconds, Field(le=60)]
    connections_end: Hour
    log_keep_days: Annotated[int, Field(ge=1)]
    hours: tuple[Hours, ...]
    lists: tuple[DomainList, ...]
    block_for_all: tuple[Word, ...]
    profiles: Annotated[tuple[Profile, ...], Field(min_length=1)]
    assignment: Annotated[tuple[Assignment, ...], Field(min_length=1)]
    opened: tuple[OpenedDomain, ...]

    def profile_of(self, person: Surfer, stands_in: Surfer | None = None) -> str:
        """Gives the profile of a person: the one of the person's own record, else that of the first rule that fits.

        `stands_in` is the same person with the title and unit of whom they stand in for; the wider profile counts then.
        """
        if person.internet is not None:
            return person.internet
        order = [profile.name for profile in self.profiles]
        persons = [person] if stands_in is None else [person, stands_in]
        found = [next(rule.profile for rule in self.assignment if rule.fits(one)) for one in persons]
        return max(found, key=order.index)

    def lists_by_name(self) -> dict[str, DomainList]:
        """Gives the lists by their names."""
        return {each.name: each for each in self.lists}

    def blocked_in(self, profile: Profile) -> tuple[str, ...]:
        """Gives the names of the lists closed to a profile, each once."""
        return tuple(dict.fromkeys((*self.block_for_all, *profile.block)))
