"""What a person holds follows from the record and the day alone."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from estate.declared.estate import Estate
from estate.declared.holdings import DIRECTOR, State, groups, holdings, members, state
from estate.declared.people import Person
from estate.declared.web_access import Assignment
from tests.unit.directory.conftest import TODAY

Makes = Callable[..., Any]
TWO_YEARS = 730


@pytest.mark.parametrize(
    ("days", "today", "expected"),
    [
        ({"start": "2026-12-01"}, "2026-11-30", "waiting"),
        ({"start": "2026-12-01"}, "2026-12-01", "active"),
        ({"end": "2026-11-30"}, "2026-11-30", "active"),
        ({"end": "2026-11-30"}, "2026-12-01", "left"),
        ({"end": "2026-12-31", "cut_off": "2026-12-15"}, "2026-12-14", "active"),
        ({"end": "2026-12-31", "cut_off": "2026-12-15"}, "2026-12-15", "left"),
        ({"cut_off": "2026-12-15"}, "2026-12-15", "left"),
        ({"start": "2026-12-20", "cut_off": "2026-12-15"}, "2026-12-16", "left"),
        ({"end": "2024-02-28"}, "2024-02-29", "left"),
        ({"end": "2024-12-31"}, "2026-12-31", "left"),
        ({"end": "2024-12-31"}, "2027-01-01", "expired"),
        ({"end": "2024-12-31", "legal_hold": True}, "2036-01-01", "left"),
    ],
)
def test_a_state_changes_on_its_day(person: Makes, days: dict[str, Any], today: str, expected: State) -> None:
    assert state(person(**days), date.fromisoformat(today), TWO_YEARS) == expected


def held(estate: Estate, today: date = TODAY) -> dict[str, frozenset[str]]:
    return {one.person.user or one.person.personnel_number: one.groups for one in holdings(estate, today)}


def test_an_active_person_is_in_the_groups_of_everybody_unit_and_profile(
    declares: Makes, person: Makes
) -> None:
    assert held(declares(person())) == {"selin.aydin": {"tum-personel", "birim-bilgiislem", "internet-genis"}}


@pytest.mark.parametrize("days", [{"start": "2026-12-01"}, {"end": "2026-11-29"}])
def test_who_waits_or_left_is_in_no_group(declares: Makes, person: Makes, days: dict[str, str]) -> None:
    [one] = holdings(declares(person(**days)), TODAY)
    assert (one.groups, one.profile, one.extension) == (frozenset(), None, None)
    assert one.addresses == ("selin.aydin@gumuscagil.bel.example",)


def test_a_stand_in_holds_both_units_until_the_last_day(declares: Makes, person: Makes) -> None:
    estate = declares(person(unit="ik", acting={"unit": "kultur", "end": "2026-12-31"}))
    during = {"tum-personel", "birim-ik", "birim-kultur", "mudur-kultur", "internet-genis"}
    assert held(estate, date(2026, 12, 31)) == {"selin.aydin": during}
    assert held(estate, date(2027, 1, 1)) == {
        "selin.aydin": {"tum-personel", "birim-ik", "internet-standart"}
    }


@pytest.mark.parametrize(
    ("changed", "profile"),
    [
        ({"unit": "kultur", "title": "Müdür V."}, "genis"),
        ({"unit": "fen", "status": "isci"}, "genis"),
        ({"unit": "fen", "internet": "temel"}, "temel"),
    ],
)
def test_who_stands_in_surfs_as_the_director_until_the_last_day_unless_the_record_says_otherwise(
    declares: Makes, person: Makes, changed: dict[str, str], profile: str
) -> None:
    estate = declares(person(**changed, acting={"unit": "kultur", "end": "2026-12-31"}))
    assert holdings(estate, date(2026, 12, 31))[0].profile == profile
    own = declares(person(**changed))
    assert holdings(estate, date(2027, 1, 1))[0].profile == holdings(own, date(2027, 1, 1))[0].profile


def test_standing_in_narrows_nothing(declares: Makes, person: Makes) -> None:
    """Of both profiles the wider one counts: who already reaches more keeps it."""
    estate = declares(person(unit="bilgiislem", acting={"unit": "kultur", "end": "2026-12-31"}))
    rules = [Assignment(profile="temel", titles=(DIRECTOR,)), *estate.web_access.assignment]
    narrow = replace(estate, web_access=estate.web_access.model_copy(update={"assignment": tuple(rules)}))
    assert holdings(narrow, TODAY)[0].profile == "genis"


def test_only_the_exact_title_directs_a_unit(declares: Makes, person: Makes) -> None:
    director = person("1" * 6, user="a", title="Müdür", unit="fen")
    others = [
        person(str(200000 + i), user=f"b{i}", title=title, unit="fen")
        for i, title in enumerate(("Müdür V.", "Müdür Yardımcısı", "müdür"))
    ]
    assert members(holdings(declares(director, *others), TODAY))["mudur-fen"] == ["111111"]


@pytest.mark.parametrize(
    ("changed", "profile"),
    [
        ({"unit": "ik"}, "standart"),
        ({"unit": "ik", "status": "sozlesmeli"}, "standart"),
        ({"unit": "ik", "status": "isci"}, "temel"),
        ({"unit": "ik", "status": "sirket"}, "temel"),
        ({"unit": "ik", "title": "Müdür"}, "genis"),
        ({"unit": "bilgiislem"}, "genis"),
        ({"unit": "bilgiislem", "internet": "temel"}, "temel"),
    ],
)
def test_the_profile_is_declared_or_follows_the_policy_of_the_web(
    declares: Makes, person: Makes, changed: dict[str, str], profile: str
) -> None:
    [one] = holdings(declares(person(**changed)), TODAY)
    assert one.profile == profile
    assert [group for group in one.groups if group.startswith("internet-")] == [f"internet-{profile}"]


def test_groups_open_shared_folders(declares: Makes, person: Makes) -> None:
    [one] = holdings(declares(person(unit="fen")), TODAY)
    assert set(one.shares) >= {"fen", "ortak"}
    assert "bilgiislem" not in one.shares
    [vendor] = holdings(declares(person(status="firma", unit=None, end="2026-12-31")), TODAY)
    assert vendor.shares == ()


def test_a_vendor_is_no_personnel_and_has_a_place_of_its_own(declares: Makes, person: Makes) -> None:
    [one] = holdings(declares(person(status="firma", unit=None, end="2026-12-31")), TODAY)
    assert (one.place, one.groups) == (("Firmalar",), {"internet-temel"})


def test_places_follow_the_unit_and_the_leaving(declares: Makes, person: Makes) -> None:
    people = person(unit="fen"), person("2" * 6, user="x", unit="fen", end="2026-11-01")
    assert [one.place for one in holdings(declares(*people), TODAY)] == [
        ("Birimler", "fen"),
        ("Ayrilanlar",),
    ]


def test_nobody_is_in_a_group_that_is_not_declared(lab: Estate) -> None:
    everything = holdings(lab, TODAY)
    assert set(members(everything)) - set(groups(lab)) == set()
    assert len(groups(lab)) == 2 * len(lab.organisation.directorates) + 4


def test_a_person_without_an_account_is_a_member_of_nothing(declares: Makes, person: Makes) -> None:
    walker: Person = person(user=None, sam_account_name=None, mail=None)
    [one] = holdings(declares(walker), TODAY)
    assert (one.account, members([one])) == (False, {})
