"""Names a mistake in a declared file: where it stands, what is wrong, what would be right."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

Place = tuple[str | int, ...]
"""The way to a value inside one file, its single top key first: ("estate_mail", "accounts", 3, "user")."""


@dataclass(frozen=True, order=True)
class Mistake:
    """One thing a person has to mend; `file` is relative to the environment's directory, `line` counts from 1."""

    file: str
    line: int
    key: str
    wrong: str
    right: str

    def sentence(self, directory: str) -> str:
        """Gives `file:line: key: what is wrong; what would be right` on one line."""
        place = f"{directory}/{self.file}" if directory else self.file
        key = f"{self.key}: " if self.key else ""
        return one_line(f"{place}:{self.line}: {key}{self.wrong}; {self.right}")


class Refusal(Exception):  # noqa: N818 - a refusal is the word of the house
    """Refuses a declared estate with every mistake found in it at once."""

    def __init__(
        self,
        directory: Path,
        mistakes: Sequence[Mistake],
        unchecked: Sequence[str] = (),
        parts: Mapping[str, Any] | None = None,
    ) -> None:
        """Keeps the mistakes sorted by place; `unchecked` names subjects whose references could not be followed.

        `parts` are the subjects as far as they could be shaped (None: not): for who only shows them, with the refusal.
        """
        self.parts = dict(parts or {})
        self.directory = directory
        self.mistakes = tuple(sorted(set(mistakes)))
        self.unchecked = tuple(sorted(unchecked))
        super().__init__("\n".join(self.sentences()))

    def sentences(self) -> list[str]:
        """Gives one line per mistake and one that sums up."""
        lines = [mistake.sentence(self.directory.as_posix()) for mistake in self.mistakes]
        files = len({mistake.file for mistake in self.mistakes})
        lines.append(f"{_count(len(lines), 'mistake')} in {_count(files, 'file')}")
        if self.unchecked:
            lines.append(
                f"not yet checked against the other files: {', '.join(self.unchecked)} (mend the above first)"
            )
        return lines


def one_line(text: str) -> str:
    """Writes what a terminal would obey or hide (line ends, escapes, turned directions) as a visible escape."""
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text)


def spell(place: Place) -> str:
    """Writes a place as a person reads it: `estate_mail.accounts[3].user`."""
    text = ""
    for step in place:
        if isinstance(step, str) and len(step) > 60:
            step = f"{step[:56]}..."
        text += f"[{step}]" if isinstance(step, int) else f".{step}" if text else step
    return text


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"
