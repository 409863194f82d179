"""The plan of a restore leads from any switch of the model to the capture, stored secrets and odd bytes included."""

from dataclasses import replace
from datetime import date

import pytest

from estate.lab.switches import Machine
from estate.switches import comparing, restoring
from estate.switches.guards import Waiver
from estate.switches.intended import intended
from estate.switches.plan import SwitchPlan
from estate.switches.pushed import differing
from estate.switches.reading import ConfigurationError
from tests.unit.switches.keeping.conftest import NAMES, STATE, bench, shown, standing

PLATFORM = dict(zip(NAMES, ("cisco_ios", "hp_procurve"), strict=True))
NEW = (Waiver("running-foreign", "new device"),)


def text(machine: Machine) -> str:
    return shown(machine).decode("utf-8", "surrogateescape")


def planned(name: str, running: str, wanted: str, waivers: tuple[Waiver, ...] = ()) -> SwitchPlan:
    way_in = comparing.protected(STATE, STATE.switches.switch(name), date(2026, 11, 26))
    return restoring.planned(running, wanted, name, PLATFORM[name], way_in, waivers)


def send(machine: Machine, plan: SwitchPlan) -> None:
    lines = (line.encode("utf-8", "surrogateescape").decode("latin-1") for line in plan.lines)
    machine.configure("\n".join(lines))


@pytest.mark.parametrize("name", NAMES)
def test_a_blank_or_changed_switch_shows_the_capture_again(name) -> None:
    wanted = text(standing(name))
    blank, changed = bench(name, called="Yeni"), standing(name)
    changed.configure(
        "vlan 77\nexit\nbanner motd #baska#\nno vlan 99" if name == NAMES[0] else "vlan 77\nexit"
    )
    for machine in (blank, changed):
        plan = planned(name, text(machine), wanted, NEW)
        assert plan.lines and not plan.refusals
        send(machine, plan)
        assert differing(wanted, text(machine)) == ""
        assert planned(name, text(machine), wanted) == SwitchPlan()


def test_a_secret_that_is_stored_otherwise_is_a_change_here() -> None:
    second = standing(NAMES[0])
    first = text(second)
    second.configure("username netyonetici privilege 15 secret Gizli-local_password")
    plan = planned(NAMES[0], text(second), first)
    assert [line.split()[:2] for line in plan.lines] == [["username", "netyonetici"]]
    assert {one.guard for one in plan.waived} == {"own-user"} and not plan.refusals


def test_guards_that_speak_of_another_switch_or_of_the_way_in_stay() -> None:
    wanted = text(standing(NAMES[0]))
    other = planned(NAMES[0], text(bench(NAMES[0], called="Yeni")), wanted)
    assert {one.guard for one in other.refusals} == {"running-foreign"}
    cut = wanted.replace(" switchport mode trunk\n", " switchport mode trunk\n shutdown\n")
    assert "management-path" in {one.guard for one in planned(NAMES[0], wanted, cut).refusals}


def test_what_no_line_brings_back_is_left_out_and_named() -> None:
    now = text(standing(NAMES[0]))
    wanted = now.replace(
        "\nend\n",
        "\ncrypto pki certificate chain TP-1\n certificate self-signed 01\n  3082 0201\n  quit\nend\n",
    )
    assert planned(NAMES[0], now, wanted).lines == planned(NAMES[0], wanted, now).lines == ()
    told = restoring.lacking(now, wanted, "cisco_ios")
    assert [line.partition(":")[0] for line in told] == [
        "SNMPv3 users",
        "`crypto pki certificate chain TP-1`",
    ]


@pytest.mark.parametrize("turned", [False, True])
def test_a_login_that_one_side_does_not_show_is_left_as_it_is(turned) -> None:
    shows = text(standing(NAMES[1]))
    bare = shows.partition("password manager")[0] + "password manager\n"
    sides = (bare, shows) if turned else (shows, bare)
    assert planned(NAMES[1], *sides).lines == ()
    assert "`include-credentials` is off" in restoring.lacking(*sides, "hp_procurve")[0]


@pytest.mark.parametrize("name", NAMES)
def test_snmp_users_that_it_had_are_written_anew_from_the_vault(name) -> None:
    wanted = text(standing(name))
    unseen = intended(STATE, STATE.switches.switch(name), date(2026, 11, 26)).unseen
    lines = restoring.renewals(wanted, unseen, PLATFORM[name])
    assert restoring.users(lines) == ("izleme",) and "<vault:vault_switches_snmp_auth>" in lines[0]
    blank = bench(name, called="Yeni")
    plan = restoring.renewing(planned(name, text(blank), wanted, NEW), lines)
    assert plan.lines[-1] == lines[0]
    send(
        blank,
        replace(plan, lines=tuple(line.replace("<vault:", "Gizli-").replace(">", "") for line in plan.lines)),
    )
    assert differing(wanted, text(blank)) == ""
    assert restoring.renewing(planned(name, text(blank), wanted), lines) == SwitchPlan()
    told = restoring.lacking(text(blank), wanted, PLATFORM[name], lines)
    assert [line.partition(":")[0] for line in told] == (
        ["SNMPv3 users but izleme"] if name == NAMES[0] else []
    )
    other = wanted.replace("izle", "baska")
    assert restoring.renewals(other, unseen, PLATFORM[name]) == ()


def test_a_copy_for_people_is_never_sent() -> None:
    good = text(standing(NAMES[0]))
    with pytest.raises(ConfigurationError, match="a copy for people"):
        planned(NAMES[0], good, good.replace("9 $9$", "<hidden> $9$"))
