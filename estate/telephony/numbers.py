"""Reads telephone numbers however they are written, and tells how far each one calls; pure, standard library only.

What it reads for country 90 and area 312 (E.164, or a short number as it is):

    0532 111 22 33, +90 0532 111 22 33, 5321112233   +905321112233
    555 01 01                                        +903125550101
    0041 (0)44 555 01 02                             +41445550102
    444 0 153, 112, 153, 11811                       4440153, 112, 153, 11811
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

Reach = Literal["emergency", "internal", "short", "local", "national", "mobile", "premium", "international"]
"""How far a number calls; `short` are numbers such as 153 and 444 0 153, reached like those of the own area."""

_SIGNS = re.compile(r"[\s().\-/\u2010-\u2015\u00a0\u202f]")
_TRUNK_ZERO = re.compile(r"\(\s*0\s*\)")
_SHORT = re.compile(r"1[0-9]{2}|118[0-9]{2}|444[0-9]{4}")
_EXTENSION_DIGITS, _LOCAL_DIGITS, _NATIONAL_DIGITS = 4, 7, 10


class NumberRefusedError(ValueError):
    """Says why a text is no telephone number."""


@dataclass(frozen=True)
class NumberPlan:
    """What a number means depends on: see `Plan` of estate.declared.telephony; `own` are blocks, first and last."""

    country: str
    area: str
    outside_prefix: str
    did_prefix: str
    own: Sequence[tuple[str, str]] = ()
    emergency: Sequence[str] = ("112",)
    premium: Sequence[str] = ()

    def is_own(self, extension: str) -> bool:
        """Tells whether an extension lies in a block of the house."""
        return any(first <= extension <= last and len(first) == len(extension) for first, last in self.own)


def normalised(text: str, plan: NumberPlan) -> str:
    """Gives a number of a phone book or a caller id in E.164 (+905321112233); short numbers and extensions stay.

    Raises NumberRefusedError for what is no number, or one digit too short or too long.
    """
    bare = _SIGNS.sub("", _TRUNK_ZERO.sub("", text.strip()))
    digits = bare.removeprefix("+")
    if not re.fullmatch("[0-9]+", digits):
        raise NumberRefusedError(f"found {text!r}; write digits, with + or 00 before a country code")
    if bare.startswith("+"):
        return _abroad(digits, text, plan)
    if digits.startswith("00"):
        return _abroad(digits[2:], text, plan)
    if _SHORT.fullmatch(digits) or digits in plan.emergency or _is_extension(digits, plan):
        return digits
    if len(digits) == _LOCAL_DIGITS and digits[0] not in "01":
        return f"+{plan.country}{plan.area}{digits}"
    if len(digits) == len(plan.country) + _NATIONAL_DIGITS and digits.startswith(plan.country):
        return _abroad(digits, text, plan)
    return _national(digits.removeprefix("0"), text, plan)


def dialled(text: str, plan: NumberPlan) -> str:
    """Gives the number that somebody of the house dials, as `normalised` does; the digit for a line is taken off."""
    if text in plan.emergency or _is_extension(text, plan):
        return text
    if not text.startswith(plan.outside_prefix):
        raise NumberRefusedError(f"found {text!r}; dial {plan.outside_prefix} for a line first")
    return normalised(text.removeprefix(plan.outside_prefix), plan)


def reach_of(number: str, plan: NumberPlan) -> Reach:
    """Tells how far a number calls that `normalised` gave."""
    if number in plan.emergency:
        return "emergency"
    if not number.startswith("+"):
        return "internal" if _is_extension(number, plan) else "short"
    if plan.is_own(number.removeprefix(plan.did_prefix)):
        return "internal"
    if not number.startswith(f"+{plan.country}"):
        return "international"
    national = number.removeprefix(f"+{plan.country}")
    if any(f"0{national}".startswith(prefix) for prefix in plan.premium):
        return "premium"
    if national.startswith("5"):
        return "mobile"
    return "local" if national.startswith(plan.area) else "national"


def _is_extension(digits: str, plan: NumberPlan) -> bool:
    return len(digits) == _EXTENSION_DIGITS and plan.is_own(digits)


def _abroad(digits: str, text: str, plan: NumberPlan) -> str:
    """Reads what follows + or 00; the zero before the area code, wrong behind the own country code, is taken off."""
    if digits.startswith(plan.country):
        rest = digits.removeprefix(plan.country).removeprefix("0")
        return rest if re.fullmatch("444[0-9]{4}", rest) else _national(rest, text, plan)
    if digits.startswith("0") or not 8 <= len(digits) <= 15:
        raise NumberRefusedError(f"found {text!r}; a number abroad has 8 to 15 digits with its country code")
    return f"+{digits}"


def _national(digits: str, text: str, plan: NumberPlan) -> str:
    """Reads ten digits: areas begin with 2 to 4, mobile numbers with 5, free and premium ones with 8 and 9."""
    if len(digits) != _NATIONAL_DIGITS or digits[0] not in "234589":
        raise NumberRefusedError(f"found {text!r}; write {_NATIONAL_DIGITS} digits after the zero")
    return f"+{plan.country}{digits}"
