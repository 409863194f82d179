"""Tells the two readings of a scalar apart exactly where PyYAML and YAML 1.2 differ."""

from __future__ import annotations

import math

import pytest

from estate.declared.scalars_of_yaml import reads_differently, value_of


@pytest.mark.parametrize(
    ("text", "old", "new"),
    [
        ("0112", "the number 74", "the number 112"),
        ("08", 'the text "08"', "the number 8"),
        ("0o17", 'the text "0o17"', "the number 15"),
        ("0b11", "the number 3", 'the text "0b11"'),
        ("1_000", "the number 1000", 'the text "1_000"'),
        ("1e3", 'the text "1e3"', "the number 1000.0"),
        ("12:34:56", "the number 45296", 'the text "12:34:56"'),
        ("190:20:30.15", "the number 685230.15", 'the text "190:20:30.15"'),
        ("no", "the truth value false", 'the text "no"'),
        ("Off", "the truth value false", 'the text "Off"'),
        ("YES", "the truth value true", 'the text "YES"'),
        ("n", "the truth value false", 'the text "n"'),
        ("2009-03-02", "the date 2009-03-02", 'the text "2009-03-02"'),
        ("2009-13-02", "a date that does not exist", 'the text "2009-13-02"'),
        ("<<", "an order to merge another mapping", 'the text "<<"'),
    ],
)
def test_a_trap_is_told_with_both_readings(text: str, old: str, new: str) -> None:
    difference = reads_differently(text)
    assert difference is not None
    assert (difference.old, difference.new) == (old, new)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("eposta", "eposta"),
        ("10.40.20.10", "10.40.20.10"),
        ("ANA", "ANA"),
        ("8-g", "8-g"),
        ("0", 0),
        ("-12", -12),
        ("0x1F", 31),
        ("0.5", 0.5),
        ("true", True),
        ("null", None),
        ("", None),
        (".inf", math.inf),
        ("=", "="),
    ],
)
def test_what_both_read_alike_is_no_trap(text: str, value: object) -> None:
    assert reads_differently(text) is None
    assert value_of(text) == value
    assert type(value_of(text)) is type(value)


def test_not_a_number_is_read_alike_although_it_differs_from_itself() -> None:
    assert reads_differently(".nan") is None
