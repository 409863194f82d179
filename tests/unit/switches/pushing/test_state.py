"""The deploy `switch_state`, run as people run it: each switch is kept, and a silent one costs only itself."""

import json
from datetime import UTC, date, datetime

import pytest

from estate.lab.switches import Wires
from estate.switches import comparing
from estate.switches.guards import GUARDS, NEVER_WAIVED, Limits, Waiver
from estate.switches.sheet import PLACE
from pyinfra_deploys.connectors.console import Console
from pyinfra_deploys.operations.switch_look import Look
from tests.unit.switches.pushing.conftest import SECRETS

TODAY = date(2026, 11, 26)
NOON = datetime(2026, 11, 26, 12, tzinfo=UTC)
KAT1, KAT3, DEAD = "sw-ana-kat1", "sw-ana-kat3", "sw-ana-omurga"
PORT, PRINTER = "GigabitEthernet1/0/1", "GigabitEthernet1/0/4"


@pytest.fixture
def stand(estate, blank):
    """Gives a declared switch that runs what is declared, and saved it."""

    def make(name: str):
        machine = blank(name)
        running = "\n".join(machine.text(machine.running)) + "\n"
        waivers = [Waiver(guard, "tried") for guard in GUARDS.keys() - NEVER_WAIVED]
        switch, limits = estate.switches.switch(name), Limits(ports=100)
        plan = comparing.planned(estate, switch, running, TODAY, limits, waivers, renewed=("enable secret ",))
        machine.configure("\n".join(PLACE.sub(lambda found: SECRETS[found[1]], line) for line in plan.lines))
        machine.save()
        return machine

    return make


@pytest.fixture
def look(run, tmp_path):
    """Looks at served switches and gives the records by name."""

    def once(fleet, **more):
        done = run(fleet, "--data", "switch_login=later", deploy="switch_state", **more)
        assert done.returncode == 0, done.stdout + done.stderr
        files = sorted((tmp_path / "var/switches/state").glob("*.json"))
        return {path.stem: json.loads(path.read_text("utf-8")) for path in files}

    return once


@pytest.mark.slow
def test_a_round_tells_how_switches_stand_and_a_silent_one_costs_only_itself(stand, serve, look) -> None:
    first, second = stand(KAT1), stand(KAT3)
    second.configure("interface 2\nname elle")
    first.wires = Wires({PORT, "GigabitEthernet1/0/49"}, [(20, "00:53:4e:24:01:01", PORT)])
    fleet = serve(first, second)
    found = look(fleet, silent=(DEAD,))
    assert {name: each["drift"] for name, each in found.items()} == {
        KAT1: "in_sync",
        KAT3: "pending",  # nobody ever saw it run what is declared, so nobody can say who moved
        DEAD: "unverifiable",
    }
    assert (found[KAT1]["startup_differs"], found[KAT3]["startup_differs"]) == (False, True)
    assert (found[KAT1]["failure"], found[KAT1]["misplaced"]) == (None, [])
    assert (found[DEAD]["last_contact"], found[DEAD]["ports"]) == (None, [])
    assert found[DEAD]["failure"] == f"{DEAD} (127.0.0.1:1): nobody answers there"
    states = [port["state"] for port in found[KAT1]["ports"]]
    assert (states.count("up"), len(states), set(states)) == (2, 52, {"up", "down", "disabled"})

    fleet.call(first.configure, f"interface {PORT}\nswitchport access vlan 102")
    first.wires.stopped, first.wires.errors = {PRINTER}, {PORT: (250, 3)}
    first.wires.addresses = [
        (102, "00:53:4e:28:05:01", PORT),
        (105, "00:53:4e:00:03:18", "GigabitEthernet1/0/49"),
    ]
    second.faults.vty_busy = True
    again = look(fleet)
    moved = again[KAT1]
    assert (moved["drift"], moved["startup_differs"]) == ("corrective", True)
    assert moved["differences"] == [f"interface {PORT}", " switchport access vlan 105"]
    ports = {port["name"]: port for port in moved["ports"]}
    assert ports[PORT] == {"name": PORT, "state": "up", "errors_in": 250, "errors_out": 3}
    assert ports[PRINTER]["state"] == "err_disabled"
    (stray,) = moved["misplaced"]  # everybody is seen on the uplink
    assert (stray["device"], stray["seen"]) == ("tel-2805", f"{KAT1} {PORT}")
    assert stray["declared"] == f"{KAT3} 2 (ANA-3-115)"
    assert "all lines taken" in again[KAT3]["failure"]
    assert again[KAT3]["last_contact"] == found[KAT3]["last_contact"]
    assert again[KAT3]["drift_since"] > found[KAT3]["drift_since"]


def test_when_the_memory_is_damaged_nobody_can_tell_who_moved(estate, blank, serve, reach, tmp_path) -> None:
    look, switch = Look(estate, TODAY, tmp_path), estate.switches.switch(KAT1)
    with Console(reach(serve(blank(KAT1)), KAT1)) as console:
        assert look.answered(switch, console, NOON, None).drift == "pending"
        damaged = tmp_path / f"switches/settled/{KAT1}.json"
        damaged.parent.mkdir(parents=True)
        damaged.write_text('{"switch": "sw-')
        found = look.answered(switch, console, NOON, None)
    assert (found.drift, "not valid" in found.why or "whole JSON" in found.why) == ("unverifiable", True), (
        found.why
    )


@pytest.mark.slow
def test_without_the_late_login_nothing_is_looked_at(run, blank, serve, tmp_path) -> None:
    done = run(serve(blank(KAT1)), "--data", "switch_user=netops", deploy="switch_state")
    assert done.returncode != 0 and "add --data switch_login=later" in done.stdout + done.stderr
    assert not (tmp_path / "var/switches/state").exists()
