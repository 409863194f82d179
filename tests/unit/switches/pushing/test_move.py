"""A move is one act: the record is edited, the deploy brings both ports, and the switches show the right VLANs."""

import re
import shutil
from datetime import date
from pathlib import Path

import pytest
from typer.testing import CliRunner

from estate.cli.person import app
from estate.lab.switches import Machine
from estate.runs.environment import Environment
from estate.switches import comparing, remembered
from estate.switches.guards import GUARDS, NEVER_WAIVED, Limits, Waiver
from estate.switches.intended import intended
from tests.unit.switches.pushing.conftest import LAB, SECRETS

TODAY = date(2026, 11, 26)
WAIVERS = [Waiver(guard, "the first push") for guard in GUARDS.keys() - NEVER_WAIVED]
MOVES = (("100102", "ANA-3-117"), ("100125", "ANA-1-105"))
"""From a desk to one with a telephone, and the other way round; on ProCurve and on IOS."""


def stands(machine: Machine, estate) -> Machine:
    """Gives a switch that was brought to what is intended, and saved."""
    text = "\n".join(machine.text(machine.running)) + "\n"
    switch = estate.switches.switch(machine.name)
    secrets = remembered.renewed(intended(estate, switch, TODAY), {}, SECRETS, first=True)
    plan = comparing.planned(estate, switch, text, TODAY, Limits(ports=100), WAIVERS, secrets)
    lines = "\n".join(plan.lines)
    machine.configure(re.sub(r"<vault:([a-z_]+)>", lambda found: SECRETS[found[1]], lines))
    machine.save()
    return machine


def vlans(machine: Machine, port: str) -> tuple[bool, int | None, set[int]]:
    """Gives whether frames pass a port, its VLAN without a tag, and those with one."""
    found = machine.state.ports[port]
    return found.enabled, found.untagged, set(found.tagged) | ({found.voice} if found.voice else set())


@pytest.mark.slow
def test_a_move_takes_data_and_voice_along_and_leaves_the_old_port_closed(
    run, blank, serve, estate, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    kat1, kat3 = (stands(blank(name, minute_seconds=12.0), estate) for name in ("sw-ana-kat1", "sw-ana-kat3"))
    fleet = serve(kat1, kat3)
    first, second, new = "GigabitEthernet1/0/2", "GigabitEthernet1/0/5", "4"
    assert (vlans(kat3, "1"), vlans(kat1, first)) == ((True, 108, set()), (True, 105, {40}))
    declared = tmp_path / "inventories" / "lab"
    shutil.copytree(LAB, declared, ignore=shutil.ignore_patterns("vault.yml"))
    chosen = Environment("lab", tmp_path)
    monkeypatch.setattr(Environment, "chosen", classmethod(lambda cls, name=None: chosen))
    told = [
        CliRunner().invoke(app, ["move", number, "--outlet", outlet, "--as-of", str(TODAY)])
        for number, outlet in MOVES
    ]
    assert [one.exit_code for one in told] == [0, 0], [one.output for one in told]
    assert "--limit sw-ana-kat3 --out" in told[0].stdout
    done = run(fleet, "--limit", "sw-ana-kat3", "--limit", "sw-ana-kat1", declared=declared)
    text = done.stdout + done.stderr
    assert (done.returncode, text.count(": confirmed")) == (0, 2), text
    assert (vlans(kat3, "1"), vlans(kat3, new)) == ((False, 90, set()), (True, 108, {40}))
    assert (vlans(kat1, first), vlans(kat1, second)) == ((False, 90, set()), (True, 105, set()))
    assert all(machine.startup == machine.running for machine in (kat1, kat3))
