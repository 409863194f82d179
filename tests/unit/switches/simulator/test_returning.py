"""A switch comes back by itself: by its revert timer, by a planned restart, by losing power."""

import time

import pytest
from netmiko.exceptions import NetmikoTimeoutException, ReadTimeout

from estate.lab.switches import Machine, Management

pytestmark = pytest.mark.slow  # netmiko waits a quarter of a second at every login

PORT = "interface GigabitEthernet1/0/1"


def _described(switch: Machine) -> str:
    return switch.running.get(PORT, {}).get("description", "")


def test_what_is_not_confirmed_goes_back(serve, login, until, switch) -> None:
    there = login(serve(switch))
    there.send_config_set(["interface Gi1/0/1", "description before"])
    said = there.send_command("configure terminal revert timer 2", expect_string=r"\(config\)#")
    assert "Rollback Confirmed Change: Backing up current running config to flash:arch-1" in said
    there.send_config_set(["interface Gi1/0/1", "description after"], enter_config_mode=False)
    assert "Timer value: 2 min" in there.send_command("show archive config rollback timer")
    assert _described(switch) == "description after"
    assert until(lambda: _described(switch) == "description before")
    assert "No Rollback Confirmed Change pending" in there.send_command("configure confirm")


def test_what_is_confirmed_stays_and_what_is_reverted_goes_at_once(serve, login, until, switch) -> None:
    switch.minute_seconds = 0.3
    there = login(serve(switch))
    there.send_command("configure terminal revert timer 1", expect_string=r"\(config\)#")
    there.send_config_set(["interface Gi1/0/1", "description kept"], enter_config_mode=False)
    assert there.send_command("configure confirm") == ""
    switch.minute_seconds = 60
    there.send_command("configure terminal revert timer 5", expect_string=r"\(config\)#")
    there.send_config_set(["interface Gi1/0/1", "description gone"], enter_config_mode=False)
    time.sleep(0.4)
    assert _described(switch) == "description gone"  # the first timer, confirmed, touches nothing any more
    assert "Rollback Done" in there.send_command("configure revert now")
    assert _described(switch) == "description kept"


def test_the_timer_needs_an_archive(serve, login, until, switch) -> None:
    there = login(serve(switch))
    there.send_config_set(["no archive"])
    assert "%Please turn config archive on" in there.send_command("configure terminal revert timer 5")
    assert not there.check_config_mode()


def test_a_cut_way_is_healed_by_the_timer_and_late_lines_land_after_it(serve, login, until) -> None:
    switch = Machine("sw1", minute_seconds=0.4, management=Management("GigabitEthernet1/0/24", 99))
    switch.configure(
        "vlan 99\ninterface Gi1/0/24\nswitchport mode trunk\nswitchport trunk allowed vlan 10,99\n"
        "interface Gi1/0/1\ndescription OLD"
    )
    fleet = serve(switch)
    there = login(fleet)
    there.send_command("configure terminal revert timer 2", expect_string=r"\(config\)#")
    there.send_command("interface Gi1/0/24", expect_string=r"#")
    there.write_channel("switchport trunk allowed vlan remove 99\ninterface Gi1/0/1\ndescription LATE\n")
    with pytest.raises(ReadTimeout):
        there.read_until_pattern("LATE", read_timeout=0.2)
    with pytest.raises(NetmikoTimeoutException):
        login(fleet)
    assert until(lambda: switch.revert is None)
    assert until(lambda: _described(switch) == "description LATE")  # after the rollback, as TCP delivers it
    assert "99" in switch.running["interface GigabitEthernet1/0/24"]["switchport trunk allowed vlan"]
    assert login(fleet).find_prompt() == "sw1#"


def test_a_planned_restart_loses_what_was_not_saved_and_can_be_called_off(
    serve, login, until, switch
) -> None:
    fleet = serve(switch)
    there = login(fleet)
    there.send_config_set(["interface Gi1/0/1", "description unsaved"])

    def plan() -> str:
        there.send_command("reload in 2", expect_string=r"\[yes/no\]: ")
        asked = there.send_command("no", expect_string=r"\[confirm\]", cmd_verify=False)
        assert "(in 2 minutes) by netops" in asked
        return there.send_command("\n", expect_string="#", cmd_verify=False)

    assert "SHUTDOWN in 0:02:00" in plan()
    assert "SHUTDOWN ABORTED" in there.send_command("reload cancel")
    assert "No reload is scheduled" in there.send_command("show reload")
    time.sleep(0.5)
    assert switch.up
    plan()
    assert until(lambda: not switch.up)
    with pytest.raises(NetmikoTimeoutException):
        login(fleet)
    assert until(lambda: switch.up)
    assert "Reload Command" in login(fleet).send_command("show version")
    assert _described(switch) == ""


def test_a_restart_asks_nothing_about_saving_when_all_is_saved(serve, login, until, switch) -> None:
    there = login(serve(switch))
    there.send_command("interface", expect_string="#")
    assert "Save?" not in there.send_command("reload", expect_string=r"\[confirm\]")
    there.write_channel("\n")
    assert until(lambda: not switch.up)


def test_saving_by_copy_asks_for_the_name_and_after_an_upgrade_for_more(serve, login, until, switch) -> None:
    fleet = serve(switch)
    there = login(fleet)
    there.send_config_set(["interface Gi1/0/1", "description saved"])
    switch.faults.asks_to_overwrite = True
    there.send_command("copy running-config startup-config", expect_string=r"\[startup-config\]\? ")
    there.send_command("\n", expect_string=r"\[confirm\]", cmd_verify=False)
    assert switch.unsaved
    assert "[OK]" in there.send_command("\n", expect_string="#", cmd_verify=False)
    assert not switch.unsaved


def test_an_erased_switch_starts_as_from_the_bench(serve, login, until, switch) -> None:
    fleet = serve(switch)
    there = login(fleet)
    there.send_config_set(["hostname kat3"])
    there.set_base_prompt()
    there.save_config()
    there.send_command("write erase", expect_string=r"\[confirm\]")
    there.send_command("\n", expect_string="#", cmd_verify=False)
    assert there.send_command("show startup-config") == "startup-config is not present"
    fleet.call(switch.power_cut)
    assert until(lambda: switch.up)
    assert login(fleet).find_prompt() == "Switch#"
