"""Somebody has a right secret and dials what costs most: it is bounded at once, and the alert fires."""

from __future__ import annotations

import json
import time
import urllib.parse
import urllib.request
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from estate.telephony.lines import lines
from tests.lab.reaching import sure, undone_by, until
from tests.lab.telephony.calling import ESTATE, TODAY, called

pytestmark = pytest.mark.lab
TOLD = ESTATE.telephony
EXCHANGE, PROBE = TOLD.exchange, TOLD.probe.host
PROMETHEUS = f"http://{ESTATE.networks.hosts[PROBE].address}:9090"
STOLEN = next(
    line
    for line in lines(ESTATE, TODAY)
    if line.calling_class == "international"
    and line.number not in (*TOLD.probe.extensions, *TOLD.limits.night_exceptions)
    and line.holder == "shared"
)
"""A telephone whose calls count: those of the probe do not."""
VOLUME = 24
"""Calls in a row: more than may be refused in a quarter of an hour, or go abroad in an hour, without an alert."""
CALLS_TAKE_SECONDS = 30
"""Calls that are counted by the hour are placed in one and the same."""
MEASURED = 'sqlite3 -readonly /var/log/asterisk/calls.db "select userfield from cdr where channel like'


def alerts() -> list[str]:
    """Gives the states of the alert, as Prometheus holds them."""
    query = urllib.parse.urlencode({"query": 'ALERTS{alertname="TollFraudSuspected"}'})
    with urllib.request.urlopen(f"{PROMETHEUS}/api/v1/query?{query}", timeout=10) as answer:
        return [row["metric"]["alertstate"] for row in json.load(answer)["data"]["result"]]


@pytest.fixture
def counted() -> Iterator[int]:
    """Gives the newest record of a call; the day's count of calls abroad is forgotten in the end."""
    newest = sure(
        EXCHANGE, "sqlite3 -readonly /var/log/asterisk/calls.db 'select coalesce(max(rowid),0) from cdr'"
    )
    with undone_by(EXCHANGE, f"asterisk -rx 'database del abroad {STOLEN.number}' >/dev/null"):
        yield int(newest)


def test_a_stolen_secret_gets_so_far_and_no_further_and_is_told(counted: int) -> None:
    """Premium numbers never; so many calls at once; abroad not at night, and so often by day; then the alert fires."""
    most = TOLD.limits.calls_per_extension
    dialled: list[dict[str, Any]] = [{"call": {"who": "T", "to": "{some.national}"}}, {"up": "T"}]
    verdicts = called(
        STOLEN,
        premium=[{"refused": {"who": "T", "to": "{some.premium}", "code": 403}}],
        at_once=[
            *(dialled * most),
            {"refused": {"who": "T", "to": "{some.national}", "code": 403}},
        ],
        volume=[
            {"call": {"who": "T", "to": "{some.abroad}"}},
            {"progress": "T"},
            {"hangup": "T"},
        ]
        * VOLUME,
    )
    assert {name: each["result"] for name, each in verdicts.items()} == dict.fromkeys(verdicts, "passed"), (
        verdicts
    )
    found = sure(EXCHANGE, f"{MEASURED} 'PJSIP/{STOLEN.number}-%' and rowid > {counted}\"").split()
    assert found.count("national") == most
    assert found.count("international") <= TOLD.limits.international_calls_per_day
    assert found.count("refused") + found.count("international") == VOLUME + 2
    sure(EXCHANGE, "systemctl start estate-telephone-exchange")
    assert until(lambda: "firing" in alerts(), 90, 3)


def test_calls_of_a_telephone_are_bounded_by_the_hour_where_that_is_declared(
    held: Callable[[str, Callable[[dict[str, Any]], None]], None],
) -> None:
    """Whatever they cost: after so many of them in an hour none gets out, an emergency excepted."""
    most = 3

    def bound(content: dict[str, Any]) -> None:
        content["estate_telephony"]["limits"]["outside_calls_per_hour"] = most

    held("telephony", bound)
    dialled: list[dict[str, Any]] = [
        {"call": {"who": "T", "to": "{some.national}"}},
        {"up": "T"},
        {"hangup": "T"},
    ]
    forget = f"asterisk -rx 'database del hour {STOLEN.number}' >/dev/null"
    with undone_by(EXCHANGE, forget):
        if (left := 3600 - time.time() % 3600) < CALLS_TAKE_SECONDS:
            time.sleep(left)
        sure(EXCHANGE, forget)
        verdicts = called(
            STOLEN,
            bounded=[*(dialled * most), {"refused": {"who": "T", "to": "{some.national}", "code": 403}}],
            emergency=[{"call": {"who": "T", "to": "112"}}, {"up": "T"}, {"hangup": "T"}],
        )
    assert {name: each["result"] for name, each in verdicts.items()} == dict.fromkeys(verdicts, "passed"), (
        verdicts
    )
