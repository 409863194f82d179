"""The monitoring host asks the switches by SNMP: it sees ports go, and learns nothing without the secrets.

Plugs a PC into one outlet, shuts its port and takes the SNMP group off one switch, at the consoles; puts all back.
"""

from __future__ import annotations

import os
import re
import signal
from collections.abc import Iterator

import pytest

from estate.declared.estate import Estate
from estate.lab.carriage import AGENT
from estate.lab.plane import pid_of
from pyinfra_deploys.connectors.console import Console
from tests.lab.desking import Reach
from tests.lab.reaching import estate, on, sure, until, waiting

pytestmark = pytest.mark.lab
SWITCH, OUTLET, PORT, PC = "sw-ana-kat3", "ANA-3-114", "1", "10.40.108.114"
ROBBED = "sw-ana-kat1"
UP, DOWN = "1", "2"
WRONG = f"""d=$(mktemp -d); p=; trap 'kill $p; rm -rf $d' EXIT
sed 's/^    password: .*/    password: yanlis-parola-9/' /etc/prometheus/snmp.yml >$d/snmp.yml
prometheus-snmp-exporter --config.file=$d/snmp.yml --web.listen-address=127.0.0.1:9117 >$d/log 2>&1 & p=$!
{waiting("curl -sf -o /dev/null http://127.0.0.1:9117/metrics")}"""


@pytest.fixture(scope="module")
def watch(declared: Estate) -> str:
    """Names the monitoring host."""
    (name,) = declared.hosts["monitoring_servers"]
    return name


def _asked(address: str, port: int = 9116) -> str:
    """Gives the shell words that let an exporter of the monitoring host ask a switch; its status is the last line."""
    url = f"http://127.0.0.1:{port}/snmp?target={address}&auth=switches&module=interfaces"
    return f"curl -s -m 30 -w '\\n%{{http_code}}\\n' '{url}'"


def _told(watch: str, address: str) -> str:
    return sure(watch, _asked(address))


def _answers(watch: str, address: str) -> bool:
    return _told(watch, address).endswith("\n200")


def _value(told: str, name: str, port: str) -> str:
    found = re.search(rf'^{name}{{[^}}]*ifName="{port}"}} (\S+)$', told, re.MULTILINE)
    return found[1] if found else told


def _typed(reach: Reach, name: str, *lines: str) -> None:
    with Console(reach(name)) as console:
        for line in ("configure terminal", *lines, "end"):
            console.said(line)


def _address(declared: Estate, name: str) -> str:
    switch = declared.switches.switch(name)
    assert switch is not None
    return str(switch.address)


@pytest.fixture
def pc(reach: Reach) -> Iterator[None]:
    """A PC at the outlet."""
    done = estate("lab", "pc", OUTLET, PC)
    assert done.returncode == 0, done.stderr
    yield
    _typed(reach, SWITCH, f"interface {PORT}", "enable")
    estate("lab", "pc", OUTLET, "--unplug")


def test_prometheus_hears_every_declared_switch(declared: Estate, watch: str) -> None:
    which = "curl -sG --data-urlencode 'query=up{job=\"switches\"}==1' http://127.0.0.1:9090/api/v1/query"
    names = {switch.name for switch in declared.switches.switches}

    def heard() -> set[str]:
        return set(re.findall(r'"device":"([^"]+)"', sure(watch, which)))

    assert until(lambda: heard() == names, 90), heard()
    for name in names:
        assert f'sysName{{sysName="{name}"}} 1' in _told(watch, _address(declared, name))


def test_a_port_is_seen_to_go_and_to_come(declared: Estate, watch: str, reach: Reach, pc: None) -> None:
    address = _address(declared, SWITCH)

    def seen(administrative: str, operational: str) -> bool:
        told = _told(watch, address)
        wanted = (administrative, operational)
        return (_value(told, "ifAdminStatus", PORT), _value(told, "ifOperStatus", PORT)) == wanted

    assert until(lambda: seen(UP, UP), 20), _told(watch, address)
    assert f'ifAlias="{OUTLET} ' in _told(watch, address)
    _typed(reach, SWITCH, f"interface {PORT}", "disable")
    assert until(lambda: seen(DOWN, DOWN), 20), _told(watch, address)
    _typed(reach, SWITCH, f"interface {PORT}", "enable")
    assert until(lambda: seen(UP, UP), 20), _told(watch, address)
    assert estate("lab", "pc", OUTLET, "--unplug").returncode == 0
    assert until(lambda: seen(UP, DOWN), 20), _told(watch, address)


def test_a_wrong_secret_learns_nothing(declared: Estate, watch: str) -> None:
    address = _address(declared, SWITCH)
    assert until(lambda: _answers(watch, address), 30)
    told = on(watch, f"{WRONG}\n{_asked(address, 9117)}").stdout
    assert "wrong digest" in told and told.endswith("\n500\n"), told
    assert "ifOperStatus" not in told


def test_a_switch_that_lost_the_group_falls_silent_alone(declared: Estate, watch: str, reach: Reach) -> None:
    base = declared.switches.base
    line, address = f"snmp-server group {base.snmp_group} v3 priv", _address(declared, ROBBED)
    try:
        _typed(reach, ROBBED, f"no {line}")
        assert until(lambda: not _answers(watch, address), 20)
        assert _answers(watch, _address(declared, SWITCH))
    finally:
        _typed(reach, ROBBED, line)
    assert until(lambda: _answers(watch, address), 20)


def test_a_killed_agent_is_raised_again(declared: Estate, watch: str) -> None:
    killed = pid_of(AGENT)
    os.kill(killed, signal.SIGKILL)
    addresses = [str(switch.address) for switch in declared.switches.switches]
    assert until(lambda: all(_answers(watch, address) for address in addresses), 30)
    assert pid_of(AGENT) not in (0, killed)
