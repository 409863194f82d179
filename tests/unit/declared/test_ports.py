"""Every spelling of a port is one port, and what could be two is none."""

import pytest

from estate.declared.ports import names_of, port_of

NAMES = names_of(["GigabitEthernet{member}/0/1-48", "TenGigabitEthernet{member}/0/1-2", "FiftyGigE1/0/1"], 2)


@pytest.mark.parametrize("spelling", ["Gi1/0/5", "gigabitethernet 1/0/5", "GigabitEthernet1/0/5", "GI 1/0/5"])
def test_spellings_of_one_port(spelling: str) -> None:
    assert port_of(spelling, NAMES) == "GigabitEthernet1/0/5"


@pytest.mark.parametrize("spelling", ["1/0/5", "Gi1/0/49", "Fa1/0/5", "FiveGigabitEthernet1/0/1", "Gi", ""])
def test_what_is_no_port(spelling: str) -> None:
    assert port_of(spelling, NAMES) is None


def test_a_kind_that_could_be_two_is_none() -> None:
    both = ("FiveGigabitEthernet1/0/1", "FiftyGigE1/0/1")
    assert (port_of("Fi1/0/1", both), port_of("FiftyGigE1/0/1", both)) == (None, "FiftyGigE1/0/1")


def test_members_and_ranges_are_rolled_out_in_order() -> None:
    assert names_of(["{member}/1-2", "A1-2"], 2) == ("1/1", "1/2", "A1", "A2", "2/1", "2/2")
    assert names_of(["1-2", "2-3"], 3) == ("1", "2", "3")
