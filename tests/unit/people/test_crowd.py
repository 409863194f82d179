"""Holds for a whole municipality: names are given once, nobody is renamed by another's arrival, all is read quickly."""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import date

import pytest

from estate.declared import Estate, load
from estate.declared.identities import login_of
from estate.people import crowd, entries, feed, table
from estate.people.changes import add
from estate.people.editing import IDENTITIES, PEOPLE, edited
from estate.people.roster import Roster
from tests.unit.people.conftest import ROOT, TODAY

pytestmark = pytest.mark.slow

LAB = ROOT / "inventories" / "lab"


def grown(estate: Estate, edits: list[crowd.Edit]) -> Estate:
    given = tuple(row for edit in edits for row in edit.given)
    people = (*estate.people, *(edit.after for edit in edits))
    return replace(estate, people=people, identities=(*estate.identities, *given))


@pytest.fixture(scope="module")
def full(lab: Estate) -> Estate:
    return grown(lab, crowd.enlarged(lab, TODAY))


def test_the_crowd_fills_every_directorate_and_is_the_same_each_time(lab: Estate, full: Estate) -> None:
    assert len(full.people) == 1500
    for unit in full.organisation.directorates:
        there = [person for person in full.people if person.unit == unit.slug]
        assert sum(1 for person in there if person.user) == unit.accounts
        assert len(there) == sum(number for _, number in unit.staff)
    assert grown(lab, crowd.enlarged(lab, TODAY)) == full
    assert grown(lab, crowd.enlarged(lab, TODAY, seed=6)) != full


def test_a_whole_municipality_is_well_declared(lab: Estate, full: Estate) -> None:
    texts = {file: (LAB / file).read_text(encoding="utf-8") for file in (PEOPLE, IDENTITIES)}
    estate = load(LAB, TODAY, edited=edited(texts, crowd.enlarged(lab, TODAY)))
    assert estate.people == full.people
    assert estate.identities == full.identities


def test_no_name_is_given_twice(full: Estate) -> None:
    owners: dict[str, str] = {}
    for row in full.identities:
        for _, name in row.names():
            assert owners.setdefault(login_of(name), row.personnel_number) == row.personnel_number
    assert all(len(person.sam_account_name or "") <= 20 for person in full.people)


def test_the_export_of_everybody_changes_nothing(full: Estate) -> None:
    judged = entries.judged(*table.read(crowd.exported(full.people)), full, TODAY)
    found = feed.compared(Roster(full, TODAY), judged)
    assert (judged.faults, found.edits, found.missing) == ((), (), ())
    assert found.unchanged == 1500


@pytest.mark.parametrize("seed", range(5))
def test_no_arrival_renames_anybody(lab: Estate, seed: int) -> None:
    """Whoever comes, one by one or in a file, in whatever order of numbers: everybody here keeps their names."""
    dice = random.Random(seed)
    estate = grown(lab, crowd.enlarged(lab, TODAY, total=160, seed=seed))
    before = {one.personnel_number: one for one in estate.people}
    roster, given = Roster(estate, TODAY), set[str]()
    for number in dice.sample(range(300_000, 400_000), 60):
        twin = dice.choice(estate.people)
        fields = {"given_name": twin.given_name, "surname": twin.surname, "title": "Memur", "status": "memur"}
        after = add(roster, str(number), {**fields, "unit": "park", "start": date(2026, 12, 1)}).after
        assert after.user not in given and after.user not in {one.user for one in estate.people}
        given.add(str(after.user))
    people = list(estate.people)
    dice.shuffle(people)
    twins = [
        one.model_copy(update={"personnel_number": f"0{one.personnel_number[1:]}"}) for one in people[:40]
    ]
    export = crowd.exported(dice.sample([*people, *twins], len(people) + 40), seed)
    judged = entries.judged(*table.read(export), estate, TODAY)
    found = feed.compared(Roster(estate, TODAY), judged)
    assert {edit.number for edit in found.edits} == {one.personnel_number for one in twins}
    assert not {edit.after.user for edit in found.edits} & {one.user for one in before.values()}
