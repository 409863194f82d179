"""The deploy `switches`, run as people run it: reads, plans, pushes ring by ring, and finds nothing left."""

import json

import pytest

from estate.switches.guards import GUARDS, NEVER_WAIVED
from tests.unit.switches.pushing.conftest import SECRETS

NAMES = ("sw-ana-omurga", "sw-ana-kat1", "sw-ana-kat3")


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
    proven = {path.stem: path.read_text("utf-8") for path in tmp_path.glob("var/switches/settled/*.json")}
    assert set(proven) == set(NAMES) and "Gizli" not in "".join(proven.values())
    again = run(fleet)
    assert again.returncode == 0, again.stdout + again.stderr
    assert "confirmed" not in again.stdout + again.stderr
    remembered = tmp_path / "var" / "switches" / "idle.json"
    assert set(json.loads(remembered.read_text("utf-8"))) == set(NAMES)
    fleet.call(fleet.machines["sw-ana-kat1"].configure, "interface Gi1/0/7\ndescription elle")
    moved = run(fleet, "--dry")
    assert "1 different changes on 1 of 3 switches" in moved.stdout + moved.stderr
    assert set(json.loads(remembered.read_text("utf-8"))) == set(NAMES) - {"sw-ana-kat1"}


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
