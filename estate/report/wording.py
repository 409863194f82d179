"""Writes numbers, dates and sentences in the language of the reader, without any locale of the system.

Turkish: 1.785,25 - %98,7 - 05.01.2026 - i becomes İ - order a b c ç d e f g ğ h ı i j k l m n o ö p r s ş t u ü v y z.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import ROUND_HALF_UP, Decimal
from functools import cache
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from ruamel.yaml import YAML

from estate.report.figures import Reason, Status, Value
from estate.report.period import ReportError

LANGUAGES = ("tr", "en")
_ALPHABET = "aâbcçdefgğhıiîjklmnoöpqrsştuûüvwxyz"
_PLACE = {letter: place for place, letter in enumerate(_ALPHABET)}
_DECIMALS = {"hours": 1, "days": 1, "minutes": 1, "point": 1, "hours_per_person": 1, "lira": 2}
_SIZES = ("B", "kB", "MB", "GB", "TB", "PB")


def lower(text: str) -> str:
    """Gives the small letters of a Turkish text: I becomes ı, İ becomes i."""
    return text.replace("I", "ı").replace("İ", "i").lower()


def upper(text: str) -> str:
    """Gives the capital letters of a Turkish text: i becomes İ, ı becomes I."""
    return text.replace("i", "İ").replace("ı", "I").upper()


def order(text: str) -> tuple[tuple[int, str], ...]:
    """Gives the sort key of a Turkish text; digits and marks come before letters, other letters after z."""
    small = lower(text)
    return tuple((_PLACE.get(c, -1 if not c.isalpha() else len(_ALPHABET)), c) for c in small)


def rounded(number: float, decimals: int) -> Decimal:
    """Rounds half up, once, from the number as it is written."""
    return Decimal(str(number)).quantize(Decimal(1).scaleb(-decimals), rounding=ROUND_HALF_UP)


@cache
def _texts() -> dict[str, Any]:
    content: dict[str, Any] = YAML(typ="safe").load(
        (Path(__file__).parent / "texts.yml").read_text(encoding="utf-8")
    )
    return content


@dataclass(frozen=True)
class Chapter:
    """Is one chapter of the monthly report; `filled` tells whether this version writes it."""

    number: int
    tr: str
    en: str
    filled: bool


@cache
def chapters() -> tuple[Chapter, ...]:
    """Lists the chapters of the monthly report in their order."""
    return tuple(Chapter(**row) for row in _texts()["sections"])


@dataclass(frozen=True)
class Language:
    """Speaks one language on one clock."""

    code: str
    zone: ZoneInfo

    @classmethod
    def of(cls, code: str, zone: ZoneInfo) -> Language:
        """Gives a language by its code, or names the ones there are."""
        if code not in LANGUAGES:
            raise ReportError(f"language {code!r}: not known. Choose one of: {', '.join(LANGUAGES)}.")
        return cls(code, zone)

    def say(self, key: str, **about: object) -> str:
        """Gives the text of a key with its places filled."""
        return str(_texts()["texts"][key][self.code]).format(**about)

    def word(self, group: str, key: str) -> str:
        """Gives the word for a key of a group (units, values, kinds ...), or the key itself when there is none."""
        found = _texts()[group].get(key)
        return str(found[self.code]) if found else key

    def reason(self, reason: Reason | None) -> str:
        """Says why something was not measured."""
        return self.say(f"reason_{reason.key}", about=reason.about) if reason else ""

    def number(self, number: float, decimals: int = 0, brief: bool = False) -> str:
        """Writes 1.785,25 in Turkish and 1,785.25 in English; `brief` leaves out decimals that are all zero."""
        value = rounded(number, decimals)
        text = f"{value:,.0f}" if brief and value == value.to_integral_value() else f"{value:,f}"
        return text.translate(str.maketrans(",.", ".,")) if self.code == "tr" else text

    def percent(self, ratio: float, brief: bool = False) -> str:
        """Writes a ratio of 0-1 as %98,7 in Turkish and 98.7 % in English."""
        text = self.number(float(Decimal(str(ratio)) * 100), 1, brief)
        return f"%{text}" if self.code == "tr" else f"{text} %"

    def share(self, ratio: float) -> str:
        """Writes a ratio as percent, and one too small to print as less than the smallest."""
        return f"< {self.percent(0.001)}" if 0 < ratio < 0.0005 else self.percent(ratio)

    def date(self, moment: datetime) -> str:
        """Writes 05.01.2026 on the local clock."""
        return f"{moment.astimezone(self.zone):%d.%m.%Y}"

    def moment(self, moment: datetime) -> str:
        """Writes 05.01.2026 14:03 on the local clock."""
        return f"{moment.astimezone(self.zone):%d.%m.%Y %H:%M}"

    def month(self, moment: datetime) -> str:
        """Writes Kasım 2026 or November 2026."""
        local = moment.astimezone(self.zone)
        return f"{_texts()['months'][self.code][local.month - 1]} {local.year}"

    def upper(self, text: str) -> str:
        """Gives the capital letters of a text of this language."""
        return upper(text) if self.code == "tr" else text.upper()

    def duration(self, seconds: float, brief: bool = False) -> str:
        """Writes 0,42 sn - 45,2 sn - 3 dk 12 sn - 4 sa - 2 gün 1 sa: at most the two largest parts."""
        if rounded(seconds, 1) < 60:
            return f"{self.number(seconds, 2 if seconds < 10 else 1, brief)} {self.word('clock', 's')}"
        left, parts = int(rounded(seconds, 0)), []
        for name, size in (("d", 86400), ("h", 3600), ("m", 60), ("s", 1)):
            amount, left = divmod(left, size)
            if amount:
                parts.append(f"{self.number(amount)} {self.word('clock', name)}")
        return " ".join(parts[:2])

    def size(self, amount: float, brief: bool = False) -> str:
        """Writes a number of bytes with the unit that keeps it under a thousand: 12,4 MB."""
        step = 0
        while abs(amount) >= 999.95 and step < len(_SIZES) - 1:
            amount, step = amount / 1000, step + 1
        return f"{self.number(amount, 1 if step else 0, brief)} {_SIZES[step]}"

    def quantity(self, number: float, unit: str, brief: bool = False) -> str:
        """Writes a number with its unit, rounded as the unit asks; `brief` for targets and scales."""
        if unit == "ratio":
            return self.percent(number, brief)
        if unit == "seconds":
            return self.duration(number, brief)
        if unit == "bytes":
            return self.size(number, brief)
        if unit == "moment":
            return self.moment(datetime.fromtimestamp(number, self.zone))
        if unit == "boolean":
            return self.say("yes" if number else "no")
        return f"{self.number(number, _DECIMALS.get(unit, 0), brief)} {self.word('units', unit)}"

    def value(self, value: Value, unit: str) -> str:
        """Writes a value, or plainly that there is none."""
        if value.number is None or value.status in (Status.NOT_MEASURED, Status.NEVER, Status.UNDEFINED):
            return self.say(value.status.value)
        text = self.quantity(value.number, unit)
        return f"{text} {self.say('partial_mark')}" if value.status is Status.PARTIAL else text

    def labels(self, labels: dict[str, str]) -> str:
        """Writes the labels that tell a value from its siblings, in words."""
        return ", ".join(self.word("values", text) for _, text in sorted(labels.items()))
