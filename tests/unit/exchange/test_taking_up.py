"""No change of a file ends a call: it is read anew, or waits for the last call."""

import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
import yaml

from tests.unit.exchange.conftest import ROLE

PROGRAM = ROLE / "templates/root/usr/local/lib/estate/exchange-take-up"
ANSWERS = """case "$2" in
  'core waitfullybooted') echo 'Asterisk has fully booted.';;
  'core show channels count') printf '{} active channels\\n1 of 500 max active call ( 0.20%% of capacity)\\n';;
esac"""
FORBIDDEN = "anonymous|_ari|_agi|func_shell|mixmonitor|chanspy|realtime|_odbc|_imap|dundi|http|originate|curl"


def taken_up(argument: str, channels: int, command: Callable[[str, str], Path]) -> tuple[int, str, str]:
    """Gives exit code, what systemctl was told, and what was started to wait."""
    command("asterisk", ANSWERS.format(channels))
    systemctl = command("systemctl", "[ $1 != is-active ]")
    waiting = command("systemd-run", "")
    done = subprocess.run([PROGRAM, argument], capture_output=True, text=True, check=False)
    return done.returncode, systemctl.read_text(), waiting.read_text()


@pytest.mark.parametrize(
    ("argument", "channels", "restarts", "waits"),
    [("start", 0, True, False), ("start", 2, False, True), ("files", 2, False, False)],
)
def test_who_is_speaking_is_not_cut_off(
    argument: str, channels: int, restarts: bool, waits: bool, command: Callable[[str, str], Path]
) -> None:
    code, told, waiting = taken_up(argument, channels, command)
    assert (code, "restart asterisk" in told, waiting.endswith(" wait\n")) == (0, restarts, waits)


def test_nothing_that_is_not_needed_is_loaded_and_nothing_twice() -> None:
    modules = yaml.safe_load((ROLE / "vars/main.yml").read_text("utf-8"))["telephone_exchange_modules"]
    assert len(modules) == len(set(modules)) > 100
    assert [name for name in modules for part in FORBIDDEN.split("|") if part in name] == []
