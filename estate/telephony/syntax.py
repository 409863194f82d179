"""Writes values so that Asterisk reads back what was meant; what it could not is refused, never shortened."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

LONGEST = 4000
"""Letters in one line. Asterisk reads lines of up to 8,191, and expands variables into 4,096."""
MEANING = ',;|"\\$[]{}()<>='
"""Signs that mean something in an argument of a dial plan, a field of a mailbox or a caller's name."""


class UnwritableError(ValueError):
    """A value that no Asterisk file can hold; tells what it is, what stands in it and what would be right."""


@dataclass(frozen=True)
class Section:
    """One section of a file: `name` in brackets, `mark` behind it (a template, or nothing), then the lines.

    Several sections may have one name: an endpoint, what it proves itself by and where it is reached.
    """

    name: str
    lines: tuple[str, ...]
    mark: str = ""

    @property
    def text(self) -> str:
        """Gives the section as it stands in the file, with an empty line behind it."""
        return f"[{self.name}]{self.mark}\n" + "".join(f"{line}\n" for line in self.lines) + "\n"


def setting(key: str, value: object) -> str:
    """Gives the line `key = value` of a section; raises UnwritableError for a value that would be read as another.

    A semicolon begins a comment unless a backslash stands before it. The blank behind = keeps a leading > alone.
    """
    return short(f"{key} = {plain(str(value), key).replace(';', chr(92) + ';')}")


def settings(pairs: Iterable[tuple[str, object]]) -> tuple[str, ...]:
    """Gives the lines of several settings, in their order."""
    return tuple(setting(key, value) for key, value in pairs)


def plain(value: str, what: str) -> str:
    """Gives a value back that is ASCII on one line without blanks at its ends, or raises UnwritableError."""
    if not value.isascii() or not value.isprintable():
        raise UnwritableError(
            f"{what}: {value!r} cannot be written for Asterisk; use printable ASCII letters on one line"
        )
    if value != value.strip():
        raise UnwritableError(
            f"{what}: {value!r} has blanks at its ends, which Asterisk drops; take them off"
        )
    if ";--" in value:
        raise UnwritableError(f"{what}: {value!r} holds ;-- which begins a long comment; write it otherwise")
    return value


def word(value: str, what: str) -> str:
    """Gives a value back that may stand as one argument of a dial plan or one field of a mailbox, unquoted."""
    wrong = sorted(set(plain(value, what)) & set(MEANING))
    if wrong or not value:
        found = f"{' '.join(wrong)} in {value!r}" if wrong else "nothing"
        raise UnwritableError(f"{what}: found {found}, which has a meaning of its own here; leave it out")
    return value


def short(line: str) -> str:
    """Gives a line back that Asterisk reads whole, or raises UnwritableError."""
    if len(line) > LONGEST:
        raise UnwritableError(
            f"{line[:40]}...: {len(line)} letters in one line; Asterisk reads {LONGEST} safely; declare fewer"
        )
    return line
