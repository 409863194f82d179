"""Edits files as people write them: comments, line ends and order stay."""

from __future__ import annotations

from datetime import date

import pytest

from estate.declared.identities import Identity
from estate.declared.people import Person
from estate.people.changes import Edit
from estate.people.editing import IDENTITIES, PEOPLE, edited
from estate.people.roster import EditError

LEDGER = "# the ledger\nestate_identities: []\n"
AYSE = """\
  # the first
  - personnel_number: "200001" # key
    user: ayse.ornek
    given_name: Ayşe
    surname: 'Örnek'   # by birth
    title: Memur
    status: memur
    unit: yazi
    start: "2019-03-04"
    # end: "2027-03-31"

  # the second
"""
ALI = """\
  - personnel_number: "200002"
    given_name: Ali
    surname: Can
    title: Şef
    status: memur
    unit: fen
    start: "2020-01-02"
"""
TEXT = f"# people\nestate_people:\n{AYSE}{ALI}# the end\n"


def person(**fields: object) -> Person:
    known = {"personnel_number": "200001", "user": "ayse.ornek", "given_name": "Ayşe", "surname": "Örnek"}
    return Person.model_validate(
        {**known, "title": "Memur", "status": "memur", "unit": "yazi", "start": "2019-03-04", **fields}
    )


def changed(text: str, **fields: object) -> str:
    return edited({PEOPLE: text, IDENTITIES: LEDGER}, [Edit(person(), person(**fields))])[PEOPLE]


def test_nothing_is_touched_when_nothing_differs() -> None:
    assert changed(TEXT) == TEXT


def test_a_changed_key_stays_in_its_place_with_its_comment() -> None:
    assert changed(TEXT, surname="Yıldız") == TEXT.replace("'Örnek'   #", "'Yıldız'  #")


def test_a_new_key_takes_its_place_and_comments_stay_behind_the_record() -> None:
    new = changed(TEXT, site="ANA", end="2027-03-31", legal_hold=True)
    assert new == TEXT.replace("    unit: yazi\n", "    unit: yazi\n    site: ANA\n").replace(
        '    start: "2019-03-04"\n', '    start: "2019-03-04"\n    end: "2027-03-31"\n    legal_hold: true\n'
    )
    back = edited(
        {PEOPLE: new, IDENTITIES: LEDGER},
        [Edit(person(site="ANA", end="2027-03-31", legal_hold=True), person())],
    )
    assert back[PEOPLE] == TEXT


@pytest.mark.parametrize(
    "title, written",
    [
        ("Şef", "Şef"),
        ("no", '"no"'),
        ("Yes", '"Yes"'),
        ("null", '"null"'),
        ("12:30:45", '"12:30:45"'),
        ("0112", '"0112"'),
        ("a: b", "'a: b'"),
        ("# x", "'# x'"),
        ("Müdür V.", "Müdür V."),
        ('it\'s "x"', 'it\'s "x"'),
    ],
)
def test_values_are_quoted_where_they_could_be_read_otherwise(title: str, written: str) -> None:
    assert changed(TEXT, title=title) == TEXT.replace("title: Memur", f"title: {written}")


def test_line_ends_of_windows_stay() -> None:
    text = TEXT.replace("\n", "\r\n")
    assert changed(text, title="Şef") == text.replace("title: Memur", "title: Şef")


def test_records_at_the_margin_stay_there() -> None:
    text = TEXT.replace("\n  ", "\n")
    new = Edit(None, person(personnel_number="200003", user=None))
    found = edited({PEOPLE: text, IDENTITIES: LEDGER}, [Edit(person(), person(title="Şef")), new])[PEOPLE]
    assert found.startswith(text.replace("title: Memur", "title: Şef"))
    assert found.splitlines()[-7:] == [
        '- personnel_number: "200003"',
        "  given_name: Ayşe",
        "  surname: Örnek",
        "  title: Memur",
        "  status: memur",
        "  unit: yazi",
        '  start: "2019-03-04"',
    ]


def test_the_first_record_of_an_empty_list() -> None:
    row = Identity.model_validate({"personnel_number": "200001", "since": "2026-11-30", "user": "ayse.ornek"})
    texts = {PEOPLE: "estate_people: [] # nobody yet\n", IDENTITIES: LEDGER}
    found = edited(texts, [Edit(None, person(), (row,))])
    number = '  - personnel_number: "200001"\n'
    assert found[PEOPLE].startswith(f"estate_people:  # nobody yet\n{number}    user: ayse.ornek\n")
    assert found[IDENTITIES] == (
        f'# the ledger\nestate_identities:\n{number}    since: "2026-11-30"\n    user: ayse.ornek\n'
    )


@pytest.mark.parametrize(
    "text",
    [
        'estate_people: [{personnel_number: "200001"}]\n',
        'estate_people:\n  - {personnel_number: "200001"}\n',
        'estate_people:\n  -\n    personnel_number: "200001"\n',
        "estate_people: {}\n",
        "other: []\n",
        "",
    ],
)
def test_another_way_of_writing_is_refused(text: str) -> None:
    with pytest.raises(EditError, match="write it so, then edit"):
        changed(text, title="Şef")


def test_days_come_out_as_they_went_in() -> None:
    assert person(end="2027-03-31").closed_from == date(2027, 4, 1)
    assert person(end="2027-03-31", cut_off="2027-03-15").closed_from == date(2027, 3, 15)
    assert person(end="9999-12-31").closed_from is None
    assert person().closed_from is None
