"""Gives the kinds of value a declared record is made of; each refuses what it is not, and says what would be right."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date
from functools import cache
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_network
from typing import Annotated, Any, TypeVar
from zoneinfo import available_timezones

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field
from pydantic_core import PydanticCustomError

from estate.declared.mistakes import one_line

Parsed = TypeVar("Parsed")


class Record(BaseModel):
    """A declared thing: frozen, with no keys but its own, and nothing converted silently."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)


def wrong_value(found: object, right: str) -> PydanticCustomError:
    """Makes the error of a value that is refused: what was found, and what would be right."""
    return PydanticCustomError("declared", "found {found}", {"found": shown(found), "right": right})


def shown(value: object) -> str:
    """Shows a declared value as a person wrote it, shortened to one line."""
    if isinstance(value, str):
        text = one_line(f'"{value}"')
    elif isinstance(value, bool):
        text = str(value).lower()
    elif value is None:
        text = "nothing"
    elif isinstance(value, dict):
        text = "a mapping"
    elif isinstance(value, tuple):
        text = "a list" if value else "an empty list"
    else:
        text = str(value)
    return text if len(text) <= 60 else f'{text[:56]}..."'


def matching(pattern: str, right: str) -> BeforeValidator:
    """Gives the check of a text that has to match as a whole; `right` says what would be right."""
    form = re.compile(pattern)

    def check(value: Any) -> str:
        if not isinstance(value, str) or not form.fullmatch(value):
            raise wrong_value(value, right)
        return value

    return BeforeValidator(check)


def _parsed(parse: Callable[[str], Parsed], right: str) -> BeforeValidator:
    def check(value: Any) -> Parsed:
        if not isinstance(value, str):
            raise wrong_value(value, right)
        try:
            return parse(value)
        except ValueError as error:
            raise wrong_value(value, right) from error

    return BeforeValidator(check)


_zones = cache(available_timezones)  # looks into six hundred files


def _time_zone(name: str) -> str:
    # Etc/GMT-3 reads as UTC-3 and is UTC+3; EET has a summer time that Turkey gave up in 2016.
    if "/" not in name or name.startswith("Etc/") or name not in _zones():
        raise ValueError
    return name


def _day(text: str) -> date:
    if len(text) != len("2026-11-30"):
        raise ValueError
    return date.fromisoformat(text)


def _operator(text: str) -> IPv4Address:
    """Reads the address of one machine elsewhere: of everybody, of nobody and of this machine are refused."""
    found = IPv4Address(text)
    if found.is_unspecified or found.is_multicast or found.is_loopback or found.is_reserved:
        raise ValueError(f"{found} is no machine of an operator")
    return found


def _hardware_address(text: str) -> str:
    pairs = r"[0-9a-f][02468ace]{0}[0-9a-f]{{2}}(?:{0}[0-9a-f]{{2}}){{4}}"
    spellings = [pairs.format(sign) for sign in ("", ":", "-")] + [
        r"[0-9a-f][02468ace][0-9a-f]{2}(?:\.[0-9a-f]{4}){2}"
    ]
    if not any(re.fullmatch(spelling, text.lower(), re.ASCII) for spelling in spellings):
        raise ValueError
    digits = re.sub("[^0-9a-f]", "", text.lower())
    if not int(digits, 16):
        raise ValueError  # what a set shows that has none
    return ":".join(digits[i : i + 2] for i in range(0, 12, 2))


Word = Annotated[
    str, matching(r"[a-z][a-z0-9_]*", "write lower-case ASCII letters, digits and _, such as eposta")
]
Text = Annotated[
    str,
    matching(
        r"(?!.*[\x00-\x1f\x7f-\x9f\u2028\u2029])\S(.*\S)?",
        "write a text on one line, without blanks at its ends and without control characters",
    ),
]
HostName = Annotated[
    str, matching(r"[a-z][a-z0-9-]*", "write a short host name in lower-case ASCII, such as posta1")
]
Domain = Annotated[
    str,
    matching(
        r"([a-z0-9]([a-z0-9-]*[a-z0-9])?\.)+[a-z][a-z0-9-]*[a-z0-9]",
        "write a domain name in lower-case ASCII, such as gumuscagil.bel.example",
    ),
]
Realm = Annotated[
    str,
    matching(
        r"([A-Z0-9]([A-Z0-9-]*[A-Z0-9])?\.)+[A-Z][A-Z0-9-]*[A-Z0-9]",
        "write the domain name of the realm in capitals, such as AD.GUMUSCAGIL.BEL.EXAMPLE",
    ),
]
Workgroup = Annotated[
    str, matching(r"[A-Z][A-Z0-9-]{0,14}", "write up to 15 capitals and digits, such as GUMUSCAGIL")
]
UserName = Annotated[
    str,
    matching(
        r"[a-z][a-z0-9]*([._-][a-z0-9]+)*",
        "write lower-case ASCII letters, digits and single . _ - between them, such as isil.igdir",
    ),
]
MailAddress = Annotated[
    str,
    matching(
        r"(?=.{1,254}\Z)[a-z][a-z0-9]*([._-][a-z0-9]+)*@([a-z0-9]([a-z0-9-]*[a-z0-9])?\.)+[a-z][a-z0-9-]*[a-z0-9]",
        "write an address in lower-case ASCII, such as isil.igdir@gumuscagil.bel.example",
    ),
]
ServiceUser = Annotated[
    str, matching(r"svc-[a-z0-9]{1,16}", "write svc- and up to 16 letters, such as svc-eposta")
]
SiteCode = Annotated[
    str, matching(r"[A-Z][A-Z0-9]{2}", "write the three-character code of a site, such as ANA")
]
Extension = Annotated[str, matching(r"[0-9]{4}", 'write four digits in quotes, such as "2801"')]
PersonnelNumber = Annotated[str, matching(r"[0-9]{6}", 'write six digits in quotes, such as "100101"')]
OutletName = Annotated[
    str,
    matching(
        r"[A-Z][A-Z0-9]{2}-[A-Z0-9]{1,3}-[0-9]{1,4}",
        "write site, floor and number in ASCII capitals and digits, such as ANA-3-117",
    ),
]
HardwareAddress = Annotated[
    str,
    matching(
        r"[0-9a-f][02468ace](:[0-9a-f]{2}){5}",
        "write the hardware address of one device in small letters, such as 00:53:4e:00:00:01",
    ),
]
PhoneAddress = Annotated[
    str,
    _parsed(
        _hardware_address,
        "write the twelve hexadecimal digits of one device, such as 00:15:65:ab:0c:d1 or 001565AB0CD1",
    ),
]
"""A hardware address as labels of telephones spell it; kept as HardwareAddress is."""
FilePath = Annotated[str, matching(r"/[^\s/]+(/[^\s/]+)*", "write an absolute path, such as /srv/restic")]
Locale = Annotated[str, matching(r"[a-z]{2}_[A-Z]{2}\.UTF-8", "write a UTF-8 locale, such as tr_TR.UTF-8")]
MetricName = Annotated[
    str, matching(r"[a-z][a-z0-9_]*", "write the name of a metric, such as bim_mail_queue_messages")
]
AlertName = Annotated[str, matching(r"[A-Z][A-Za-z0-9]*", "write the name of an alert, such as BackupStale")]
DutyId = Annotated[
    str, matching(r"[0-9]+(-[0-9a-z]+)+", 'write the number of a clause in quotes, such as "10-3-j"')
]
Day = Annotated[date, _parsed(_day, 'write a day in quotes, such as "2026-11-30"')]
TimeZone = Annotated[str, _parsed(_time_zone, "write a region and city, such as Europe/Istanbul")]
Address4 = Annotated[IPv4Address, _parsed(IPv4Address, 'write an IPv4 address, such as "10.40.20.10"')]
OperatorAddress = Annotated[
    IPv4Address,
    _parsed(
        _operator,
        'write the IPv4 address of the operator\'s server, such as "198.51.100.60": who calls from there is let in '
        "without a password, and a name would be whatever DNS answers that day, or nobody",
    ),
]
Address6 = Annotated[IPv6Address, _parsed(IPv6Address, 'write an IPv6 address, such as "fd00:40:20::10"')]
Network4 = Annotated[
    IPv4Network, _parsed(IPv4Network, 'write an IPv4 network without host bits, such as "10.40.20.0/24"')
]
Network6 = Annotated[
    IPv6Network, _parsed(IPv6Network, 'write an IPv6 network without host bits, such as "fd00:40:20::/64"')
]
AnyNetwork = Annotated[
    IPv4Network | IPv6Network,
    _parsed(ip_network, 'write a network without host bits, such as "127.0.0.0/8" or "::1/128"'),
]
Seconds = Annotated[int, Field(ge=1)]
Bytes = Annotated[int, Field(ge=1)]
Count = Annotated[int, Field(ge=0)]
Ratio = Annotated[float, Field(ge=0, le=1)]
VlanId = Annotated[int, Field(ge=1, le=4094)]
Port = Annotated[int, Field(ge=1, le=65535)]


class SignedException(Record):
    """Lets a rule be broken until a day: why, and by whose word."""

    reason: Text
    approved_by: UserName
    until: Day
