"""Somebody moves to another outlet: the lines lead every switch to what is intended then, and the rollback back."""

from dataclasses import replace
from pathlib import Path

import pytest

from estate.declared import Estate
from estate.lab.switches import Machine
from estate.lab.switches.installed import install
from estate.runs.clock import today
from estate.switches import comparing
from estate.switches.guards import GUARDS, NEVER_WAIVED, Limits, Waiver
from estate.switches.plan import SwitchPlan

SECRETS = {
    f"vault_switches_{what}": f"Gizli-{what}"
    for what in ("local_password", "enable_secret", "aaa_key", "snmp_auth", "snmp_privacy")
}
WAIVED = tuple(Waiver(guard, "tried") for guard in GUARDS.keys() - NEVER_WAIVED)


def _moved(estate: Estate, number: str, outlet: str | None) -> Estate:
    people = tuple(
        one.model_copy(update={"outlet": outlet}) if one.personnel_number == number else one
        for one in estate.people
    )
    return replace(estate, people=people)


def _planned(estate: Estate, machine: Machine) -> SwitchPlan:
    switch = estate.switches.switch(machine.name)
    assert switch is not None
    shown = "\n".join(machine.text(machine.running)) + "\n"
    return comparing.planned(estate, switch, shown, today(estate), Limits(ports=60), WAIVED, ())


@pytest.mark.parametrize(
    ("number", "outlet", "names"),
    [
        ("100136", "ANA-3-117", ("sw-ana-kat3",)),
        ("100102", None, ("sw-ana-kat3",)),
        ("100118", "ANA-1-105", ("sw-ana-kat1",)),
        ("100125", "ANA-3-117", ("sw-ana-kat1", "sw-ana-kat3")),
    ],
)
def test_the_lines_of_a_move_lead_there_and_the_rollback_back(
    estate: Estate, number: str, outlet: str | None, names: tuple[str, ...], tmp_path: Path
) -> None:
    moved = _moved(estate, number, outlet)
    changed = []
    for switch in estate.switches.switches:
        machine = install(estate, switch, SECRETS, tmp_path / f"{switch.name}.cfg", 60.0)
        assert _planned(estate, machine).lines == ()
        before, plan = machine.text(machine.running), _planned(moved, machine)
        if plan.lines:
            changed.append(switch.name)
            machine.configure("\n".join(plan.lines))
            assert _planned(moved, machine).lines == ()
            machine.configure("\n".join(plan.rollback))
        shown = machine.text(machine.running)
        assert [line for line in shown if "Last conf" not in line] == [
            line for line in before if "Last conf" not in line
        ]
    assert tuple(sorted(changed)) == names
