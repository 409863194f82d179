"""Derives the names of a person for machines once: login, old Windows login, address; one rule, no locale.

First given name and last surname, joined by a dot. When that was given before: all given names joined; then all
surnames joined as well; then the first form with 2, 3 ... directly behind. Accounts of a vendor begin with `f.`.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from itertools import count

from estate.declared.people import Status
from estate.declared.turkish import fold, tidy

LONGEST_USER = 64
"""What a directory takes as the name of an entry, and a mail server before the @."""

LONGEST_SAM = 20


class NamingError(Exception):
    """Says that no name for machines can be made of a person's name."""


@dataclass(frozen=True)
class Names:
    """The names one person goes by: the login, the login as old Windows knows it, and what stands before the @."""

    user: str
    sam_account_name: str


def derive(given_name: str, surname: str, status: Status, taken: Collection[str]) -> Names:
    """Gives names that nobody had before; `taken` holds every login and every part before an @ ever given.

    Raises NamingError when a name has no letter between a and z, not even after folding.
    """
    given, last = _words("given name", given_name), _words("surname", surname)
    mark = "f." if status == "firma" else ""
    user = next(name for name in _users(mark, given, last) if name not in taken)
    return Names(user, _sam(user, f"{mark}{given[0][0]}.{last[-1]}", taken))


def _words(what: str, text: str) -> list[str]:
    words = [word for word in map(fold, tidy(text).split()) if word]
    if not words or not words[0][0].isalpha():
        raise NamingError(f'the {what} "{text}" does not begin with a letter that folds to a-z')
    return words


def _users(mark: str, given: list[str], last: list[str]) -> Iterator[str]:
    first = f"{mark}{given[0]}.{last[-1]}"
    yield _cut(first, LONGEST_USER)
    yield _cut(f"{mark}{''.join(given)}.{last[-1]}", LONGEST_USER)
    yield _cut(f"{mark}{''.join(given)}.{''.join(last)}", LONGEST_USER)
    yield from (_cut(first, LONGEST_USER, str(number)) for number in count(2))


def _sam(user: str, short: str, taken: Collection[str]) -> str:
    if len(user) <= LONGEST_SAM:
        return user
    forms = (_cut(short, LONGEST_SAM, "" if number == 1 else str(number)) for number in count(1))
    return next(name for name in forms if name not in taken)


def _cut(name: str, longest: int, number: str = "") -> str:
    return name[: longest - len(number)].rstrip(".") + number
