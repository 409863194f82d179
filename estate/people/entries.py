"""Judges the rows of an export cell by cell: each becomes what the personnel system says of a person, or its faults."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TypeVar

from estate.declared import Estate
from estate.declared.people import Status
from estate.people import values
from estate.people.naming import NamingError, derive
from estate.people.table import Fault, Row
from estate.people.values import ValueRefusedError

FIRST_START = date(1940, 1, 1)
FURTHEST_START = timedelta(days=366)
"""How far ahead somebody may be known to begin; further is a mistyped year."""

Value = TypeVar("Value")


@dataclass(frozen=True)
class Entry:
    """What the personnel system says of one person; names as it writes them, maybe in capitals."""

    line: int
    number: str
    given_name: str
    surname: str
    title: str
    status: Status
    unit: str | None
    site: str | None
    start: date
    end: date | None


@dataclass(frozen=True)
class Judged:
    """The rows of an export that can be used, the faults of the others, and every number that could be read."""

    entries: tuple[Entry, ...]
    faults: tuple[Fault, ...]
    numbers: frozenset[str]


def judged(rows: Sequence[Row], faults: Iterable[Fault], estate: Estate, today: date) -> Judged:
    """Gives the entries of an export in the order of the personnel numbers, and all faults by line."""
    found, wrong = [], list(faults)
    first: dict[str, int] = {}
    twice: set[str] = set()
    for row in rows:
        cells = _Cells(row, estate, today)
        entry = cells.entry()
        number = cells.number
        if number is not None and number in first:
            twice.add(number)
            cells.fault(
                "sicil", f"{number} stands twice, first on line {first[number]}", "keep the row that is right"
            )
        elif number is not None:
            first[number] = row.line
        wrong += cells.faults
        if entry is not None:
            found.append(entry)
    entries = sorted(
        (one for one in found if one.number not in twice), key=lambda one: (one.number, one.line)
    )
    return Judged(tuple(entries), tuple(sorted(wrong)), frozenset(first))


class _Cells:
    """Reads the cells of one row and gathers all that is wrong with them."""

    def __init__(self, row: Row, estate: Estate, today: date) -> None:
        self._row, self._estate, self._today = row, estate, today
        self.faults: list[Fault] = []
        self.number = self._read("sicil", values.personnel_number)

    def fault(self, column: str, wrong: str, right: str) -> None:
        self.faults.append(Fault(self._row.line, column, wrong, right))

    def entry(self) -> Entry | None:
        given, surname = self._read("ad", values.person_name), self._read("soyad", values.person_name)
        title, status = self._read("unvan", values.name), self._read("statu", values.status)
        unit = self._read("birim", lambda text: values.unit(text, self._estate) if text.strip() else None)
        site = self._read("yer", lambda text: values.site(text, self._estate) if text.strip() else None)
        start, end = self._read("baslangic", values.day), self._read("bitis", values.day)
        if status is not None:
            self._status_fits(status, unit)
        self._days_fit(status, start, end)
        if given and surname and status:
            try:
                derive(given, surname, status, ())
            except NamingError as error:
                self.fault("ad", str(error), "add them by hand")
        if self.faults or not (self.number and given and surname and title and status and start):
            return None
        return Entry(self._row.line, self.number, given, surname, title, status, unit, site, start, end)

    def _read(self, column: str, reader: Callable[[str], Value]) -> Value | None:
        try:
            return reader(self._row.cells[column])
        except ValueRefusedError as error:
            self.fault(column, error.wrong, error.right)
            return None

    def _status_fits(self, status: Status, unit: str | None) -> None:
        written = bool(self._row.cells["birim"].strip())
        if status == "firma" and unit is not None:
            self.fault("birim", "somebody of a vendor has no directorate", "leave the cell empty")
        elif status != "firma" and not written:
            self.fault("birim", "the cell is empty", "write the directorate, as slug or by its name")

    def _days_fit(self, status: Status | None, start: date | None, end: date | None) -> None:
        written = bool(self._row.cells["baslangic"].strip())
        if start is None and not written:
            self.fault("baslangic", "the cell is empty", "write the first day, such as 31.12.2024")
        if start is not None and not FIRST_START <= start <= self._today + FURTHEST_START:
            self.fault("baslangic", f"{start} cannot be a first day", "mend the year")
        if start is not None and end is not None and end < start:
            self.fault("bitis", f"{end} is before the start {start}", "mend one of the two")
        if status == "firma" and end is None and not self._row.cells["bitis"].strip():
            self.fault("bitis", "somebody of a vendor has no last day", "write the last day of the contract")
