"""Turns what was written in capitals into the spelling of a name, and keeps a spelling that is known already."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from estate.declared.people import Person
from estate.declared.turkish import fold, is_capitals, title, upper

_ABBREVIATIONS = {"Vhki": "VHKİ"}


def proper(text: str) -> str:
    """Turns a field that is all capitals into a name; what is written with small letters is left as it is."""
    if not is_capitals(text):
        return text
    return " ".join(_ABBREVIATIONS.get(word, word) for word in title(text).split())


def spelled(here: str, there: str) -> str:
    """Gives the spelling to keep: capitals alone say nothing new about a name that is known in small letters."""
    return here if is_capitals(there) and upper(here) == there else proper(there)


def titles(people: Iterable[Person]) -> dict[str, str]:
    """Gives the spelling of every title that somebody has, by its folded form."""
    return {fold(person.title): person.title for person in people}


def titled(text: str, known: Mapping[str, str]) -> str:
    """Gives a title in capitals the spelling that is `known` (see titles), else that of a name."""
    return known.get(fold(text), proper(text)) if is_capitals(text) else text
