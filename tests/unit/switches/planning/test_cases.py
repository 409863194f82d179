"""What went wrong at others, as they told in public: each with the input that would do it again."""

import pytest

from estate.switches import display
from estate.switches.plan import remediation
from estate.switches.reading import ConfigurationError
from tests.unit.switches.planning.pairs import WIDE, pair
from tests.unit.switches.planning.small import BASE, END, PROTECTED, changed, lines, planned

PORT = (
    "interface GigabitEthernet1/0/1\n description PC-1\n switchport access vlan 10\n switchport mode access\n"
)
ALLOWED = "switchport trunk allowed vlan 10,20,99"


def test_ranges_and_overlaps_are_sets() -> None:
    shortened = changed((ALLOWED, "switchport trunk allowed vlan 1,21,99,231-234,312"))
    spelled = changed((ALLOWED, "switchport trunk allowed vlan 1,21,231,232,233,234,312,99"))
    assert planned(shortened, spelled).lines == ()
    overlapping = changed((ALLOWED, "switchport trunk allowed vlan 10,20,99,814-827,827-828"))
    assert "switchport trunk allowed vlan add 814-828" in lines(planned(BASE, overlapping))


@pytest.mark.parametrize("bad", ["300-290", "0", "4095", "12a"])
def test_a_bad_list_is_refused_with_port_and_value(bad: str) -> None:
    with pytest.raises(ConfigurationError, match=rf"GigabitEthernet1/0/24.*{bad}"):
        planned(BASE, changed((ALLOWED, f"switchport trunk allowed vlan 99,{bad}")))


def test_a_vlan_is_added_to_a_trunk_and_nothing_else() -> None:
    plan = pair("vlan_added_to_live_uplink").plan()
    inside = [line for line in plan.lines if "allowed" in line]
    assert inside == [" switchport trunk allowed vlan add 5"]
    assert plan.lists == ("GigabitEthernet1/0/24: 3-4,8,10,199 becomes 3-5,8,10,199 (+5)",)


def test_log_lines_are_no_configuration_and_one_inside_a_line_is_damage() -> None:
    log = "*Jan  5 08:15:02.001: %LINK-3-UPDOWN: Interface Gi1/0/7, changed state to up\n"
    between = planned(changed(("vlan 20\n", log + "vlan 20\n")), BASE)
    assert (between.lines, between.refusals) == ((), ())
    cut = planned(changed((" switchport mode access\n", f" switchport mo{log}de access\n")), BASE)
    assert [refusal.guard for refusal in cut.refusals] == ["running-damaged"] and cut.lines == ()


def test_a_new_host_name_comes_last_so_that_the_prompt_stays() -> None:
    plan = planned(BASE, changed(("sw-1", "SW-BELEDIYE-EKHIZMET-KAT3"), ("PC-1", "PC-2")))
    assert plan.lines[-1] == "hostname SW-BELEDIYE-EKHIZMET-KAT3"
    assert {refusal.guard for refusal in plan.refusals} == {"running-foreign"}


def test_a_voice_vlan_may_be_a_word() -> None:
    plan = pair("voice_vlan_as_a_word").plan()
    voices = [line for line in lines(plan) if line.startswith(("interface", "switchport voice"))]
    assert voices == [
        each for n in (1, 2, 3) for each in (f"interface GigabitEthernet1/0/{n}", "switchport voice vlan 70")
    ]


def test_spellings_of_a_port_are_one_port() -> None:
    for spelled in ("Gi1/0/1", "gigabitethernet 1/0/1", "GigabitEthernet1/0/1"):
        assert (
            planned(BASE, changed(("interface GigabitEthernet1/0/1\n", f"interface {spelled}\n"))).lines == ()
        )
    other = BASE + "interface Gi1/0/1\n switchport access vlan 20\n"
    with pytest.raises(ConfigurationError) as refused:
        planned(BASE, other)
    assert "line 21: 'interface Gi1/0/1' stands in line 11 (as 'interface GigabitEthernet1/0/1')" in str(
        refused.value
    )
    assert "line 22: 'switchport access vlan 20' contradicts line 13" in str(refused.value)
    fifty = changed(("interface Vlan99", "interface FiftyGigE1/0/1\n description CORE\ninterface Vlan99"))
    assert planned(fifty, fifty).lines == ()


def test_a_secret_with_a_new_salt_is_no_change_and_is_written_when_told_to() -> None:
    intended = changed(("secret 9 $9$aaaa$bbbb", "secret Uzun-Parola-1"))
    again = changed(("$9$aaaa$bbbb", "$9$cccc$dddd"))
    assert planned(BASE, intended).lines == planned(again, intended).lines == ()
    renewed = planned(BASE, intended, renewed=("username netops",))
    assert renewed.lines == ("username netops privilege 15 secret Uzun-Parola-1",)
    assert "Uzun-Parola-1" not in "\n".join(display.lines({"sw-1": renewed}))


@pytest.mark.parametrize(
    "user", ["username netops privilege 1 secret X", "username baska privilege 15 secret X"]
)
def test_another_user_or_other_rights_are_a_change(user: str) -> None:
    plan = planned(BASE, changed(("username netops privilege 15 secret 9 $9$aaaa$bbbb", user)))
    assert user in plan.lines
    assert "username netops privilege 15 secret 9 $9$aaaa$bbbb" in plan.rollback
    assert "own-user" in {refusal.guard for refusal in plan.refusals}


def test_clocks_and_counters_are_no_drift() -> None:
    quiet = pair("nothing_to_do").plan()
    assert (quiet.lines, quiet.refusals) == ((), ())
    moved = pair("nothing_to_do").running.replace("ANA-7-3", "ANA-7-33").replace("36028797", "36028801")
    plan = planned(moved.replace("Nov 2", "Nov 9").removesuffix("end\r\n"), pair("nothing_to_do").intended)
    assert lines(plan) == ["interface GigabitEthernet1/0/3", "description ANA-7-3"]


def test_what_is_new_is_made_then_used_then_the_old_one_goes() -> None:
    found = lines(pair("access_list_replaced").plan())
    steps = [
        "ip access-list extended YENI",
        "ip access-group YENI in",
        "no description",
        "no ip access-list extended ESKI",
    ]
    assert [line for line in found if line in steps] == steps


def test_abbreviations_are_refused_with_the_words_written_out() -> None:
    short = "int gi1/0/7\n sw acc vlan 10\nsnmp-server community Deneme1 ro\n"
    with pytest.raises(ConfigurationError) as refused:
        planned(BASE, BASE + short)
    told = str(refused.value)
    assert "'int gi1/0/7' is not as shown: write 'interface gi1/0/7'" in told
    assert (
        "'snmp-server community <hidden> ro' is not as shown: write 'snmp-server community <hidden> RO'"
        in told
    )
    with pytest.raises(
        ConfigurationError, match="'sw acc vlan 10' is not as shown: write 'switchport access vlan 10'"
    ):
        planned(BASE, changed(("switchport access vlan 10", "sw acc vlan 10")))


def test_bytes_that_are_no_utf8_are_kept_where_they_are_not_ours_and_put_back_where_they_are() -> None:
    foreign = b"\xdeef odas\xfd".decode("utf-8", "surrogateescape")
    plan = planned(changed(("PC-1", foreign)), changed(("PC-1", "Sef odasi")))
    assert lines(plan) == ["interface GigabitEthernet1/0/1", "description Sef odasi"]
    assert f" description {foreign}" in plan.rollback
    assert b"\xdeef odas\xfd" in "\n".join(plan.rollback).encode("utf-8", "surrogateescape")
    stack = pair("stack_of_48_ports").plan(limits=WIDE)
    assert "interface TenGigabitEthernet1/1/3" in stack.left_alone
    assert not any("odas" in line for line in (*stack.lines, *stack.rollback))
    with pytest.raises(ConfigurationError, match=r"line 12: .*write ASCII"):
        planned(BASE, changed(("PC-1", "Şef odası")))


def test_a_section_that_stands_twice_is_told_with_both_lines() -> None:
    with pytest.raises(ConfigurationError, match="line 21: 'vlan 20' stands in line 7 already: keep one"):
        planned(BASE, BASE + "vlan 20\n name BASKA\n")


def test_a_redacted_copy_is_neither_planned_with_nor_sent() -> None:
    redacted = BASE + "snmp-server community <hidden> RO\n"
    with pytest.raises(ConfigurationError, match="nothing masked is ever sent"):
        planned(BASE, redacted)
    assert [refusal.guard for refusal in planned(redacted, BASE).refusals] == ["running-unreadable"]


def test_lists_of_vlans_outside_ports_are_changed_by_members() -> None:
    plan = planned(BASE + "ip dhcp snooping vlan 10,20\n", BASE + "ip dhcp snooping vlan 20,99\n")
    assert lines(plan) == ["ip dhcp snooping vlan 99", "no ip dhcp snooping vlan 10"]


def test_a_short_first_line_of_a_banner_does_not_swallow_the_rest() -> None:
    banner = "banner motd ^C\ninterface Gi1/0/1\n shutdown\n^C\n"
    plan = planned(BASE + banner, BASE + banner.replace("^C", "#").replace("shutdown", "no shutdown"))
    assert plan.lines == ("banner motd ~", "interface Gi1/0/1", " no shutdown", "~")
    assert planned(BASE + banner + END, BASE + banner.replace("^C", "#")).lines == ()


def test_defaults_and_spellings_that_no_switch_shows_are_no_change() -> None:
    up = changed((" switchport mode access\n", " switchport mode access\n no shutdown\n"))
    assert planned(BASE, up).lines == planned(up, BASE).lines == ()
    new = changed(("PC-1\n", "PC-1\n spanning-tree portfast edge\n storm-control broadcast level 5.00\n"))
    old = changed(("PC-1\n", "PC-1\n spanning-tree portfast\n storm-control broadcast level 5\n"))
    assert planned(new, old).lines == planned(old, new).lines == ()


def test_what_is_off_already_is_left_so_and_what_is_on_unsaid_is_switched_off() -> None:
    plan = planned(BASE, BASE + "no ip http server\nno cdp run\n")
    assert (plan.lines, plan.rollback) == (("no cdp run",), ("cdp run",))


def test_commands_that_no_switch_shows_are_written_when_told_to() -> None:
    user = "snmp-server user izleme OKUR v3 auth sha Parola-1 priv aes 128 Parola-2"
    assert planned(BASE, BASE + user + "\n").lines == ()
    assert planned(BASE, BASE + user + "\n", renewed=("snmp-server user",)).lines == (user,)


def test_a_procurve_that_keeps_its_credentials_to_itself_is_not_given_them_again() -> None:
    text = 'hostname "sw-1"\npassword manager user-name "netops" plaintext X\n'
    running = 'hostname "sw-1"\npassword manager\n'
    assert remediation(running, text, "hp_procurve", PROTECTED).lines == ()


def test_an_uplink_learns_of_a_vlan_before_ports_move_into_it() -> None:
    found = lines(pair("bundled_uplink").plan())
    assert found.index("switchport trunk allowed vlan add 61") < found.index("switchport access vlan 60")


def test_an_uplink_forgets_a_vlan_after_its_ports_have_left_and_before_it_goes() -> None:
    found = lines(pair("vlan_retired").plan())
    last = found.index("switchport trunk allowed vlan remove 52")
    assert all(found.index(f"switchport access vlan {vlan}") < last for vlan in (20, 30))
    assert found[-1] == "no vlan 52" and found[-2] == "no ip dhcp snooping vlan 52"


def test_servers_stand_before_logins_ask_them_and_nobody_ever_gets_in_unasked() -> None:
    plan = pair("aaa_switched_on").plan()
    found = lines(plan)
    assert found.index("tacacs server TAC1") < found.index("aaa new-model") < found.index("line vty 0 4")
    assert found[-1] == "login authentication default"
    gone = [line for line in plan.rollback if line.startswith(("no ", "line"))]
    assert gone == [
        "no tacacs server TAC1",
        "no aaa authorization exec default",
        "no aaa authentication login default",
        "no aaa new-model",
        "line vty 0 4",
    ]


def test_a_limit_of_a_procurve_port_is_replaced_not_added_and_then_removed() -> None:
    text = 'hostname "sw-1"\n{0}interface 1\n   rate-limit bcast in percent {1}\n   exit\n'
    learn = "port-security 1 learn-mode limited-continuous address-limit {0}\n"
    old, new = (text.format(learn.format(number), number) for number in (4, 1))
    plan = remediation(old, new, "hp_procurve", PROTECTED)
    assert lines(plan) == [learn.format(1).strip(), "interface 1", "rate-limit bcast in percent 1"]
