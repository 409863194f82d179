"""What is typed at an IOS-like switch, in whatever spelling, is shown as the switch writes it."""

import re

import pytest
from netmiko.exceptions import ConfigInvalidException, NetmikoAuthenticationException

pytestmark = pytest.mark.slow  # netmiko waits a quarter of a second at every login


def _section(running: str, head: str) -> list[str]:
    found = re.search(rf"^{re.escape(head)}\n((?: .*\n)*)", running, re.MULTILINE)
    return [line.strip() for line in found[1].splitlines()] if found else ["absent"]


def test_running_and_startup_are_two(serve, login, switch) -> None:
    fleet = serve(switch)
    there = login(fleet)
    there.send_config_set(["interface Gi1/0/1", "description unsaved"])
    assert "description unsaved" in there.send_command("show running-config")
    assert "description unsaved" not in there.send_command("show startup-config")
    assert "[OK]" in there.save_config()
    assert "description unsaved" in there.send_command("show startup-config")
    there.send_config_set(["interface Gi1/0/1", "description lost"])
    fleet.call(switch.power_cut)
    assert switch.running["interface GigabitEthernet1/0/1"]["description"] == "description unsaved"


def test_abbreviations_and_case_are_written_in_full_and_defaults_not_at_all(there) -> None:
    said = there.send_config_set(
        [
            "INT RA gi1/0/1 - 2 , gi 1/0/4",
            "SW MO ACC",
            "sw acc vl 20",
            "no shut",
            "int gi 1/0/5",
            "Switchport Access VLAN 1",
        ]
    )
    assert "% Access VLAN does not exist. Creating vlan 20" in said
    assert "sw1(config-if-range)#" in said
    running = there.send_command("show running-config")
    for port in (1, 2, 4):
        assert _section(running, f"interface GigabitEthernet1/0/{port}") == [
            "switchport access vlan 20",
            "switchport mode access",
        ]
    assert _section(running, "interface GigabitEthernet1/0/3") == []
    assert _section(running, "interface GigabitEthernet1/0/5") == []
    assert "\nvlan 20\n" in running


def test_modes_have_their_prompts_and_a_global_command_leaves_the_section(there, stood) -> None:
    said = there.send_config_set(
        [
            "vlan 30",
            "name SES",
            "line vty 0 4",
            "exec-timeout 5 0",
            "exit",
            "archive",
            "interface Vlan30",
            "hostname sw1",
        ]
    )
    prompts = re.findall(r"^(sw1\(.*?\))#", said, re.MULTILINE)
    between = ["-vlan", "-vlan", "-line", "-line", "", "-archive", "-if"]
    assert prompts == [f"sw1(config{mode})" for mode in ("", *between, "")]
    assert stood.running["interface Vlan30"] == {}


def test_lists_of_vlans_are_compressed_edited_and_wrapped(there) -> None:
    trunk = "switchport trunk allowed vlan"

    def allowed(*lines: str) -> list[str]:
        there.send_config_set(["interface Gi1/0/24", *lines])
        running = there.send_command("show running-config interface Gi1/0/24")
        return [line for line in running.splitlines() if "allowed" in line]

    assert allowed("switchport mode trunk", f"{trunk} 10,11,12,14") == [f" {trunk} 10-12,14"]
    assert allowed(f"{trunk} add 20", f"{trunk} remove 11") == [f" {trunk} 10,12,14,20"]
    assert allowed(f"{trunk} none") == [f" {trunk} none"]
    assert allowed(f"no {trunk} 10") == []  # whatever follows `no`: all VLANs
    assert allowed(f"{trunk} add 30") == []  # all are allowed already
    long = ",".join(str(number) for number in range(100, 180, 2))
    assert [line.count(f"{trunk} add ") for line in allowed(f"{trunk} {long}")] == [0, 1, 1, 1]


def test_an_interface_that_is_not_there_leaves_the_next_lines_to_the_one_before(there, stood) -> None:
    lines = ["interface Gi1/0/1", "description used", "interface Gi1/0/99", "description unused", "shutdown"]
    said = there.send_config_set(lines)
    assert "% Invalid input detected at '^' marker." in said
    assert set(stood.running["interface GigabitEthernet1/0/1"].values()) == {
        "description unused",
        "shutdown",
    }
    with pytest.raises(ConfigInvalidException):
        there.send_config_set(lines, error_pattern=r"% Invalid")


@pytest.mark.parametrize(
    ("typed", "answer"),
    [
        ("show foo", "         ^\n% Invalid input detected at '^' marker."),
        ("configure terminal now", "                       ^\n% Invalid input detected at '^' marker."),
        ("show mac", "% Incomplete command."),
        ("co", '% Ambiguous command:  "co"'),
    ],
)
def test_errors_say_where(typed: str, answer: str, there) -> None:
    assert there.send_command(typed, strip_command=True).strip("\n") == answer


def test_bad_lists_are_refused_and_nothing_is_written(there) -> None:
    before = there.send_command("show running-config interface Gi1/0/1")
    said = there.send_config_set(
        [
            "interface Gi1/0/1",
            *(f"switchport trunk allowed vlan {bad}" for bad in ("300-290", "0", "4095", "12a")),
        ]
    )
    assert (said.count("Bad VLAN list"), said.count("% Invalid input")) == (3, 1)
    assert there.send_command("show running-config interface Gi1/0/1") == before


def test_secrets_are_hashed_anew_each_time_and_open_the_door(serve, login, switch) -> None:
    fleet = serve(switch)
    there = login(fleet)
    seen = set()
    for _ in range(2):
        there.send_config_set(["username ayse privilege 15 secret gizli"])
        seen.add(re.search(r"^username ayse .*$", there.send_command("show running-config"), re.MULTILINE)[0])
    assert len(seen) == 2
    assert all(re.fullmatch(r"username ayse privilege 15 secret 9 \$9\$\S+", line) for line in seen)
    assert login(fleet, username="ayse", password="gizli", enable=False).find_prompt() == "sw1>"
    there.send_config_set([f"username veli {seen.pop().partition('ayse ')[2]}"])  # a hash is taken as it is
    assert login(fleet, username="veli", password="gizli", enable=False).find_prompt() == "sw1>"


def test_taking_a_user_away_is_asked_and_closes_the_door(serve, login, switch) -> None:
    fleet = serve(switch)
    there = login(fleet)
    there.config_mode()
    for answer, left in (("n", True), ("\n", False)):
        there.send_command("no username netops", expect_string=r"\[confirm\]")
        there.send_command(answer, expect_string=r"\(config\)#", cmd_verify=False)
        assert ("username netops" in switch.running[""]) == left
    with pytest.raises(NetmikoAuthenticationException):
        login(fleet)


def test_other_spellings_are_normalised_and_hidden_things_stay_hidden(there) -> None:
    there.send_config_set(
        [
            "logging 10.40.20.21",
            "snmp-server user izleme okuyan v3 auth sha gizli1 priv aes 128 gizli2",
            "ip dhcp snooping vlan 20,10",
            "ip dhcp snooping vlan 11",
            "no ip dhcp snooping vlan 20",
            "clock timezone TRT 3",
        ]
    )
    running = there.send_command("show running-config")
    assert "\nlogging host 10.40.20.21\n" in running
    assert "\nip dhcp snooping vlan 10,11\n" in running
    assert "snmp-server user" not in running
    assert " TRT " in there.send_command("show clock")
    there.send_config_set(["no logging 10.40.20.21"])
    assert "logging host" not in there.send_command("show running-config")


def test_a_banner_of_many_lines_is_kept_and_shown_at_the_next_login(serve, login, switch) -> None:
    fleet = serve(switch)
    there = login(fleet)
    there.config_mode()
    there.write_channel("banner motd ^\nGumuscagil Belediyesi #1 >\nizinsiz giris yasaktir\n^\n")
    assert "Enter TEXT message.  End with the character '^'." in there.read_until_pattern(r"\(config\)#")
    text = "banner motd ^C\nGumuscagil Belediyesi #1 >\nizinsiz giris yasaktir\n^C"
    assert switch.running[""]["banner motd"] == text
    assert f"\n{text}\n" in login(fleet).send_command("show running-config")


def test_what_is_no_text_passes_through_byte_for_byte(serve, login, switch) -> None:
    fleet = serve(switch)
    fleet.call(switch.configure, "interface Gi1/0/3\ndescription \xddmar Odas\xfd")  # ISO-8859-9, not UTF-8
    shown = login(fleet, encoding="iso-8859-9").send_command("show running-config interface Gi1/0/3")
    assert " description İmar Odası" in shown


def test_a_port_can_be_defaulted_and_a_vlan_removed_under_it(there) -> None:
    there.send_config_set(
        ["interface Gi1/0/1", "switchport mode access", "switchport access vlan 50", "no vlan 50"]
    )
    assert re.search(r"Gi1/0/1 .*inactive +50", there.send_command("show interfaces status"))
    there.send_config_set(["default interface Gi1/0/1"])
    assert _section(there.send_command("show running-config"), "interface GigabitEthernet1/0/1") == []
    assert "%Default VLAN 1 may not be deleted." in there.send_config_set(["no vlan 1"])
