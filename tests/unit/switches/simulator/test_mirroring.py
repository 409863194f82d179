"""Whoever mirrors a switch on a data plane is told what its ports do with frames, after each change and only then."""

import pytest

from estate.lab.switches import Machine, State


@pytest.mark.parametrize(
    ("platform", "lines", "port"),
    [
        ("cisco_ios", "vlan 20\ninterface Gi1/0/1\nswitchport access vlan 20", "GigabitEthernet1/0/1"),
        ("hp_procurve", "vlan 20\nuntagged 1", "1"),
    ],
)
def test_both_vendors_tell_a_move_in_the_same_words(platform: str, lines: str, port: str) -> None:
    switch, told = Machine("sw1", platform), list[State]()
    switch.observe(told.append)
    assert [state.ports[port].untagged for state in told] == [1]
    switch.configure(lines)
    assert told[-1].ports[port].untagged == 20
    before = len(told)
    switch.configure("vlan 20")
    assert len(told) == before


def test_what_does_not_exist_carries_nothing() -> None:
    switch = Machine("sw1")
    switch.configure(
        "vlan 20\nvlan 40\ninterface Gi1/0/1\nswitchport mode access\nswitchport access vlan 20\n"
        "switchport voice vlan 40\n"
        "interface Gi1/0/24\nswitchport mode trunk\nswitchport trunk allowed vlan 20,30,40\n"
        "switchport trunk native vlan 40\ninterface Vlan20\nip address 10.40.20.11 255.255.255.0"
    )
    ports = switch.state.ports
    assert (ports["GigabitEthernet1/0/1"].untagged, ports["GigabitEthernet1/0/1"].tagged) == (20, {40})
    assert (ports["GigabitEthernet1/0/24"].untagged, ports["GigabitEthernet1/0/24"].tagged) == (40, {20})
    assert switch.state.interfaces == {20: "10.40.20.11 255.255.255.0"}
    switch.configure("no vlan 20\ninterface Gi1/0/24\nshutdown")
    ports = switch.state.ports
    assert ports["GigabitEthernet1/0/1"].untagged is None
    assert not ports["GigabitEthernet1/0/24"].carries(40)
    assert switch.state.interfaces == {}


def test_without_power_no_port_passes_a_frame(serve, until) -> None:
    switch, told = Machine("sw1", boot_seconds=0.1), list[State]()
    fleet = serve(switch)
    fleet.call(switch.observe, told.append)
    fleet.call(switch.power_cut)
    assert until(lambda: len(told) == 3)
    assert [any(port.enabled for port in state.ports.values()) for state in told] == [True, False, True]
