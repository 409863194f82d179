"""Imports the whole export of a personnel system, in every form such systems write, and gets the people of the lab."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from estate.declared import Estate, load
from estate.declared.people import Person
from estate.people import entries, feed, table
from estate.people.roster import Roster

HERE = Path(__file__).parent
DAY = date(2025, 2, 3)


@pytest.fixture(scope="module")
def lab() -> Estate:
    return load(HERE.parents[2] / "inventories" / "lab", today=date(2026, 11, 30))


def windows(text: str) -> bytes:
    return unicodedata.normalize("NFC", text).encode("cp1254")


FORMS: dict[str, Callable[[str], bytes]] = {
    "as it is": str.encode,
    "Windows-1254": windows,
    "UTF-8 with its mark": lambda text: text.encode("utf-8-sig"),
    "UTF-16": lambda text: text.encode("utf-16"),
    "decomposed": lambda text: unicodedata.normalize("NFD", text).encode(),
    "commas": lambda text: text.replace(";", ",").encode(),
    "tabs": lambda text: text.replace(";", "\t").encode(),
    "line feeds": lambda text: text.replace("\r\n", "\n").encode(),
    "heading in capitals": lambda text: text.replace("sicil;ad;soyad;birim", "SİCİL;AD;SOYAD;BİRİM").encode(),
    "Turkish days": lambda text: _turkish_days(text).encode(),
}


def _turkish_days(text: str) -> str:
    rows = [row.split(";") for row in text.splitlines()]
    for row in rows[1:]:
        for at in (7, 8):
            if row[at]:
                row[at] = date.fromisoformat(row[at]).strftime("%d.%m.%Y")
    return "\r\n".join(";".join(row) for row in rows)


def imported(content: bytes, before: Estate) -> feed.Compared:
    rows, faults = table.read(content)
    judged = entries.judged(rows, faults, before, DAY)
    assert judged.faults == ()
    return feed.compared(Roster(before, DAY), judged)


@pytest.mark.parametrize("form", FORMS.values(), ids=FORMS)
def test_the_export_gives_the_people_of_the_lab(form: Callable[[str], bytes], lab: Estate) -> None:
    nobody = replace(lab, people=(), identities=())
    text = (HERE / "hr_export.csv").read_bytes().decode("utf-8")
    found = imported(form(text), nobody)
    later = {"extension": None, "acting": None, "outlet": None}  # given after the import
    expected = tuple(Person.model_validate({**_values(one), **later}) for one in lab.people)
    assert tuple(edit.after for edit in found.edits) == expected
    assert tuple(row for edit in found.edits for row in edit.given) == lab.identities
    assert [note.split(" ", 1)[0] for note in found.notes] == ["100130", "100158"]


def _values(person: Person) -> dict[str, object]:
    return {key: str(value) if isinstance(value, date) else value for key, value in person}


def test_the_export_of_the_people_who_are_there_changes_nothing(lab: Estate) -> None:
    found = imported((HERE / "hr_export.csv").read_bytes(), lab)
    assert (found.edits, found.missing, found.unchanged) == ((), (), 60)
