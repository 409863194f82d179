"""Reads what a personnel system writes into a cell: Turkish days and numbers, words in any case; guesses nothing."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from datetime import date
from decimal import Decimal
from typing import get_args

from estate.declared import Estate
from estate.declared.people import Status
from estate.declared.shapes import nearest
from estate.declared.turkish import fold, tidy

_TURKISH_DAY = re.compile(r"([0-9]{1,2})\.([0-9]{1,2})\.([0-9]{4})(?: 00:00(?::00)?)?")
_ISO_DAY = re.compile(r"([0-9]{4})-([0-9]{2})-([0-9]{2})(?:[ T]00:00(?::00)?)?")
_NUMBER = re.compile(r"[+-]?([0-9]{1,3}(\.[0-9]{3})+|[0-9]+)(,[0-9]+)?")
_NEVER = date(9999, 12, 31)
_MOJIBAKE = re.compile("[ÝýÞþÐð\ufffd]|Ã.|Ä[±°ž\x9eŸ\x9f]|Å[žŸ\x9e\x9f]|[A-Za-zÇĞİÖŞÜçğıöşü]\\?[a-zçğıöşü]")
"""Letters that no name here has, and what Turkish ones turn into when a file is read in the wrong encoding."""


class ValueRefusedError(Exception):
    """Says what is wrong with a cell and what would be right."""

    def __init__(self, wrong: str, right: str) -> None:
        """Keeps both halves of the sentence."""
        super().__init__(f"{wrong}; {right}")
        self.wrong = wrong
        self.right = right


def day(text: str) -> date | None:
    """Gives the day of `31.12.2024`, `1.2.2025` or `2024-12-31`; None for an empty cell and for 31.12.9999 (never)."""
    cell = tidy(text)
    if not cell:
        return None
    if found := _TURKISH_DAY.fullmatch(cell):
        parts = (int(found[3]), int(found[2]), int(found[1]))
    elif found := _ISO_DAY.fullmatch(cell):
        parts = (int(found[1]), int(found[2]), int(found[3]))
    else:
        raise ValueRefusedError(f'"{cell}" is no day', "write it as 31.12.2024 or 2024-12-31")
    try:
        known = date(*parts)
    except ValueError:
        raise ValueRefusedError(f'"{cell}" is not in the calendar', "write a day that exists") from None
    return None if known == _NEVER else known


def number(text: str) -> Decimal | None:
    """Gives the number of `1.355,90`, `1355,9`, `1.355` (one thousand ...), `%12,5` or `-0,75`; None for an empty cell.

    A dot that does not part thousands is refused: whether `12.5` means 12,5 or 125 only the writer knows.
    """
    cell = tidy(text).removeprefix("%")
    if not cell:
        return None
    if not _NUMBER.fullmatch(cell):
        right = "write it as 1.355,90: dots between thousands, a comma before decimals"
        raise ValueRefusedError(f'"{tidy(text)}" is no number', right)
    return Decimal(cell.replace(".", "").replace(",", "."))


def personnel_number(text: str) -> str:
    """Gives six digits, also of `100.101` or `100101,00` as tables show numbers."""
    cell = tidy(text)
    if re.fullmatch(r"[0-9]{6}", cell):
        return cell
    right = "write six digits, such as 100101"
    if not cell:
        raise ValueRefusedError("the personnel number is missing", right)
    try:
        value = number(cell)
    except ValueRefusedError:
        value = None
    if value is None or value != value.to_integral_value() or not 100_000 <= value <= 999_999:
        raise ValueRefusedError(f'"{cell}" is no personnel number', right)
    return str(int(value))


def name(text: str) -> str:
    """Gives a name or title with its own letters, or refuses one that was damaged on the way here."""
    found = tidy(text)
    if not found:
        raise ValueRefusedError("the cell is empty", "write it as in the personnel file")
    if damaged := _MOJIBAKE.search(found):
        wrong = f'"{found}" was damaged by another encoding ("{damaged[0]}")'
        raise ValueRefusedError(wrong, "export anew, as UTF-8 or Windows-1254")
    if not all(letter.isprintable() for letter in found):
        raise ValueRefusedError(f"{found!r} holds control characters", "write it on one line")
    return found


def person_name(text: str) -> str:
    """Gives a given name or surname: letters, blanks, and the apostrophe, hyphen or dot between them."""
    found = name(text)
    if strange := next((letter for letter in found if not letter.isalpha() and letter not in " '’-."), None):
        raise ValueRefusedError(f'"{found}" holds "{strange}", which no name has', "write the name alone")
    return found


def status(text: str) -> Status:
    """Gives the kind of employment, in any case and with or without Turkish letters."""
    return _chosen("status", text, {kind: [kind] for kind in get_args(Status)})  # type: ignore[return-value]


def unit(text: str, estate: Estate) -> str:
    """Gives the slug of a directorate, written as slug or by its Turkish name in any case."""
    rows = {row.slug: [row.slug, row.name] for row in estate.organisation.directorates}
    return _chosen("directorate", text, rows)


def site(text: str, estate: Estate) -> str:
    """Gives the code of a building, written as code or by its name in any case."""
    return _chosen("site", text, {row.code: [row.code, row.name] for row in estate.sites})


def outlet(text: str, estate: Estate) -> str | None:
    """Gives the name of an outlet, written in any case; None for the word `none`, which leaves the desk."""
    found = tidy(text).upper()
    names = {row.name for row in estate.switches.outlets}
    if found == "NONE":
        return None
    if found not in names:
        raise ValueRefusedError(f'"{tidy(text)}" is no outlet', nearest(found, names))
    return found


def _chosen(what: str, text: str, known: Mapping[str, Iterable[str]]) -> str:
    folded = fold(text)
    spellings = {fold(spelling): key for key, all_of_it in known.items() for spelling in all_of_it}
    if folded in spellings:
        return spellings[folded]
    begun = {key for spelling, key in spellings.items() if folded and spelling.startswith(folded)}
    right = f"did you mean {begun.pop()}?" if len(begun) == 1 else nearest(folded, known)
    raise ValueRefusedError(f'"{tidy(text)}" is no {what}', right)
