"""A switch answers by SNMP for whom its running configuration knows, and tells its ports as they are."""

import asyncio
import os
import signal
import sys
from collections.abc import Awaitable, Callable
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from estate.declared import load
from estate.lab.plane import AGENT_LOG
from estate.lab.switches import Machine, agents
from estate.lab.switches.agents import Agent
from estate.lab.switches.installed import Installed, install
from estate.lab.switches.ports import Port
from estate.lab.switches.snmp import NOTHING, Table, User, sheet, user_of
from estate.runs.environment import ROOT
from estate.switches.sheet import SECRETS

PLATFORMS = {
    "cisco_ios": (
        "snmp-server group izleyenler v3 priv\n"
        "snmp-server user izleme izleyenler v3 auth sha gizli-1 priv aes 128 gizli-2\n"
        "snmp-server location Kat 1, pano"
    ),
    "hp_procurve": (
        'snmpv3 enable\nsnmpv3 group managerpriv user "izleme" sec-model ver3\n'
        'snmpv3 user "izleme" auth sha "gizli-1" priv aes "gizli-2"\nsnmp-server location "Kat 1, pano"'
    ),
}
LOST = [
    ("cisco_ios", "no snmp-server group izleyenler v3 priv"),
    ("cisco_ios", "no snmp-server user izleme izleyenler v3"),
    ("hp_procurve", "no snmpv3 enable"),
    ("hp_procurve", 'no snmpv3 user "izleme"'),
    ("hp_procurve", 'no snmpv3 group managerpriv user "izleme" sec-model ver3'),
]
NAME, ALIAS, OPER, IN_32, IN_64 = (
    ".1.3.6.1.2.1.31.1.1.1.1",
    ".1.3.6.1.2.1.31.1.1.1.18",
    ".1.3.6.1.2.1.2.2.1.8",
    ".1.3.6.1.2.1.2.2.1.10",
    ".1.3.6.1.2.1.31.1.1.1.6",
)
SLEEPER = (
    "import os, sys, time; open(sys.argv[1], 'a').write(f'{os.getpid()} {sys.argv[2:]}\\n'); time.sleep(60)"
)


@pytest.mark.parametrize(("platform", "line"), LOST)
def test_who_may_ask_is_whom_the_running_configuration_knows(platform: str, line: str) -> None:
    switch = Machine("sw1", platform)
    assert user_of(switch) is None
    switch.configure(PLATFORMS[platform])
    assert user_of(switch) == User("izleme", "gizli-1", "gizli-2")
    assert "gizli" not in "\n".join(switch.text(switch.running))
    switch.up = False
    assert user_of(switch) is None
    switch.up = True
    switch.configure(line)
    assert user_of(switch) is None


@pytest.mark.parametrize("platform", PLATFORMS)
def test_the_sheet_says_name_place_and_secrets(platform: str) -> None:
    switch = Machine("sw1", platform)
    switch.configure(PLATFORMS[platform])
    lines = sheet(switch, User("izleme", 'a"b\\c', "gizli-2"), "10.40.10.11", "relay").split("\n")
    assert {"sysName sw1", "sysLocation Kat 1, pano", "agentAddress udp:10.40.10.11:161"} < set(lines)
    assert r'createUser izleme SHA "a\"b\\c" AES "gizli-2"' in lines


def test_what_was_installed_answers_to_the_declared_user(tmp_path: Path) -> None:
    estate = load(ROOT / "inventories/lab", today=date(2026, 11, 26))
    secrets = {key: f"gizli-{key}" for key in SECRETS.values()}
    wanted = User("izleme", "gizli-vault_switches_snmp_auth", "gizli-vault_switches_snmp_privacy")
    for switch in estate.switches.switches:
        made = install(estate, switch, secrets, tmp_path / switch.name, 60.0)
        assert user_of(made) == wanted, switch.name


def test_a_walk_tells_each_port_once_in_order() -> None:
    ports = [
        Port("GigabitEthernet1/0/1", True, "ANA-0-1", False, 1, frozenset()),
        Port("GigabitEthernet1/0/2", False, "", False, 1, frozenset()),
    ]
    both = {port.name for port in ports}
    table = Table(ports, both, {ports[0].name: {"rx_bytes": 2**32 + 7}})
    walked, at = dict[str, str](), ".1.3"
    while (said := table.said("getnext", at)) != NOTHING:
        at, _, value = said.split("\n")
        walked[at] = value
    assert len(walked) == 1 + 17 * len(ports)
    found = [walked[f"{column}.{number}"] for column in (NAME, ALIAS, OPER) for number in (1, 2)]
    assert found == ["Gi1/0/1", "Gi1/0/2", "ANA-0-1", "", "1", "2"]
    assert table.said("get", f"{IN_64}.1") == f"{IN_64}.1\ncounter64\n{2**32 + 7}"
    assert table.said("get", f"{IN_32}.1") == f"{IN_32}.1\ncounter\n7"
    assert table.said("get", f"{IN_64}.3") == NOTHING


class Ports:
    """Is a mirror where the first port has a neighbour."""

    def carriers(self) -> set[str]:
        return {"GigabitEthernet1/0/1"}

    def counted(self) -> dict[str, dict[str, int]]:
        return {}


async def _until(true: Callable[[], bool]) -> None:
    for _ in range(500):
        if true():
            return
        await asyncio.sleep(0.02)
    raise AssertionError("it did not come")


def _alive(number: int) -> bool:
    try:
        return Path("/proc", str(number), "stat").read_text().rpartition(")")[2].split()[0] not in "ZX"
    except OSError:
        return False


def _served(
    tmp_path: Path, monkeypatch: Any, test: Callable[[Installed, Callable[[], list[int]]], Awaitable[None]]
) -> None:
    """Runs a test with a switch whose agent is a program that writes its number and arguments down, and sleeps."""
    told = tmp_path / "told"
    told.touch()
    monkeypatch.setattr(agents, "AGENTS", tmp_path / "a")
    monkeypatch.setattr(agents, "AGAIN_SECONDS", 0.1)

    async def serve() -> None:
        switch = Installed("sw1")
        sleeper = [sys.executable, "-c", SLEEPER, str(told)]
        switch.agent = Agent(switch, Ports(), "127.0.0.1", sleeper)  # type: ignore[arg-type]
        task = asyncio.create_task(switch.agent.run())
        try:
            await test(switch, lambda: [int(line.split()[0]) for line in told.read_text().splitlines()])
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)
        assert all(AGENT_LOG in line for line in told.read_text().splitlines())

    asyncio.run(serve())


def test_the_agent_comes_and_goes_with_its_user_and_is_raised_when_killed(
    tmp_path: Path, monkeypatch: Any
) -> None:
    async def test(switch: Installed, numbers: Callable[[], list[int]]) -> None:
        await asyncio.sleep(0.2)
        assert numbers() == []
        switch.configure(PLATFORMS["cisco_ios"])
        await _until(lambda: len(numbers()) == 1)
        os.kill(numbers()[0], signal.SIGKILL)
        await _until(lambda: len(numbers()) == 2)
        switch.configure("description of nothing")
        assert _alive(numbers()[1])
        switch.configure("no snmp-server group izleyenler v3 priv")
        await _until(lambda: not _alive(numbers()[1]))
        switch.configure("snmp-server group izleyenler v3 priv")
        await _until(lambda: len(numbers()) == 3)

    _served(tmp_path, monkeypatch, test)


def test_the_agent_asks_for_ports_by_lines(tmp_path: Path, monkeypatch: Any) -> None:
    async def test(switch: Installed, numbers: Callable[[], list[int]]) -> None:
        path = tmp_path / "a/sw1.sock"
        await _until(path.exists)
        reader, writer = await asyncio.open_unix_connection(path)
        writer.write(f"PING\nget\n{OPER}.1\ngetnext\n{OPER}.1\nget\n{OPER}.x\n".encode())
        said = [(await reader.readline()).decode().strip() for _ in range(8)]
        assert said == ["PONG", f"{OPER}.1", "integer", "1", f"{OPER}.2", "integer", "2", "NONE"]
        writer.close()

    _served(tmp_path, monkeypatch, test)
