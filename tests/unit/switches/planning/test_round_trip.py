"""A plan leads where it says, its rollback leads back, and no line in between cuts the way in."""

import random
from collections.abc import Callable

import pytest

from estate.switches.plan import SwitchPlan, remediation
from estate.switches.protected import Protected
from tests.unit.switches.planning import applier, invented
from tests.unit.switches.planning.pairs import ALL, MOVES_MANAGEMENT, NAMES, WIDE, Pair, pair


def _carried_out(given: Pair, lines: tuple[str, ...], state: applier.State) -> list[str]:
    """Carries out the lines and gives what of the way in was lost after each of them."""
    names = [applier.expanded(f"interface {each}")[0][10:] for each in given.protected.uplinks]
    names = [name.replace("Te2", "TenGigabitEthernet2") for name in names]

    def way() -> dict[str, bool]:
        protected = given.protected
        return applier.way_in(state, protected.management_vlan, names, protected.own_user, protected.aaa)

    before, lost = way(), []
    for number, _ in enumerate(applier.take(state, lines)):
        lost += [f"{lines[number]}: {part}" for part, holds in way().items() if before[part] and not holds]
    return lost


def _as_intended(state: applier.State, running: applier.State, intended: applier.State) -> None:
    found, before, wanted = map(applier.shape, (state, running, intended))
    for section, rows in wanted.items():
        if section:
            assert found.get(section, set()) == rows, section
    outside = {row for row in wanted[""] if not row.startswith("no ") or row in before[""]}
    assert outside <= found[""]
    # What else there is was there before, and is of a kind the intended text says nothing about.
    assert found[""] - wanted[""] <= before[""]
    for section, rows in found.items():
        if section not in wanted:
            assert before.get(section) == rows, section


def _there_and_back(given: Pair, plan: SwitchPlan, check: bool = True) -> None:
    running, intended, state = (
        applier.load(given.running),
        applier.load(given.intended),
        applier.load(given.running),
    )
    lost = _carried_out(given, plan.lines, state)
    _as_intended(state, running, intended)
    lost += _carried_out(given, plan.rollback, state)
    assert applier.shape(state) == applier.shape(running)
    assert not check or lost == []


@pytest.mark.parametrize("name", NAMES)
def test_a_plan_leads_there_and_its_rollback_back(name: str) -> None:
    given = pair(name)
    plan = given.plan(limits=WIDE, waivers=ALL)
    assert plan.refusals == () and "not-foreseen" not in {refusal.guard for refusal in plan.waived}
    _there_and_back(given, plan, name not in MOVES_MANAGEMENT)


@pytest.mark.parametrize("seed", range(40))
@pytest.mark.parametrize("make", [invented.ios, invented.procurve], ids=lambda make: make.__name__)
def test_invented_pairs_lead_there_and_back(make: Callable[[random.Random], str], seed: int) -> None:
    dice = random.Random(f"{make.__name__} {seed}")
    platform, uplinks = (
        ("cisco_ios", ("Gi1/0/9", "Gi1/0/10")) if make is invented.ios else ("hp_procurve", ("9", "10"))
    )
    protected = Protected(10, uplinks, "netops", make is invented.ios)
    given = Pair("invented", make(dice), make(dice), platform, protected)
    plan = remediation(given.running, given.intended, platform, protected, waivers=ALL)
    assert plan.refusals == () and not {"not-foreseen", "management-path"} & {
        each.guard for each in plan.waived
    }
    _there_and_back(given, plan)


@pytest.mark.parametrize("name", NAMES)
def test_what_is_intended_already_needs_no_plan(name: str) -> None:
    given = pair(name)
    settled = given.intended + ("end\n" if given.platform == "cisco_ios" else "")
    again = remediation(settled, given.intended, given.platform, given.protected)
    assert (again.lines, again.rollback, again.refusals) == ((), (), ())
