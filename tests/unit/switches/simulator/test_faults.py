"""What can go wrong at a switch can be made to go wrong, one thing at a time, while it runs."""

import time
from io import BytesIO

import pytest
from netmiko.exceptions import (
    ConfigInvalidException,
    NetmikoAuthenticationException,
    NetmikoTimeoutException,
    ReadTimeout,
)

pytestmark = pytest.mark.slow  # netmiko waits a quarter of a second at every login

LINES = ["interface Gi1/0/1", "description one", "shutdown", "interface Gi1/0/2", "description two"]
NOISE = "*Jan  5 08:15:02.001: %LINK-3-UPDOWN: Interface Gi1/0/7, changed state to up"


def test_one_line_is_refused_and_the_others_are_not(serve, login, switch) -> None:
    switch.faults.refuse_line = 3
    fleet = serve(switch)
    said = login(fleet).send_config_set(LINES)
    assert said.count("Command rejected") == 1
    assert switch.running["interface GigabitEthernet1/0/1"] == {"description": "description one"}
    assert "description two" in str(switch.running["interface GigabitEthernet1/0/2"])
    with pytest.raises(ConfigInvalidException):
        login(fleet).send_config_set(LINES, error_pattern="Command rejected")


def test_the_session_is_dropped_after_some_lines(serve, login, switch) -> None:
    switch.faults.drop_after = 2
    there = login(serve(switch))
    with pytest.raises((ReadTimeout, OSError)):
        there.send_config_set(LINES, read_timeout=0.5)
    assert switch.running["interface GigabitEthernet1/0/1"] == {"description": "description one"}
    assert not there.is_alive()


def test_the_switch_goes_silent_and_answers_late(serve, login, switch) -> None:
    switch.faults.silent_after = 2
    fleet = serve(switch)
    there = login(fleet)
    with pytest.raises(ReadTimeout):
        there.send_config_set(LINES, read_timeout=0.3)
    assert there.is_alive()
    with pytest.raises(NetmikoTimeoutException):
        login(fleet)
    fleet.call(switch.cut, False)
    assert "sw1(config-if)#" in there.read_until_pattern(r"\(config-if\)#")


def test_power_is_lost_in_the_middle(serve, login, switch) -> None:
    switch.faults.power_cut_after = 2
    there = login(serve(switch))
    with pytest.raises((ReadTimeout, OSError)):
        there.send_config_set(LINES, read_timeout=0.5)
    assert "interface GigabitEthernet1/0/1" not in switch.running


def test_slow_logins_and_echoes_are_slow_and_work(serve, login, switch) -> None:
    fleet = serve(switch)
    switch.faults.login_seconds = 0.2
    begun = time.monotonic()
    there = login(fleet)
    assert time.monotonic() - begun > 0.2
    switch.faults.echo_seconds = 0.3
    begun = time.monotonic()
    assert there.send_command("show privilege") == "Current privilege level is 15"
    assert time.monotonic() - begun > 0.3
    switch.faults.clear()
    switch.faults.login_seconds = 1
    with pytest.raises(NetmikoAuthenticationException):  # netmiko says so, although the password is right
        login(fleet, auth_timeout=0.3)


def test_no_enable_secret_is_right(serve, login, switch) -> None:
    switch.faults.wrong_enable = True
    with pytest.raises(ReadTimeout):
        login(serve(switch), read_timeout_override=0.3)


def test_all_lines_are_busy(serve, login, switch) -> None:
    fleet = serve(switch)
    switch.faults.vty_busy = True
    with pytest.raises(NetmikoTimeoutException):
        login(fleet)
    switch.faults.clear()
    assert login(fleet).find_prompt() == "sw1#"


def test_the_prompt_shows_only_the_beginning_of_the_name(serve, login, switch) -> None:
    switch.configure("hostname kat-uc-doseme")
    switch.faults.host_letters = 6
    there = login(serve(switch))
    assert there.find_prompt() == "kat-uc#"
    assert "hostname kat-uc-doseme" in there.send_command("show running-config")


@pytest.mark.parametrize("place", ["output", "prompt"])
def test_log_lines_fall_into_the_session(place: str, there, stood) -> None:
    stood.faults.log_noise, stood.faults.log_noise_at = NOISE, place
    shown = there.send_command("show running-config", expect_string=r"sw1#$")
    assert NOISE in shown
    assert "hostname sw1" in shown
    there.send_config_set(["interface Gi1/0/1", "description noisy"])
    assert stood.running["interface GigabitEthernet1/0/1"] == {"description": "description noisy"}


def test_a_full_flash_keeps_the_old_startup_configuration(there, stood) -> None:
    there.send_config_set(LINES)
    stood.faults.flash_full = True
    assert "Not enough space" in there.save_config()  # netmiko takes this for success
    assert stood.unsaved
    assert "description one" not in there.send_command("show startup-config")


def test_a_banner_may_end_like_a_prompt(serve, login, switch) -> None:
    switch.faults.banner = "Belediye #1>\n# yalniz yetkili >"
    seen = BytesIO()
    there = login(serve(switch), session_log=seen)
    assert there.find_prompt() == "sw1#"
    assert b"Belediye #1>\n# yalniz yetkili >\n" in seen.getvalue().replace(b"\r", b"")


def test_somebody_else_holds_the_configuration(there, stood) -> None:
    stood.faults.held_by = "mehmet"
    assert "locked exclusively by user 'mehmet'" in there.send_command("configure terminal")
    with pytest.raises(ValueError, match="Failed to enter configuration mode"):
        there.send_config_set(LINES)
