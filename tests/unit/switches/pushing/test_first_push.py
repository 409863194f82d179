"""Rendering, planner and simulated switch agree: a blank switch becomes the intended one, and blank again."""

import re
from datetime import date

import pytest

from estate.switches import comparing
from estate.switches.guards import GUARDS, NEVER_WAIVED, Limits, Waiver
from pyinfra_deploys.connectors.console import Console

TODAY = date(2026, 11, 26)
WAIVERS = [Waiver(guard, "the first push") for guard in GUARDS.keys() - NEVER_WAIVED]


def _filled(lines: tuple[str, ...]) -> list[str]:
    return [re.sub(r"<vault:([a-z_]+)>", r"Gizli-\1", line) for line in lines]


@pytest.mark.slow
@pytest.mark.parametrize("name", ["sw-ana-omurga", "sw-ana-kat1", "sw-ana-kat3", "sw-fkm-omurga"])
def test_a_blank_switch_becomes_the_intended_one_and_blank_again(name, estate, blank, serve, reach) -> None:
    machine = blank(name)
    fleet = serve(machine)

    def planned(running: str) -> comparing.SwitchPlan:
        found, _ = comparing.plans(estate, {name: running}, TODAY, Limits(ports=100), WAIVERS)
        return found[name]

    def shown() -> list[str]:
        return [line for line in machine.text(machine.running) if "Last configuration change" not in line]

    before = shown()
    with Console(reach(fleet, name)) as console:
        plan = planned(console.running())
        assert (plan.refusals, len(plan.lines) > 250) == ((), True)
        console.said("configure terminal")
        console.send(_filled(plan.lines))
        console.said("end")
        after = planned(console.running())
        assert (after.lines, after.refusals) == ((), ())
        console.said("configure terminal")
        console.send(_filled(plan.rollback))
        console.said("end")
    assert shown() == before


def test_the_lab_declares_no_switch_that_is_not_tried_here(estate) -> None:
    assert {switch.name for switch in estate.switches.switches} == {
        "sw-ana-omurga",
        "sw-ana-kat1",
        "sw-ana-kat3",
        "sw-fkm-omurga",
    }


def test_with_aaa_the_logins_of_lines_are_those_of_aaa(blank) -> None:
    machine = blank("sw-ana-kat1")
    assert " login local" in machine.text(machine.running)
    machine.configure("aaa new-model")
    assert not [line for line in machine.text(machine.running) if "login" in line]
    machine.configure("line vty 0 4\nlogin authentication TACACS\nno aaa new-model")
    assert not [line for line in machine.text(machine.running) if "login" in line]
