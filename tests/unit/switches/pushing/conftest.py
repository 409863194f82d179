"""Serves the declared switches of the lab as simulated ones, and reaches them as the push does."""

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from estate.declared import Estate
from estate.declared.estate import load
from estate.lab.switches import Fleet, Machine, Management
from estate.lab.switches.installed import hardware
from estate.switches.guards import Known, Waiver
from estate.switches.plan import SwitchPlan, remediation
from estate.switches.protected import Protected
from pyinfra_deploys.connectors.pushing import Job
from pyinfra_deploys.connectors.returning import Pace
from pyinfra_deploys.connectors.way import Way

ROOT = Path(__file__).parents[4]
LAB = ROOT / "inventories" / "lab"


@pytest.fixture(scope="session")
def estate() -> Estate:
    return load(LAB)


@pytest.fixture
def serve() -> Iterator[Callable[..., Fleet]]:
    """Serves machines until the test ends."""
    with ExitStack() as stack:
        yield lambda *machines: stack.enter_context(Fleet(machines))


@pytest.fixture
def blank(estate: Estate) -> Callable[..., Machine]:
    """Gives a declared switch as it leaves the bench."""

    def make(name: str, **settings: Any) -> Machine:
        return Machine(name, *hardware(estate, estate.switches.switch(name)), **settings)

    return make


@pytest.fixture
def reach() -> Callable[..., Way]:
    """Gives the way to a served switch that still has the login of the bench."""

    def way(fleet: Fleet, name: str, **settings: Any) -> Way:
        platform = fleet.machines[name].vendor.data["platform"]
        enable = "enable" if platform == "cisco_ios" else "netops"
        known = {"user": "netops", "password": "netops", "enable": enable, "answer_seconds": 5.0}
        return Way(name, platform, "127.0.0.1", fleet.ports[name], **{**known, **settings})

    return way


STAND = """vlan 10,20,99
exit
interface Gi1/0/1
description ANA-1-1
switchport mode access
switchport access vlan 10
interface Gi1/0/24
switchport mode trunk
switchport trunk allowed vlan 10,20,99
interface Vlan99
ip address 10.99.0.2 255.255.255.0"""
MOVE = (" switchport access vlan 10", " switchport access vlan 20")
CUT = (" switchport trunk allowed vlan 10,20,99", " switchport trunk allowed vlan 10,20")
WAY_IN = Protected(management_vlan=99, uplinks=("Gi1/0/24",), own_user="netops", aaa=False)
QUICK = Pace(minutes=5, minute=0.24, patience=3.0, pause=0.2, retry=0.1)


class Stage:
    """One served switch that stands and was saved, and the push of an edited text of what it runs."""

    def __init__(self, machine: Machine, fleet: Fleet, way: Way) -> None:
        self.machine, self.fleet, self.way = machine, fleet, way

    @property
    def text(self) -> str:
        return "\n".join(self.machine.text(self.machine.running)) + "\n"

    def job(self, *edits: tuple[str, str], waive: tuple[str, ...] = (), **settings: Any) -> Job:
        """Gives the push of what it runs now with these replacements."""
        wanted = self.text
        for old, new in edits:
            assert old in wanted, old
            wanted = wanted.replace(old, new, 1)
        wanted = "".join(f"{line}\n" for line in wanted.split("\n") if not line.startswith("!"))
        waivers = [Waiver(guard, "tried on purpose") for guard in waive]
        known, platform = Known(hostname=self.machine.name), self.way.platform

        def plan(running: str) -> SwitchPlan:
            return remediation(running, wanted, platform, WAY_IN, known=known, waivers=waivers)

        return Job(**{"way": self.way, "plan": plan, "rest": plan, "pace": QUICK, **settings})


@pytest.fixture
def stage(serve: Callable[..., Fleet], reach: Callable[..., Way]) -> Stage:
    """An IOS-like switch whose minute lasts 0.24 s and whose management comes over VLAN 99 of its uplink."""
    way_in = Management("GigabitEthernet1/0/24", 99)
    machine = Machine("sw1", minute_seconds=QUICK.minute, boot_seconds=0.3, management=way_in)
    machine.configure(STAND)
    machine.save()
    fleet = serve(machine)
    return Stage(machine, fleet, reach(fleet, "sw1", answer_seconds=0.6, connect_seconds=1.0))


SECRETS = {
    "vault_switches_first_password": "netops",
    "vault_switches_first_enable": "enable",
    "vault_switches_local_password": "Gizli-1",
    "vault_switches_enable_secret": "Gizli-2",
    "vault_switches_aaa_key": "Gizli-3",
    "vault_switches_snmp_auth": "Gizli-4",
    "vault_switches_snmp_privacy": "Gizli-5",
}
INVENTORY = """
from pathlib import Path
from estate.runs.environment import Environment
from pyinfra_deploys.connectors.netmiko import named
from pyinfra_deploys.connectors.returning import Pace
from pyinfra_deploys.facts import vault
vault._opened = lambda environment: {secrets!r}
Environment.inventory = property(lambda self: Path({declared!r}))
Environment.var = property(lambda self: Path({var!r}))
pace = Pace(minutes=5, minute={minute}, patience=5.0, pause=0.2, retry=0.2)
shared = {{"switch_address": "127.0.0.1", "switch_known_hosts": {known!r}, "switch_pace": pace}}
switches = [named({{
    name: {{"switch_platform": platform, "switch_port": port, **shared}} for name, platform, port in {hosts!r}
}})]
"""
Run = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def run(tmp_path: Path) -> Run:
    """Runs pyinfra on served switches; the connector is registered as an installation does it."""
    known = tmp_path / "site" / "switches_test-0.dist-info"
    known.mkdir(parents=True)
    (known / "METADATA").write_text("Metadata-Version: 2.1\nName: switches-test\nVersion: 0\n")
    line = "netmiko = pyinfra_deploys.connectors.netmiko:NetmikoConnector"
    (known / "entry_points.txt").write_text(f"[pyinfra.connectors]\n{line}\n")

    def call(
        fleet: Fleet,
        *options: str,
        deploy: str = "switches",
        silent: tuple[str, ...] = (),
        secrets: dict[str, str] = SECRETS,
        minute: float = 12.0,
        declared: Path = LAB,
    ) -> subprocess.CompletedProcess[str]:
        hosts = [
            (name, each.vendor.data["platform"], fleet.ports[name]) for name, each in fleet.machines.items()
        ]
        hosts += [(name, "cisco_ios", 1) for name in silent]  # nobody listens there
        inventory = tmp_path / "inventory.py"
        inventory.write_text(
            INVENTORY.format(
                secrets=secrets,
                var=str(tmp_path / "var"),
                declared=str(declared),
                minute=minute,
                hosts=hosts,
                known=None,
            )
        )
        program = [sys.executable, "-m", "pyinfra", "-y", *options, str(inventory)]
        return subprocess.run(
            [*program, f"pyinfra_deploys/{deploy}.py", "--data", "today=2026-11-26", "--data", "probes=no"],
            cwd=ROOT,
            env={**os.environ, "PYTHONPATH": f"{ROOT}:{known.parent}", "SHELL": "/bin/sh"},
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )

    return call
