"""Keeps a record that cannot be read from costing more than what it tells: it is left out, counted and named."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import partial
from pathlib import Path
from typing import TypeVar

from estate.records.shapes import RecordError

T = TypeVar("T")


class Damaged:
    """Gathers what could not be read while one thing is made of many records, by the kind of record."""

    def __init__(self) -> None:
        """Begins with nothing damaged."""
        self._found: dict[str, dict[str, str]] = {}

    @property
    def counts(self) -> Mapping[str, int]:
        """Gives how many files of each kind were damaged; a kind without any is not there."""
        return {kind: len(files) for kind, files in self._found.items()}

    def unless(self, kind: str, read: Callable[[], T]) -> T | None:
        """Gives what was read; None when the record is damaged. A file counts once, however often it is read."""
        try:
            return read()
        except RecordError as error:
            self._found.setdefault(kind, {}).setdefault(error.file, str(error))
            return None

    def each(self, kind: str, paths: Iterable[Path], read: Callable[[Path], T]) -> Iterator[T]:
        """Gives the records of these files, in their order, without the damaged ones."""
        for path in paths:
            one = self.unless(kind, partial(read, path))
            if one is not None:
                yield one

    def any(self, kind: str) -> bool:
        """Tells whether a record of this kind was damaged."""
        return kind in self._found

    def words(self, rest: str = "shown") -> list[str]:
        """Says which records were left out, why, and what to do, and that the rest is there; nothing when none was."""
        told = [f"{kind}: {words}" for kind, files in self._found.items() for words in files.values()]
        return (
            [*told, f"What these tell is missing, the rest is {rest}. docs/runbooks/RecordDamaged.md"]
            if told
            else []
        )
