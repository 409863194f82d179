"""Real calls through the exchange of the lab: every scenario, and faults that have to turn them red."""

import json
from functools import cache
from typing import Any

import pytest

from estate.calls.catalogue import scenarios
from estate.declared import load
from tests.lab.reaching import LAB, estate, on, sure, undone_by, until
from tests.lab.telephony.calling import observed

pytestmark = pytest.mark.lab
DECLARED = load(LAB.inventory)
EXCHANGE = DECLARED.telephony.exchange
OPERATOR = LAB.groups()["telephone_operators"][0]
ADDRESS = DECLARED.networks.hosts[EXCHANGE].address
PLAN = "/etc/asterisk/estate/extensions.conf"
RELOAD = 'asterisk -rx "dialplan reload" >/dev/null'
CUT = "nft delete table inet proof 2>/dev/null || true"


def checked(*options: str) -> dict[str, dict[str, Any]]:
    """Places calls and gives the verdicts by scenario."""
    done = estate("call", "check", "--json", *options)
    assert done.returncode in (0, 1), done.stdout + done.stderr
    return {each["check"]: each for each in json.loads(done.stdout)}


@cache
def everything() -> dict[str, dict[str, Any]]:
    """Places every call of the catalogue, once for all tests; calls abroad of earlier runs no longer count."""
    numbers = DECLARED.telephony.probe.extensions
    sure(EXCHANGE, "; ".join(f"asterisk -rx 'database del abroad {number}' >/dev/null" for number in numbers))
    return checked()


def verdict_of(name: str) -> dict[str, Any]:
    """Gives the verdict of a scenario, once: who asks again, as the second try of a test, has it placed again."""
    return everything().pop(name, None) or checked("--only", name)[name]


def cut(*ports: int) -> str:
    """Gives the script that drops what the exchange sends to these ports of the operator."""
    told = ", ".join(map(str, ports))
    return (
        f"{CUT}; nft add table inet proof;"
        " nft 'add chain inet proof cut { type filter hook input priority -200; }';"
        f" nft 'add rule inet proof cut ip saddr {ADDRESS} udp dport {{ {told} }} drop'"
    )


def trunk(name: str, state: str) -> bool:
    """Tells whether the exchange holds a trunk to be in a state: Avail or Unavail."""
    shown = sure(EXCHANGE, 'asterisk -rx "pjsip show contacts"')
    return any(f" {name}/" in line and f" {state} " in line for line in shown.splitlines())


@pytest.mark.parametrize("name", [scenario.id for scenario in scenarios()])
def test_the_call_goes_as_it_has_to(name: str) -> None:
    """Every scenario of one run, each by its name."""
    verdict = verdict_of(name)
    assert verdict["result"] == "passed", f"{verdict['expected']}; found {verdict['found']}"


def test_a_mute_telephone_turns_the_call_red() -> None:
    """One-way audio: the call is answered, and A hears nothing."""
    verdict = checked("--only", "internal", "--mute", "B")["internal"]
    assert (verdict["result"], verdict["found"]) == ("failed", "0.0 s of it")


def test_a_group_that_rings_in_another_order_turns_red() -> None:
    """The second member rings first."""
    one, other = next(g for g in DECLARED.telephony.hunt_groups if g.number == "5190").members
    first, second, aside = f"try,s,1({one},", f"try,s,1({other},", "/root/plan-of-the-day"
    swap = f"s/{first}/try,swapped(/; s/{second}/{first}/; s/try,swapped(/{second}/"
    with undone_by(EXCHANGE, f"mv -f {aside} {PLAN}; {RELOAD}"):
        sure(
            EXCHANGE,
            f"cp -a {PLAN} {aside}; sed -i '/^\\[group-5190\\]$/,/^$/ {{ {swap} }}' {PLAN}; {RELOAD}",
        )
        assert on(EXCHANGE, f"cmp -s {aside} {PLAN}").returncode == 1, "no member was swapped"
        verdict = checked("--only", "hunt_order")["hunt_order"]
    assert (verdict["result"], verdict["found"]) == ("failed", "it did not ring")


def test_without_a_trunk_no_call_gets_out() -> None:
    """Both are cut, and the check says so; they come back by themselves."""
    with undone_by(OPERATOR, CUT):
        sure(OPERATOR, cut(5060, 5070))
        assert until(lambda: trunk("ana", "Unavail") and trunk("yedek", "Unavail"), 60)
        verdict = checked("--only", "out_echo")["out_echo"]
    assert verdict["result"] == "failed"
    assert until(lambda: trunk("ana", "Avail") and trunk("yedek", "Avail"), 90)


def test_the_spare_trunk_carries_calls_when_the_first_is_dead() -> None:
    """The call is heard, and the operator saw it on the spare one."""
    with undone_by(OPERATOR, CUT):
        sure(OPERATOR, cut(5060))
        assert until(lambda: trunk("ana", "Unavail"), 60)
        verdict = checked("--only", "out_echo", "--only", "emergency_internal")
        seen = observed()["seen"]
    assert {name: each["result"] for name, each in verdict.items()} == {
        "out_echo": "passed",
        "emergency_internal": "passed",
    }
    assert {each["trunk"] for each in seen} == {"yedek"}
    assert until(lambda: trunk("ana", "Avail"), 90)


def test_the_dial_plan_of_the_exchange_walks_as_the_declared_one() -> None:
    """What the exchange itself prints is followed, not what was written for it."""
    shown = sure(EXCHANGE, 'asterisk -rx "dialplan show"')
    path = LAB.var / "dialplan-shown.txt"
    path.write_text(shown, "utf-8")
    try:
        done = estate("call", "walk", "--plan", str(path))
    finally:
        path.unlink()
    assert done.returncode == 0, done.stdout + done.stderr
