"""The deploy `switches`, run as people run it: reads, plans, pushes ring by ring, and finds nothing left."""

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from estate.lab.switches import Fleet
from estate.switches.guards import GUARDS, NEVER_WAIVED

ROOT = Path(__file__).parents[4]
NAMES = ("sw-ana-omurga", "sw-ana-kat1", "sw-ana-kat3")
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
from pyinfra_deploys.connectors.returning import Pace
from pyinfra_deploys.facts import vault
vault._opened = lambda environment: {secrets!r}
Environment.var = property(lambda self: Path({var!r}))
pace = Pace(minutes=5, minute={minute}, patience=5.0, pause=0.2, retry=0.2)
switches = [
    ("@netmiko/" + name, {{"switch_platform": platform, "switch_address": "127.0.0.1", "switch_port": port,
                           "switch_pace": pace}})
    for name, platform, port in {hosts!r}
]
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
        fleet: Fleet, *options: str, secrets: dict[str, str] = SECRETS, minute: float = 12.0
    ) -> subprocess.CompletedProcess[str]:
        hosts = [
            (name, each.vendor.data["platform"], fleet.ports[name]) for name, each in fleet.machines.items()
        ]
        inventory = tmp_path / "inventory.py"
        inventory.write_text(
            INVENTORY.format(secrets=secrets, var=str(tmp_path / "var"), minute=minute, hosts=hosts)
        )
        program = [sys.executable, "-m", "pyinfra", "-y", *options, str(inventory)]
        return subprocess.run(
            [*program, "pyinfra_deploys/switches.py", "--data", "today=2026-11-26", "--data", "probes=no"],
            cwd=ROOT,
            env={**os.environ, "PYTHONPATH": f"{ROOT}:{known.parent}", "SHELL": "/bin/sh"},
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )

    return call


@pytest.mark.slow
def test_blank_switches_are_brought_in_rings_and_found_right_by_the_second_run(
    run, blank, serve, tmp_path
) -> None:
    fleet = serve(*(blank(name, minute_seconds=12.0) for name in NAMES))
    waive = ";".join(f"{guard}=first push" for guard in GUARDS.keys() - NEVER_WAIVED)
    first = ("--data", "switch_user=netops", "--data", f"waive={waive}", "--data", "ports=100")
    done = run(fleet, *first, "--data", f"changes_file={tmp_path}/changes.json")
    text = done.stdout + done.stderr
    assert done.returncode == 0, text
    assert [text.count(f"{name}: confirmed") for name in NAMES] == [1, 1, 1]
    assert text.index("sw-ana-kat1: confirmed") < min(
        text.index(f"{n}: confirmed") for n in NAMES if "kat1" not in n
    )
    changes = (tmp_path / "changes.json").read_text("utf-8")
    assert {change["host"] for change in json.loads(changes)} == set(NAMES)
    assert not [secret for secret in SECRETS.values() if "Gizli" in secret and secret in text + changes]
    assert all(machine.startup == machine.running for machine in fleet.machines.values())
    again = run(fleet)
    assert again.returncode == 0, again.stdout + again.stderr
    assert "confirmed" not in again.stdout + again.stderr


@pytest.mark.slow
def test_a_dry_run_and_a_refused_plan_send_nothing(run, blank, serve) -> None:
    machine = blank("sw-ana-kat1")
    fleet, before = serve(machine), machine.text(machine.running)
    dry = run(fleet, "--dry", "--data", "switch_user=netops")
    assert (dry.returncode, "REFUSED uplink" in dry.stdout + dry.stderr) == (0, True), dry.stderr
    refused = run(fleet, "--data", "switch_user=netops")
    text = refused.stdout + refused.stderr
    assert (refused.returncode != 0, "sw-ana-kat1: refused (nothing was sent); " in text) == (True, True), (
        text
    )
    assert "waive 'uplink' with a reason" in text
    shut_out = run(fleet)  # the declared login, which a blank switch does not know
    assert "user or password is refused; it was tried once" in shut_out.stdout + shut_out.stderr
    assert (machine.text(machine.running), machine.archive) == (before, [])
