"""What `show` prints is read by the parsers everybody uses."""

from collections.abc import Iterator
from typing import Any

import pytest
from netmiko import BaseConnection

from estate.lab.switches import Fleet, Machine, Wires
from estate.switches.shown import Learned, PortShown, addresses, ports
from tests.unit.switches.simulator.conftest import privileged

SETUP = """
vlan 20
name SUNUCU
vlan 40
name SES
interface Gi1/0/1
description IMAR-101
switchport mode access
switchport access vlan 20
switchport voice vlan 40
interface Gi1/0/2
shutdown
interface Gi1/0/24
switchport mode trunk
switchport trunk allowed vlan 20,40-42
interface Vlan20
ip address 10.40.20.11 255.255.255.0
"""


@pytest.fixture(scope="module")
def shown() -> Iterator[BaseConnection]:
    switch = Machine("sw1")
    switch.configure(SETUP)
    switch.wires = Wires(
        up={"GigabitEthernet1/0/1", "GigabitEthernet1/0/24"},
        addresses=[(20, "02:00:5e:00:53:01", "GigabitEthernet1/0/1")],
        neighbours=[("GigabitEthernet1/0/24", "cekirdek1", "Gi1/0/5")],
        errors={"GigabitEthernet1/0/1": (12, 3)},
        stopped={"GigabitEthernet1/0/3"},
    )
    with Fleet([switch]) as fleet:
        there = privileged(fleet, "sw1")
        fleet.call(switch.arm_revert, 5)
        yield there


@pytest.mark.parametrize(
    ("command", "row", "expected"),
    [
        ("show version", 0, {"hostname": "sw1", "version": "15.2(7)E4", "reload_reason": "power-on"}),
        ("show inventory", 0, {"name": "1", "pid": "WS-C2960X-24TS-L"}),
        ("show vlan brief", 1, {"vlan_id": "20", "vlan_name": "SUNUCU", "interfaces": ["Gi1/0/1"]}),
        ("show vlan brief", 2, {"vlan_id": "40", "interfaces": ["Gi1/0/1"]}),
        (
            "show interfaces status",
            0,
            {"port": "Gi1/0/1", "name": "IMAR-101", "status": "connected", "vlan_id": "20"},
        ),
        ("show interfaces status", 1, {"port": "Gi1/0/2", "name": "", "status": "disabled", "vlan_id": "1"}),
        ("show interfaces status", 2, {"port": "Gi1/0/3", "status": "err-disabled"}),
        ("show interfaces status", 23, {"port": "Gi1/0/24", "status": "connected", "vlan_id": "trunk"}),
        (
            "show interfaces",
            0,
            {
                "interface": "GigabitEthernet1/0/1",
                "link_status": "up",
                "protocol_status": "up (connected)",
                "description": "IMAR-101",
                "input_errors": "12",
                "output_errors": "3",
            },
        ),
        ("show interfaces", 1, {"link_status": "administratively down", "input_errors": "0"}),
        ("show interfaces Gi1/0/3", 0, {"link_status": "down", "protocol_status": "down (err-disabled)"}),
        (
            "show interfaces switchport",
            0,
            {"interface": "Gi1/0/1", "mode": "static access", "access_vlan": "20", "voice_vlan": "40"},
        ),
        (
            "show interfaces switchport",
            23,
            {"interface": "Gi1/0/24", "admin_mode": "trunk", "trunking_vlans": ["20", "40-42"]},
        ),
        (
            "show mac address-table",
            0,
            {"destination_address": "0200.5e00.5301", "vlan_id": "20", "destination_port": ["Gi1/0/1"]},
        ),
        ("show ip interface brief", 0, {"interface": "Vlan1", "status": "administratively down"}),
        ("show ip interface brief", 1, {"interface": "Vlan20", "ip_address": "10.40.20.11", "status": "up"}),
        (
            "show lldp neighbors",
            0,
            {"neighbor_name": "cekirdek1", "local_interface": "Gi1/0/24", "neighbor_interface": "Gi1/0/5"},
        ),
        ("show clock", 0, {"timezone": "UTC"}),
        ("show logging", 0, {"facility": "SYS", "mnemonic": "CONFIG_I"}),
        ("show users", 0, {"line": "*  1 vty 0", "user": "netops"}),
        ("show archive", 0, {"next_filename": "flash:arch-2"}),
    ],
)
def test_tables_parse(command: str, row: int, expected: dict[str, Any], shown: BaseConnection) -> None:
    if command == "show logging":
        shown.send_config_set(["no ip http server"])
    rows = shown.send_command(command, use_textfsm=True)
    assert isinstance(rows, list), rows
    assert expected.items() <= rows[row].items()


def test_ports_and_addresses_are_read_as_they_are_shown(shown: BaseConnection) -> None:
    known = [f"GigabitEthernet1/0/{number}" for number in range(1, 29)]
    noise = "\n*Nov 26 12:00:00.000: %LINK-3-UPDOWN: Interface GigabitEthernet1/0/9, changed state to up\n"
    found = ports("cisco_ios", noise + shown.send_command("show interfaces"), known)
    assert [port.name for port in found] == known
    assert found[0] == PortShown(known[0], "up", 12, 3)
    assert [port.state for port in found[1:4]] == ["disabled", "err_disabled", "down"]
    assert ports("cisco_ios", "Vlan1 is up, line protocol is up\n", known) == ()
    learned = addresses("cisco_ios", shown.send_command("show mac address-table"))
    assert learned == (Learned("02:00:5e:00:53:01", "GigabitEthernet1/0/1", 20),)


def test_trunks_are_told_with_their_vlans(shown: BaseConnection) -> None:
    lines = [
        line.split()
        for line in shown.send_command("show interfaces trunk").splitlines()
        if "Gi1/0/24" in line
    ]
    assert [line[-1] for line in lines] == ["1", "20,40-42", "20,40", "20,40"]
