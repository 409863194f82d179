"""The second vendor, whose VLANs name their ports, is served by the same code from another file."""

import time

import pytest

from estate.lab.switches import Machine, Wires
from estate.switches import shown


@pytest.fixture
def procurve() -> Machine:
    return Machine("hp1", "hp_procurve", minute_seconds=0.2, boot_seconds=0.2)


def test_ports_move_between_vlans_and_the_configuration_says_so(serve, login, procurve) -> None:
    there = login(serve(procurve))
    said = there.send_config_set(
        [
            "vlan 20",
            "name SUNUCU",
            "untagged 1-12",
            "tagged 24",
            "vlan 30",
            "unt 12",
            "ta 24",
            "interface 5",
            "name Oda-5",
            "dis",
        ]
    )
    assert "hp1(vlan-20)# " in said and "hp1(eth-5)# " in said
    running = there.send_command("show running-config")
    assert "\nRunning configuration:\n\n; J9776A Configuration Editor" in f"\n{running}"
    assert '\ninterface 5\n   disable\n   name "Oda-5"\n   exit\n' in running
    assert '\nvlan 1\n   name "DEFAULT_VLAN"\n   no untagged 1-12\n   untagged 13-28\n' in running
    assert '\nvlan 20\n   name "SUNUCU"\n   untagged 1-11\n   tagged 24\n   exit\n' in running
    assert "\nvlan 30\n   untagged 12\n   tagged 24\n   exit\n" in running


def test_a_port_is_never_without_a_vlan(serve, login, procurve) -> None:
    there = login(serve(procurve))
    assert "not a member of another VLAN" in there.send_config_set(["vlan 1", "no untagged 3"])
    there.send_config_set(["vlan 20", "untagged 3", "no untagged 3", "vlan 1 tagged 4", "no vlan 1 tagged 4"])
    state = procurve.state
    assert (state.ports["3"].untagged, state.ports["4"].untagged) == (1, 1)


def test_removing_a_vlan_with_ports_is_asked(serve, login, procurve) -> None:
    there = login(serve(procurve))
    there.send_config_set(["vlan 20", "untagged 1-3"])
    there.config_mode()
    asked = there.send_command("no vlan 20", expect_string=r"\[y/n\] ")
    assert "moved to the default VLAN:\n1-3\n" in asked
    there.send_command("n", expect_string=r"#", cmd_verify=False)
    assert procurve.state.ports["2"].untagged == 20
    there.send_command("no vlan 20", expect_string=r"\[y/n\] ")
    there.send_command("y", expect_string=r"#", cmd_verify=False)
    assert procurve.state.ports["2"].untagged == 1


def test_errors_are_said_in_its_own_words(serve, login, procurve) -> None:
    said = login(serve(procurve)).send_config_set(["vlan 20", "untaged 1", "untagged 99", "vlan", "s"])
    assert "Invalid input: untaged" in said
    assert "Module not present for port or invalid port: 99" in said
    assert "Incomplete input: vlan" in said
    assert "Ambiguous input: s" in said


def test_leaving_asks_whether_to_save(serve, login, procurve) -> None:
    fleet = serve(procurve)
    there = login(fleet)
    there.send_config_set(["vlan 20", "untagged 1"])
    there.send_command("logout", expect_string=r"log out \[y/n\]\? ")
    there.send_command("y", expect_string=r"save current configuration \[y/n/\^C\]\? ", cmd_verify=False)
    there.write_channel("y")
    deadline = time.monotonic() + 4
    while procurve.unsaved and time.monotonic() < deadline:
        time.sleep(0.02)
    assert not procurve.unsaved
    again = login(fleet)
    again.send_config_set(["vlan 20", "untagged 2"])
    again.save_config()
    assert not procurve.unsaved
    assert "   untagged 1,2\n" in again.send_command(
        "show config"
    ) or "   untagged 1-2\n" in again.send_command("show config")


def test_tables_parse(serve, login, procurve) -> None:
    procurve.configure(
        "vlan 20\nname SUNUCU\nuntagged 1\ntagged 24\nvlan 30\ntagged 24\ninterface 1\nname Imar"
        "\ninterface 2 disable"
    )
    learned = [(20, "02:00:5e:00:53:01", "1")]
    procurve.wires = Wires({"1", "3", "24"}, learned, [("24", "cekirdek1", "5")], {"1": (1200, 7)}, {"3"})
    there = login(serve(procurve))

    def rows(command: str) -> list[dict[str, str]]:
        return there.send_command(command, use_textfsm=True)

    assert rows("show vlans")[1]["vlan_name"] == "SUNUCU"
    assert rows("show interfaces brief")[0]["status"] == "Up"
    first, trunk = rows("show interfaces status")[0], rows("show interfaces status")[23]
    assert (first["name"], first["vlan_untagged"]) == ("Imar", "20")
    assert (trunk["vlan_tagged"], trunk["vlan_untagged"]) == ("multi", "1")
    assert rows("show mac-address")[0] == {"mac_address": "02005e-005301", "port": "1", "vlan_id": "20"}
    assert rows("show lldp info remote-device")[0]["neighbor_name"] == "cekirdek1"
    assert rows("show system")[0]["name"] == "hp1"
    counted = rows("show interfaces")[0]
    assert (counted["port"], counted["errors_rx"], counted["drops_tx"]) == ("1", "1,200", "7")
    text = "".join(there.send_command(command) for command in shown.PORTS["hp_procurve"])
    found = shown.ports("hp_procurve", text, procurve.names.ports)
    assert [port.name for port in found] == list(procurve.names.ports)
    assert found[0] == shown.PortShown("1", "up", 1200, None)
    assert [port.state for port in found[1:4]] == ["disabled", "err_disabled", "down"]
    seen = shown.addresses("hp_procurve", there.send_command("show mac-address"))
    assert seen == (shown.Learned("02:00:5e:00:53:01", "1", 20),)


def test_pages_are_on_until_switched_off_and_restart_asks(serve, login, procurve) -> None:
    there = login(serve(procurve))
    there.send_command("page")
    there.send_command("show interfaces status", expect_string="-- MORE --")
    there.send_command("q", expect_string="#", cmd_verify=False)
    there.send_command("no page")
    there.send_config_set(["vlan 20"])
    there.send_command("reload", expect_string=r"\[y/n/\^C\]\? ")
    asked = there.send_command("n", expect_string=r"continue \[y/n\]\? ", cmd_verify=False)
    assert "Device will be rebooted" in asked
    there.write_channel("y")
    deadline = time.monotonic() + 4
    while procurve.up and time.monotonic() < deadline:
        time.sleep(0.02)
    assert "vlan 20" not in procurve.running
