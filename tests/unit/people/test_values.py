"""Reads cells the Turkish way and guesses nothing."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from estate.declared import Estate
from estate.people import values
from estate.people.values import ValueRefusedError


@pytest.mark.parametrize(
    "text, day",
    [
        ("31.12.2024", date(2024, 12, 31)),
        ("1.2.2025", date(2025, 2, 1)),
        (" 2024-02-29 ", date(2024, 2, 29)),
        ("31.12.2024 00:00:00", date(2024, 12, 31)),
        ("2024-12-31T00:00", date(2024, 12, 31)),
        ("", None),
        (" \u00a0", None),
        ("31.12.9999", None),
    ],
)
def test_days(text: str, day: date | None) -> None:
    assert values.day(text) == day


@pytest.mark.parametrize(
    "text",
    ["31/12/2024", "12-31-2024", "1.2.25", "2024.12.31", "45657", "31.12.2024 08:30", "yok", "20241231"],
)
def test_days_that_could_be_others_are_refused(text: str) -> None:
    with pytest.raises(ValueRefusedError, match=r"is no day; write it as 31\.12\.2024 or 2024-12-31"):
        values.day(text)


@pytest.mark.parametrize("text", ["29.02.2025", "31.06.2024", "2024-13-01", "00.01.2024"])
def test_days_outside_the_calendar_are_refused(text: str) -> None:
    with pytest.raises(ValueRefusedError, match="is not in the calendar"):
        values.day(text)


@pytest.mark.parametrize(
    "text, number",
    [
        ("1.355,90", Decimal("1355.90")),
        ("1355,9", Decimal("1355.9")),
        ("1.355", Decimal(1355)),
        ("%12,5", Decimal("12.5")),
        ("-0,75", Decimal("-0.75")),
        ("", None),
    ],
)
def test_numbers(text: str, number: Decimal | None) -> None:
    assert values.number(text) == number


@pytest.mark.parametrize("text", ["12.5", "1,355.90", "1.35.5", "1e5", "0x10", "1 355", "NaN", "١٢"])
def test_numbers_that_could_be_others_are_refused(text: str) -> None:
    with pytest.raises(ValueRefusedError, match="is no number"):
        values.number(text)


@pytest.mark.parametrize("text", ["100101", "100.101", "100101,00", " 100101 "])
def test_personnel_numbers_as_tables_show_them(text: str) -> None:
    assert values.personnel_number(text) == "100101"


def test_personnel_numbers_keep_their_zeros() -> None:
    assert values.personnel_number("000123") == "000123"


@pytest.mark.parametrize(
    "text", ["", "123", "12.5", "1001011", "100101.0", "100101,5", "1,00101E+05", "-100101", "S-100101"]
)
def test_other_personnel_numbers_are_refused(text: str) -> None:
    with pytest.raises(ValueRefusedError, match="; write six digits, such as 100101"):
        values.personnel_number(text)


@pytest.mark.parametrize("text", ["Þükrü", "Ali Ýnce", "Ã–zgÃ¼r", "AyÅŸe", "IÅŸÄ±k", "\ufffdağrı", "Şim?ek"])
def test_a_name_that_another_encoding_damaged_is_refused(text: str) -> None:
    with pytest.raises(ValueRefusedError, match="was damaged by another encoding"):
        values.name(text)


@pytest.mark.parametrize(
    "text", ["Âdem", "D'Arcy", "Gül-Nihal", "René", "Şef (İhale-Büro)", "Müdür V.", "Əli"]
)
def test_a_name_is_kept_as_it_is(text: str) -> None:
    assert values.name(f" {text}\u00a0") == text


@pytest.mark.parametrize(
    "text", ["bilgiislem", "Bilgi İşlem Müdürlüğü", "BİLGİ İŞLEM MÜDÜRLÜĞÜ", "bilgi işlem müdürlüğü"]
)
def test_a_directorate_in_any_case(lab: Estate, text: str) -> None:
    assert values.unit(text, lab) == "bilgiislem"


def test_words_are_matched_whole(lab: Estate) -> None:
    with pytest.raises(ValueRefusedError, match='"Bilgi" is no directorate; did you mean bilgiislem'):
        values.unit("Bilgi", lab)
    with pytest.raises(ValueRefusedError, match="known are"):
        values.unit("Müdürlüğü", lab)
    with pytest.raises(ValueRefusedError, match='"memurr" is no status; did you mean memur'):
        values.status("memurr")
    assert values.status("SÖZLEŞMELİ") == values.status("sozlesmeli") == "sozlesmeli"
    assert values.site("ana", lab) == values.site("BELEDİYE HİZMET BİNASI", lab) == "ANA"


@pytest.mark.parametrize("text", ["=HYPERLINK(1)", "@ali", "Ali2", "Ali; Can", "Ali/Can", "Ali_Can", "Ali😀"])
def test_a_name_of_a_person_holds_letters(text: str) -> None:
    with pytest.raises(ValueRefusedError, match="which no name has; write the name alone"):
        values.person_name(text)


def test_apostrophes_hyphens_and_dots_belong_to_names() -> None:
    assert values.person_name(" D’Arcy Ö. Gül-Nihal") == "D’Arcy Ö. Gül-Nihal"
