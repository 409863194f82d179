"""The lines of a day: who answers where, with what secret, shown to whom as what."""

from datetime import date, timedelta
from itertools import pairwise

import pytest

from estate.declared.estate import Estate
from estate.telephony.lines import caller_name, lines
from estate.telephony.secrets import pin, secret
from tests.unit.telephony.conftest import TODAY

DAY = date(2026, 6, 1)


def test_a_line_knows_its_class_its_place_and_its_groups(estate: Estate) -> None:
    by_number = {line.number: line for line in lines(estate, TODAY)}
    director, probe, architect = by_number["2002"], by_number["5990"], by_number["3201"]
    assert (director.calling_class, director.secretary, director.passes) == (
        "international",
        "2001",
        ("2801",),
    )
    assert probe.groups == ("birim-bilgiislem", "grup-sonda")
    assert (probe.mail, probe.holder) == ("sonda@gumuscagil.bel.example", "shared")
    assert (architect.emergency, architect.outside) == ("+903125553200", "+903125553201")
    assert by_number["4202"].at_night and not director.at_night


def test_who_left_and_who_has_not_come_yet_has_no_line(estate: Estate) -> None:
    left = next(one for one in estate.people if one.extension == "3702")
    assert left.end is not None and "3702" not in {line.number for line in lines(estate, TODAY)}
    assert "3702" in {line.number for line in lines(estate, left.end)}
    assert "3702" not in {line.number for line in lines(estate, left.start - timedelta(days=1))}


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("Işıl Iğdır", "Isil Igdir"),
        ("Pınar D'Arcy", "Pinar D'Arcy"),
        ('Oda "A"; 3|4', "Oda A 3 4"),
        ("Жук", "2801"),
    ],
)
def test_a_caller_is_shown_in_ascii(name: str, shown: str) -> None:
    assert caller_name(name, "2801") == shown


def test_a_secret_changes_with_its_holder_and_its_day_and_needs_no_escape() -> None:
    drawn = secret("key", "2801", "100102", DAY)
    assert len(drawn) == 24 and drawn.isalnum() and drawn == secret("key", "2801", "100102", DAY)
    others = {
        secret("other", "2801", "100102", DAY),
        secret("key", "2802", "100102", DAY),
        secret("key", "2801", "100103", DAY),
        secret("key", "2801", "100102", DAY + timedelta(days=1)),
    }
    assert len(others | {drawn}) == 5


def test_no_pin_of_thousands_is_one_digit_or_a_row() -> None:
    pins = [pin(f"key{at}", "2801", "100102", DAY) for at in range(20_000)]
    assert all(len(one) == 6 and one.isdigit() for one in pins)
    assert not [one for one in pins if len({(int(b) - int(a)) % 10 for a, b in pairwise(one)}) == 1]
