"""Lists of VLANs and ports stand as each make of switch shows them."""

from estate.declared.ports import names_of
from estate.switches.lists import ios_vlans, procurve_ports, procurve_vlans


def test_ios_joins_neighbours_from_three_on() -> None:
    assert ios_vlans([20, 10, 11, 22, 21, 10, 99]) == "10,11,20-22,99"


def test_procurve_parts_vlans_by_blanks() -> None:
    assert procurve_vlans([10, 11, 20]) == "10-11 20"


def test_ports_are_neighbours_inside_one_member_only() -> None:
    stack = names_of(["{member}/1-24"], 2)
    assert procurve_ports(stack[22:26], stack) == "1/23-1/24,2/1-2/2"
    plain = names_of(["1-28"], 1)
    assert procurve_ports(["3", "1", "2", "28"], plain) == "1-3,28"
