"""Derives exactly the expected names from the export of a personnel system that holds every trap."""

from __future__ import annotations

import csv
import io
from datetime import date
from pathlib import Path
from typing import get_args

from estate.declared import load
from estate.declared.people import Status
from estate.declared.turkish import tidy
from estate.people.naming import derive

HERE = Path(__file__).parent
LAB = HERE.parents[2] / "inventories" / "lab"


def rows(name: str) -> list[dict[str, str]]:
    text = (HERE / name).read_text(encoding="utf-8")
    return list(csv.DictReader(io.StringIO(text), delimiter=";"))


def test_the_export_gives_the_expected_names() -> None:
    statuses = {str(status): status for status in get_args(Status)}
    taken: set[str] = set()
    found = []
    for row in rows("hr_export.csv"):
        names = derive(row["ad"], row["soyad"], statuses[row["statu"]], taken)
        taken |= {names.user, names.sam_account_name}
        found.append((row["sicil"], names.user, names.sam_account_name))
    expected = [(row["sicil"], row["username"], row["sam_account_name"]) for row in rows("expected.csv")]
    assert len(expected) == 60
    assert found == expected


def test_the_people_of_the_lab_are_the_expected_ones() -> None:
    people = load(LAB, today=date(2026, 11, 30)).people
    found = [
        (one.personnel_number, one.user, one.sam_account_name, one.extension or "", one.display_name)
        for one in people
    ]
    assert found == [tuple(row.values())[:5] for row in rows("expected.csv")]


def test_the_people_of_the_lab_are_those_of_the_export() -> None:
    people = {one.personnel_number: one for one in load(LAB, today=date(2026, 11, 30)).people}
    found = [
        (one.unit or "", one.status, one.site or "", str(one.start), str(one.end or ""))
        for one in people.values()
    ]
    exported = rows("hr_export.csv")
    keys = ("birim", "statu", "yer", "baslangic", "bitis")
    assert found == [tuple(row[key] for key in keys) for row in exported]
    mixed = [row for row in exported if not row["ad"].isupper()]
    assert len(mixed) == 58
    assert all(people[row["sicil"]].display_name == tidy(f"{row['ad']} {row['soyad']}") for row in mixed)
