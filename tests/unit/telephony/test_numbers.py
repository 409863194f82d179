"""Reads Turkish numbers in every spelling (C33), and tells how far each one calls."""

from datetime import date
from pathlib import Path

import pytest

from estate.declared import load
from estate.telephony.numbers import NumberRefusedError, dialled, normalised, reach_of
from estate.telephony.planned import number_plan

PLAN = number_plan(load(Path(__file__).parents[3] / "inventories/lab", date(2026, 11, 30)))


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("0532 111 22 33", "+905321112233"),
        ("+90 532 111 22 33", "+905321112233"),
        ("0090 532 1112233", "+905321112233"),
        ("+90 0532 111 22 33", "+905321112233"),
        ("5321112233", "+905321112233"),
        ("0312-555-01-01", "+903125550101"),
        ("0041 44 555 01 02", "+41445550102"),
        ("444 0 153", "4440153"),
        ("112", "112"),
        ("153", "153"),
        # what a phone book and an operator write besides
        ("0 (532) 111\u00a022 33", "+905321112233"),
        ("+90 (0) 312 555 01 01", "+903125550101"),
        ("905321112233", "+905321112233"),
        ("555 01 01", "+903125550101"),
        ("+90 444 0 153", "4440153"),
        ("0041 (0)44 555 01 02", "+41445550102"),
        ("2801", "2801"),
    ],
)
def test_c33_a_number_in_any_spelling_is_one_number(written: str, read: str) -> None:
    assert normalised(written, PLAN) == read


@pytest.mark.parametrize(
    "written",
    [
        "532 111 22",
        "0532 111 22",
        "+90 532 111 22 333",
        "9999",
        "0041 44",
        "1 2",
        "",
        "+",
        "0x532",
        "٣",
        "1532 111 22 33",
    ],
)
def test_c33_what_is_too_short_or_no_number_is_refused(written: str) -> None:
    with pytest.raises(NumberRefusedError, match="found"):
        normalised(written, PLAN)


@pytest.mark.parametrize(
    ("number", "reach"),
    [
        ("112", "emergency"),
        ("2801", "internal"),
        ("+903125552801", "internal"),
        ("+903125559001", "local"),  # of the same hundred thousand, and in no block: an outside subscriber
        ("4440153", "short"),
        ("+902125550101", "national"),
        ("+908505550101", "national"),
        ("+905321112233", "mobile"),
        ("+909001112233", "premium"),
        ("+41445550102", "international"),
    ],
)
def test_a_number_calls_as_far_as_the_plan_says(number: str, reach: str) -> None:
    assert reach_of(number, PLAN) == reach


@pytest.mark.parametrize(
    ("keys", "number"),
    [
        ("2801", "2801"),
        ("112", "112"),
        ("0112", "112"),
        ("005321112233", "+905321112233"),
        ("05559001", "+903125559001"),
        ("00041445550102", "+41445550102"),
    ],
)
def test_what_is_dialled_leads_out_behind_the_digit_for_a_line(keys: str, number: str) -> None:
    assert dialled(keys, PLAN) == number


def test_without_the_digit_for_a_line_nothing_leads_out() -> None:
    with pytest.raises(NumberRefusedError, match="dial 0 for a line first"):
        dialled("5321112233", PLAN)
