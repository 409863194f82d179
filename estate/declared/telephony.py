"""Declares the telephone exchange: its numbers, its trunks, who may call how far, where emergencies go."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Literal

from pydantic import Field

from estate.declared.calling import (
    Announcement,
    CallingClass,
    FaxLine,
    Holiday,
    Hours,
    HuntGroup,
    Phone,
    PickupGroup,
    Queue,
    SharedExtension,
    Subscriber,
)
from estate.declared.fields import (
    Count,
    Day,
    Domain,
    Extension,
    HostName,
    OperatorAddress,
    Ratio,
    Record,
    Seconds,
    SiteCode,
    Text,
    Word,
    matching,
)

E164 = Annotated[
    str,
    matching(
        r"\+[1-9][0-9]{7,14}", 'write a number with + and country code in quotes, such as "+903125552000"'
    ),
]
CalledNumber = Annotated[
    str,
    matching(
        r"\+[1-9][0-9]{7,14}|[1-9][0-9]{2}|444[0-9]{4}",
        'write the number with + and country code, a short one as it is dialled, in quotes: "+903125552000", "153" or '
        '"4440153"; operators may send it in any spelling',
    ),
]
TrunkUser = Annotated[
    str,
    matching(
        r"[A-Za-z0-9+][A-Za-z0-9._+-]+",
        "write the login as the operator gave it, without what follows an @: letters, digits and . _ + -, such as "
        '"903125552000" (in quotes) or Gumuscagil-1',
    ),
]
ShortNumber = Annotated[str, matching(r"[1-9][0-9]{2}", 'write three digits in quotes, such as "112"')]
PremiumPrefix = Annotated[
    str,
    matching(
        r"0[1-9][0-9]{1,4}|00[1-9][0-9]{0,3}",
        "write the first 3 to 6 digits as the country dials them, with the zero (abroad: 00) before them, in quotes, "
        'such as "0900"',
    ),
]


class Block(Record):
    """Extensions that belong to no directorate: rooms, groups, queues, probes; both ends included."""

    name: Word
    first: Extension
    last: Extension
    use: Text


class Defaults(Record):
    """What a person's telephone is when nothing else is said; `secret_issued` is the day its secret was drawn."""

    calling_class: CallingClass
    voicemail: bool
    secret_issued: Day
    ring_seconds: Seconds


class Plan(Record):
    """How numbers are written: national area, what is dialled to get a line out, the numbers callers outside reach.

    An extension is reached from outside at `did_prefix` + extension. `main_number` is shown when a caller has none.
    """

    country_code: Annotated[str, matching(r"[1-9][0-9]{0,2}", 'write a country code in quotes, such as "90"')]
    area_code: Annotated[str, matching(r"[1-9][0-9]{2}", 'write an area code in quotes, such as "312"')]
    outside_prefix: Annotated[str, matching(r"[0-9]", 'write one digit in quotes, such as "0"')]
    did_prefix: E164
    main_number: E164
    blocks: tuple[Block, ...] = ()


class Trunk(Record):
    """A connection to an operator; trunks are tried in the order of `preference`, the lowest first.

    `user` is the login the operator gave. Over `tls` calls are encrypted; the operator's certificate is
    not checked: it carries a name, and a trunk is known by its address.
    """

    name: Word
    address: OperatorAddress
    port: Annotated[int, Field(ge=1, le=65535)] = 5060
    transport: Literal["udp", "tcp", "tls"] = "udp"
    user: TrunkUser
    preference: Annotated[int, Field(ge=1)]
    max_calls: Annotated[int, Field(ge=1)]
    carries_fax: bool = True


class Inbound(Record):
    """Sends what callers outside dial to an extension, group, queue or fax line; others reach extensions directly."""

    number: CalledNumber
    to: Extension


class Emergency(Record):
    """The numbers reached from every telephone, and the number that shows each site's place to who answers."""

    numbers: Annotated[tuple[ShortNumber, ...], Field(min_length=1)]
    callers: Mapping[SiteCode, E164]


class Limits(Record):
    """Bounds what a stolen secret can cost: calls at once, outside calls an hour (None: any), and by class at night.

    `night` names hours outside of which extensions call abroad or mobile only when listed in `night_exceptions`.
    `premium_prefixes` are reached by nobody, in whatever way their numbers are dialled.
    """

    calls_per_extension: Annotated[int, Field(ge=1)]
    outside_minutes: Annotated[int, Field(ge=1)]
    international_calls_per_day: Count
    outside_calls_per_hour: Count | None = None
    night: Word
    night_exceptions: tuple[Extension, ...] = ()
    premium_prefixes: tuple[PremiumPrefix, ...] = ()


class Probe(Record):
    """The host that places proving calls, its own extensions, the outside line and the fax line it may use, if any."""

    host: HostName
    extensions: Annotated[tuple[Extension, ...], Field(min_length=2)]
    outside_number: E164 | None = None
    fax_line: Extension | None = None


class Telephony(Record):
    """The telephone exchange of the municipality; extensions of people stand in people.yml.

    Telephones ask for `service_name`, wherever `exchange` stands. `secret_days` is how long a secret may be used,
    `records_days` how long calls and faxes stay on record; `max_removal_ratio` what one plan may remove without asking.
    """

    exchange: HostName
    service_name: Domain
    max_removal_ratio: Ratio
    secret_days: Annotated[int, Field(ge=1)]
    records_days: Annotated[int, Field(ge=1)]
    defaults: Defaults
    plan: Plan
    trunks: Annotated[tuple[Trunk, ...], Field(min_length=1)]
    emergency: Emergency
    limits: Limits
    inbound: tuple[Inbound, ...] = ()
    subscribers: tuple[Subscriber, ...] = ()
    extensions: tuple[SharedExtension, ...] = ()
    fax_lines: tuple[FaxLine, ...] = ()
    hunt_groups: tuple[HuntGroup, ...] = ()
    queues: tuple[Queue, ...] = ()
    pickup_groups: tuple[PickupGroup, ...] = ()
    hours: tuple[Hours, ...] = ()
    holidays: tuple[Holiday, ...] = ()
    announcements: tuple[Announcement, ...] = ()
    phones: tuple[Phone, ...] = ()
    probe: Probe
