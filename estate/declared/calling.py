"""Declares who answers a call and when: extensions of things, groups, queues, fax lines, hours."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Literal

from pydantic import Field

from estate.declared.fields import (
    Count,
    Day,
    Extension,
    MailAddress,
    PersonnelNumber,
    PhoneAddress,
    Record,
    Seconds,
    SiteCode,
    Text,
    Word,
    matching,
)

CallingClass = Literal["internal", "local", "national", "mobile", "international"]
"""How far an extension may call, each one further than the last; emergency numbers are reached from every class."""

CLASSES: tuple[CallingClass, ...] = ("internal", "local", "national", "mobile", "international")

PLAYED: Mapping[str, str] = {
    "olmayan_numara": "to who calls a number that nobody has",
    "yetki_yok": "to who may not call a number",
}
"""The announcements that the dial plan itself plays, and to whom."""

STOCK_SOUNDS = frozenset(
    [
        "activated",
        "added",
        "beep",
        "beeperr",
        "calling",
        "cancelled",
        "disabled",
        "enabled",
        "extension",
        "for",
        "goodbye",
        "hello",
        "hours",
        "invalid",
        "is",
        "location",
        "lowercase",
        "minute",
        "minutes",
        "number",
        "removed",
        "second",
        "seconds",
        "sorry",
        "time",
        "transfer",
        "uppercase",
        "with",
        "your",
    ]
)
"""Sounds of the package asterisk-core-sounds-en whose name an announcement could take, and would be heard instead."""

ClockTime = Annotated[
    str, matching(r"([01][0-9]|2[0-3]):[0-5][0-9]", 'write an hour of the day in quotes, such as "08:30"')
]
ClosingTime = Annotated[
    str,
    matching(
        r"([01][0-9]|2[0-3]):[0-5][0-9]|24:00",
        'write an hour of the day in quotes, such as "17:30"; "24:00" is the end of the day',
    ),
]
Weekday = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]


class Subscriber(Record):
    """Says how a person's telephone differs from the defaults; the extension stands in the person's record.

    `secretary` is the extension at which calls to this person ring first; only it, and those in `passes`, get through.
    """

    personnel_number: PersonnelNumber
    calling_class: CallingClass | None = None
    voicemail: bool | None = None
    secret_issued: Day | None = None
    secretary: Extension | None = None
    passes: tuple[Extension, ...] = ()


class SharedExtension(Record):
    """A telephone that is nobody's own: a meeting room, a gate, a lift; `kind` analog hangs on an adapter."""

    number: Extension
    name: Text
    kind: Literal["sip", "analog"] = "sip"
    unit: Word
    site: SiteCode
    calling_class: CallingClass = "internal"
    voicemail: bool = False
    secret_issued: Day | None = None


class FaxLine(Record):
    """A line whose calls are received as fax and mailed as PDF; T.38 is tried first, then G.711."""

    number: Extension
    name: Text
    unit: Word
    site: SiteCode
    mail: Annotated[tuple[MailAddress, ...], Field(min_length=1)]
    station_id: Annotated[
        str,
        matching(
            r"(?! )[0-9+ ]{1,20}(?<! )",
            "write up to 20 digits, blanks between them and +, as a fax shows its sender",
        ),
    ]


class HuntGroup(Record):
    """A number that rings several telephones, all at once or one after another in their order.

    `ring_seconds` is for all at once, or for each. Outside `hours`, and when nobody answers, the call goes to
    `otherwise`: an extension, another group, or (`None`) the mailbox of the group.
    """

    number: Extension
    name: Text
    unit: Word
    order: Literal["all", "sequence"]
    members: Annotated[tuple[Extension, ...], Field(min_length=1)]
    ring_seconds: Seconds = 20
    hours: Word | None = None
    closed_announcement: Word | None = None
    otherwise: Extension | None = None


class Queue(Record):
    """A number whose callers wait until a member is free, as in the call centre."""

    number: Extension
    name: Text
    unit: Word
    members: Annotated[tuple[Extension, ...], Field(min_length=1)]
    strategy: Literal["ringall", "rrmemory", "leastrecent", "fewestcalls", "linear"]
    ring_seconds: Seconds = 15
    max_wait_seconds: Seconds = 300
    max_waiting: Annotated[int, Field(ge=1)] = 20
    announce_position_seconds: Count = 60
    hours: Word | None = None
    closed_announcement: Word | None = None
    otherwise: Extension | None = None


class PickupGroup(Record):
    """Telephones whose calls the others may take with *8; those of a unit always form one."""

    name: Word
    members: Annotated[tuple[Extension, ...], Field(min_length=2)]


class Span(Record):
    """Opening hours of some days of the week, on the municipality's clock; `end` is the first closed minute."""

    days: Annotated[tuple[Weekday, ...], Field(min_length=1)]
    start: ClockTime
    end: ClosingTime


class Hours(Record):
    """Opening hours by name; holidays are closed."""

    name: Word
    spans: Annotated[tuple[Span, ...], Field(min_length=1)]


class Holiday(Record):
    """A closed day; `from_hour` when only the rest of it is (the eve of a feast)."""

    day: Day
    name: Text
    from_hour: ClockTime | None = None


class Announcement(Record):
    """A text that is spoken to callers until somebody lays a recording of the same name beside it."""

    name: Word
    text: Text


class Key(Record):
    """A line key of a telephone that watches, and calls, an extension."""

    position: Annotated[int, Field(ge=1, le=40)]
    extension: Extension
    label: Text


class Phone(Record):
    """A telephone set that fetches its settings by its hardware address; `extensions` in the order of its accounts."""

    mac: PhoneAddress
    model: Word
    extensions: Annotated[tuple[Extension, ...], Field(min_length=1)]
    keys: tuple[Key, ...] = ()
