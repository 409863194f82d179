"""Gives the kind of value that says when a timer of systemd fires (systemd.time(7), calendar events)."""

from __future__ import annotations

import re
from typing import Annotated

from pydantic import BeforeValidator

from estate.declared.fields import wrong_value

_WORDS = "minutely|hourly|daily|weekly|monthly|quarterly|semiannually|yearly|annually"
_DAY = "(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun|Monday|Tuesday|Wednesday|Thursday|Friday|Saturday|Sunday)"
_DAYS = rf"{_DAY}(?:(?:\.\.|,){_DAY})*"


def _part(number: str) -> str:
    """Gives the form of one part: *, */15, 5, 1..5, 0/15, and several of them with commas."""
    one = rf"(?:\*|{number}(?:\.\.{number})?)(?:/[1-9][0-9]*)?"
    return f"{one}(?:,{one})*"


_DATE = rf"(?:{_part('[0-9]{4}')}-)?{_part('(?:1[0-2]|0?[1-9])')}[-~]{_part('(?:3[01]|[12][0-9]|0?[1-9])')}"
_SIXTY = _part("(?:[0-5]?[0-9])")
_TIME = rf"{_part('(?:2[0-3]|[01]?[0-9])')}:{_SIXTY}(?::{_SIXTY})?"
_ZONE = r"(?: (?:UTC|[A-Z][A-Za-z_]+/[A-Z][A-Za-z_/]+))?"
_EVENT = re.compile(
    rf"(?:{_WORDS}|{_DAYS}|(?:{_DAYS} )?(?:{_DATE}|{_DATE} {_TIME}|{_TIME})){_ZONE}", re.IGNORECASE
)


def _schedule(value: object) -> object:
    if not isinstance(value, str) or not _EVENT.fullmatch(value):
        raise wrong_value(
            value, 'write an OnCalendar of systemd in quotes, such as "*:0/15", "daily" or "Mon..Fri 02:00"'
        )
    return value


Schedule = Annotated[str, BeforeValidator(_schedule)]
