"""A session at a switch asks, pages, waits and ends the way a real one does."""

import time

import pytest
from netmiko.exceptions import NetmikoTimeoutException

pytestmark = pytest.mark.slow  # netmiko waits a quarter of a second at every login


def test_long_answers_come_in_pages(there) -> None:
    there.send_command("terminal length 10")

    def typed(keys: str, until: str) -> str:
        there.write_channel(keys)
        return there.read_until_pattern(until)

    assert typed("show running-config\n", "--More--").count("\n") in (10, 11)
    assert typed(" ", "--More--").count("\n") == 9
    assert typed("\n", "--More--").count("\n") == 1
    assert typed("q", "sw1#").count("\n") == 0
    there.send_command("terminal length 0")
    assert there.send_command("show running-config").rstrip().endswith("\nend")


def test_three_wrong_secrets_end_the_question(serve, login, switch) -> None:
    there = login(serve(switch), enable=False)
    there.send_command("enable", expect_string="Password: ")
    for _ in range(2):
        there.send_command("wrong", expect_string="Password: ", cmd_verify=False)
    assert "% Bad secrets" in there.send_command("wrong", expect_string=">", cmd_verify=False)
    there.enable()
    assert there.find_prompt() == "sw1#"
    assert there.send_command("show privilege") == "Current privilege level is 15"


def test_a_wrong_password_is_refused_and_user_mode_shows_no_configuration(serve, login, switch) -> None:
    there = login(serve(switch), enable=False)
    assert "% Invalid input" in there.send_command("show running-config")
    assert "% Invalid input" in there.send_command("configure terminal")


def test_lines_are_limited_and_given_back(serve, login, until, switch) -> None:
    switch.vty = 1
    fleet = serve(switch)
    first = login(fleet)
    with pytest.raises(NetmikoTimeoutException):
        login(fleet)
    first.disconnect()
    assert until(lambda: not switch.terminals)
    assert login(fleet).find_prompt() == "sw1#"


def test_an_exclusive_configuration_names_its_holder(serve, login, switch) -> None:
    fleet = serve(switch)
    fleet.call(switch.configure, "configuration mode exclusive")
    first, second = login(fleet), login(fleet)
    first.config_mode()
    said = second.send_command("configure terminal")
    assert "Configuration mode locked exclusively by user 'netops'" in said
    first.exit_config_mode()
    second.config_mode()
    assert second.check_config_mode()


def test_output_can_be_filtered_and_commands_done_from_inside_the_configuration(there, stood) -> None:
    assert there.send_command("show running-config | include hostname").strip() == "hostname sw1"
    assert there.send_command("show run | section line con").strip() == "line con 0"
    said = there.send_config_set(["interface Gi1/0/1", "do show privilege", "shutdown"])
    assert "Current privilege level is 15" in said
    assert "shutdown" in stood.running["interface GigabitEthernet1/0/1"]


def test_a_new_name_changes_the_prompt_and_a_long_one_is_cut_in_the_configuration(
    serve, login, switch
) -> None:
    there = login(serve(switch))
    there.send_config_set(["hostname SW-BELEDIYE-EKHIZMET-KAT3"])
    there.set_base_prompt()
    assert there.find_prompt() == "SW-BELEDIYE-EKHIZMET-KAT3#"
    assert "SW-BELEDIYE-EKHIZMET(config)#" in there.send_config_set(["no ip http server"])


def test_monitoring_sessions_see_who_configured(serve, login, switch) -> None:
    fleet = serve(switch)
    watching, working = login(fleet), login(fleet)
    watching.send_command("terminal monitor")
    working.send_config_set(["no ip http server"])
    seen, deadline = "", time.monotonic() + 4
    while "CONFIG_I" not in seen and time.monotonic() < deadline:
        seen += watching.read_channel()
        time.sleep(0.02)
    assert "%SYS-5-CONFIG_I: Configured from console by netops on vty0" in seen
    assert watching.send_command("show privilege") == "Current privilege level is 15"
