"""Guards refuse before any login what could cut somebody off, and let pass what is waived by name."""

import pytest

from estate.switches.guards import Known, Limits, Waiver, together
from estate.switches.plan import SwitchPlan, remediation
from tests.unit.switches.planning.small import BASE, END, PROTECTED, changed, planned

ALLOWED = "switchport trunk allowed vlan 10,20,99"
VLAN_20 = "vlan 20\n name GUEST\n"
NEIGHBOUR = "interface GigabitEthernet1/0/2\n switchport access vlan 20\n switchport mode access\n"
TOUCHES = {
    "uplink": (BASE, changed((ALLOWED, f"{ALLOWED.replace('20', '20,30')}"))),
    "trunk-replaced": (changed((f" {ALLOWED}\n", "")), BASE),
    "management-vlan": (BASE, changed(("10.9.9.2 ", "10.9.9.3 "))),
    "own-user": (BASE, changed(("username netops privilege 15", "username netops privilege 7"))),
    "aaa": (BASE, changed(("group tacacs+ local", "group radius local"))),
    "vlan-in-use": (BASE + NEIGHBOUR, changed((VLAN_20, ""), (ALLOWED, ALLOWED.replace("20,", "")))),
    "management-path": (BASE, changed((ALLOWED, "switchport trunk allowed vlan 10,20"))),
    "unknown-port": (BASE, BASE + "interface GigabitEthernet1/0/9\n shutdown\n"),
    "running-foreign": (changed(("sw-1", "sw-2")), BASE),
}


def _guards(plan: SwitchPlan) -> set[str]:
    return {refusal.guard for refusal in plan.refusals}


@pytest.mark.parametrize("guard", TOUCHES)
def test_a_guard_refuses_and_is_waived_by_its_name(guard: str) -> None:
    refused = planned(*TOUCHES[guard])
    assert guard in _guards(refused)
    told = next(str(refusal) for refusal in refused.refusals if refusal.guard == guard)
    assert told.endswith(f"to go on: waive {guard!r} with a reason")
    passed = planned(*TOUCHES[guard], waivers=[Waiver(guard, "on site, console connected")])
    assert guard not in _guards(passed) and guard in {refusal.guard for refusal in passed.waived}
    assert _guards(passed) == _guards(refused) - {guard}


def test_what_touches_none_of_it_is_not_refused() -> None:
    assert planned(BASE, changed(("access vlan 10", "access vlan 20"), ("PC-1", "PC-7"))).refusals == ()


@pytest.mark.parametrize("lost", ["local", "gateway", "user", "address", "down", "carried"])
def test_each_part_of_the_way_in_is_followed(lost: str) -> None:
    edits = {
        "local": ("group tacacs+ local", "group tacacs+"),
        "gateway": ("ip default-gateway 10.9.9.1\n", "no ip default-gateway\n"),
        "user": ("username netops privilege 15 secret 9 $9$aaaa$bbbb", "username baska secret X"),
        "address": (" ip address 10.9.9.2 255.255.255.0\n", " shutdown\n"),
        "down": (" ip address 10.9.9.2 255.255.255.0\n", " ip address 10.9.9.2 255.255.255.0\n shutdown\n"),
        "carried": (" switchport mode trunk\n", " switchport mode trunk\n shutdown\n"),
    }
    assert "management-path" in _guards(planned(BASE, changed(edits[lost])))


@pytest.mark.parametrize(
    ("running", "why"),
    [
        (BASE, "does not close with `end`"),
        (changed(("hostname sw-1\n", "")) + END, "holds no host name"),
        (changed(("vlan 20\n", " --More-- \nvlan 20\n")) + END, "'--More--' is no configuration"),
        ("% Invalid input detected at '^' marker.\n", "holds no host name"),
        ("", "holds no host name"),
    ],
)
def test_a_reading_that_is_not_whole_is_refused_and_nothing_is_planned(running: str, why: str) -> None:
    plan = remediation(running, BASE, "cisco_ios", PROTECTED)
    assert why in "\n".join(map(str, plan.refusals))
    assert _guards(plan) == {"running-damaged"} and plan.lines == ()


def test_a_banner_without_an_end_makes_the_reading_unreadable() -> None:
    plan = remediation(BASE + "banner motd ^C\nacik kaldi\n" + END, BASE, "cisco_ios", PROTECTED)
    assert _guards(plan) == {"running-unreadable"} and "the banner does not end" in str(plan.refusals[0])
    with pytest.raises(ValueError, match="'running-unreadable' can be waived"):
        Waiver("running-unreadable", "please")


def test_every_cut_through_a_configuration_is_noticed() -> None:
    whole = (BASE + END).splitlines(keepends=True)
    cuts = ["".join(whole[:number]) for number in range(len(whole))]
    assert all(_guards(remediation(cut, BASE, "cisco_ios", PROTECTED)) == {"running-damaged"} for cut in cuts)


def test_a_reading_shorter_than_the_last_one_is_refused() -> None:
    assert _guards(planned(BASE, BASE, known=Known("sw-1", lines=40))) == {"running-damaged"}
    assert planned(BASE, BASE, known=Known("sw-1", lines=25)).refusals == ()
    assert _guards(planned(BASE, BASE, known=Known("sw-9"))) == {"running-foreign"}


def test_an_unclosed_section_of_procurve_is_noticed() -> None:
    text = 'hostname "sw-1"\nvlan 99\n   tagged 49\n   exit\n'
    assert remediation(text, text, "hp_procurve", PROTECTED).refusals == ()
    cut = text.removesuffix("   exit\n")
    assert _guards(remediation(cut, text, "hp_procurve", PROTECTED)) == {"running-damaged"}


def test_an_unknown_platform_is_never_planned() -> None:
    plan = remediation(BASE, BASE, "acme_os", PROTECTED)
    assert _guards(plan) == {"platform"} and str(plan.refusals[0]).endswith("cannot be waived")
    with pytest.raises(ValueError, match="'platform' can be waived"):
        Waiver("platform", "please")


@pytest.mark.parametrize(("guard", "reason"), [("uplinks", "typing mistake"), ("uplink", " ")])
def test_a_waiver_needs_a_guard_and_a_reason(guard: str, reason: str) -> None:
    with pytest.raises(ValueError, match=guard):
        Waiver(guard, reason)


def test_another_gateway_is_a_matter_of_the_management_vlan() -> None:
    assert _guards(planned(BASE, changed(("gateway 10.9.9.1", "gateway 10.9.9.254")))) == {"management-vlan"}


def test_more_ports_than_declared_are_refused() -> None:
    ports = "".join(f"interface GigabitEthernet1/0/{n}\n description P\n" for n in range(2, 6))
    moved = (BASE + ports, BASE + ports.replace(" P\n", " Q\n"))
    assert _guards(planned(*moved, limits=Limits(ports=3))) == {"ports"}
    assert planned(*moved, limits=Limits(ports=4)).refusals == ()


def test_more_switches_than_declared_are_refused() -> None:
    plans = {f"sw-{n}": ("hostname x",) if n < 4 else () for n in range(9)}
    assert together(plans, Limits(switches=4)) == ()
    told = together(plans, Limits(switches=3))
    assert [refusal.what for refusal in told] == ["4 switches change, 3 may at once"]
    assert together(plans, Limits(switches=3), [Waiver("switches", "new log server")]) == ()
