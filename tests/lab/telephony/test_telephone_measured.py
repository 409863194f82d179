"""The exchange of the lab measures itself; a trunk whose operator is silent is seen, and seen to come back (C30)."""

from __future__ import annotations

import re

import pytest

from estate.declared import load
from estate.runs import clock
from estate.telephony import figures
from tests.lab.reaching import LAB, sure, undone_by, until

pytestmark = pytest.mark.lab
ESTATE = load(LAB.inventory)
EXCHANGE = ESTATE.telephony.exchange
(OPERATOR,) = ESTATE.hosts["telephone_operators"]
FIRST, *OTHERS = sorted(ESTATE.telephony.trunks, key=lambda trunk: trunk.preference)
FILE = "/var/lib/prometheus/node-exporter/telephone_exchange.prom"
OPEN = "nft delete table inet deneme 2>/dev/null || true"
SHUT = (
    f"{OPEN}; nft add table inet deneme; "
    "nft add chain inet deneme input '{ type filter hook input priority -10; }'; "
    f"nft add rule inet deneme input udp dport {FIRST.port} drop"
)


def measured() -> str:
    """Measures now, and gives what was written."""
    return sure(EXCHANGE, f"systemctl start estate-telephone-exchange; cat {FILE}")


def trunk(name: str) -> str | None:
    found = re.search(rf'(?m)^bim_pbx_trunk_up{{trunk="{name}"}} (\S+)$', measured())
    return found and found[1]


@pytest.fixture
def silent_operator() -> None:
    sure(OPERATOR, OPEN)


def test_what_is_declared_is_measured() -> None:
    text = measured()
    assert "\nbim_pbx_up 1.0\n" in text
    numbers = re.findall(r'(?m)^bim_pbx_extensions{\S*state="(?:un)?registered",\S+ (\S+)$', text)
    declared = figures.figures(ESTATE, clock.today(ESTATE))
    assert sum(map(float, numbers)) == len(declared["extensions"])
    for name in (
        "calls_total",
        "outside_calls_total",
        "voicemail_messages",
        "blocked_addresses",
        "faxes_total",
    ):
        assert f"\nbim_pbx_{name}" in text


def test_the_program_runs_by_itself() -> None:
    timers = sure(EXCHANGE, "systemctl list-timers --no-legend estate-telephone-exchange.timer")
    assert "estate-telephone-exchange.service" in timers


@pytest.mark.usefixtures("silent_operator")
def test_c30_a_silent_operator_is_seen_and_the_trunk_comes_back_by_itself() -> None:
    assert until(lambda: trunk(FIRST.name) == "1.0", 90, 5)
    with undone_by(OPERATOR, OPEN):
        sure(OPERATOR, SHUT)
        assert until(lambda: trunk(FIRST.name) == "0.0", 90, 5)
        assert {trunk(other.name) for other in OTHERS} == {"1.0"}
    assert until(lambda: trunk(FIRST.name) == "1.0", 180, 5)
