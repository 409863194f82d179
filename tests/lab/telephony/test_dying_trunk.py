"""A trunk that swallows calls before anybody noticed: the spare one takes over after seconds."""

from __future__ import annotations

from typing import Any

import pytest

from estate.telephony.lines import lines
from tests.lab.reaching import LAB, sure, undone_by
from tests.lab.telephony.calling import ESTATE, TODAY, called

pytestmark = pytest.mark.lab
EXCHANGE = ESTATE.telephony.exchange
OPERATOR = LAB.groups()["telephone_operators"][0]
ADDRESS = ESTATE.networks.hosts[EXCHANGE].address
FIRST, SPARE = sorted(ESTATE.telephony.trunks, key=lambda trunk: trunk.preference)[:2]
CALLER = next(
    line for line in lines(ESTATE, TODAY) if line.calling_class == "national" and line.holder == "shared"
)
DEAF = "nft delete table inet deaf 2>/dev/null || true"
CARRIED = """sqlite3 -readonly /var/log/asterisk/calls.db "select dstchannel from cdr
 where channel like 'PJSIP/{number}-%' and disposition = 'ANSWERED' and rowid > {newest} order by rowid\""""


def swallowing(bound: str = "") -> str:
    """Gives the script that drops what begins with INVITE on the first trunk, up to a bound; its looks are answered."""
    invite = f"ip saddr {ADDRESS} udp dport {FIRST.port} @th,64,48 0x494e56495445"
    return (
        f"{DEAF}; nft add table inet deaf;"
        " nft 'add chain inet deaf calls { type filter hook input priority -200; }';"
        f" nft 'add rule inet deaf calls {invite} {bound} drop'"
    )


def dialled(swallows: str, **numbers: str) -> tuple[dict[str, dict[str, Any]], list[str]]:
    """Calls numbers one after another while an operator swallows; gives verdicts and the trunks that carried them."""
    newest = sure(EXCHANGE, "sqlite3 /var/log/asterisk/calls.db 'select coalesce(max(rowid), 0) from cdr'")
    steps = {
        name: [{"call": {"who": "T", "to": to}}, {"up": {"who": "T", "within": 9}}, {"hangup": "T"}]
        for name, to in numbers.items()
    }
    with undone_by(OPERATOR, DEAF):
        sure(OPERATOR, swallows)
        verdicts = called(CALLER, **steps)
        shown = sure(EXCHANGE, 'asterisk -rx "pjsip show contacts"')
    assert any(f" {FIRST.name}/" in line and " Avail " in line for line in shown.splitlines()), shown
    assert {each["result"] for each in verdicts.values()} == {"passed"}, verdicts
    carried = sure(EXCHANGE, CARRIED.format(number=CALLER.number, newest=newest)).split()
    return verdicts, [channel.removeprefix("PJSIP/").partition("-")[0] for channel in carried]


def test_a_call_over_a_trunk_that_has_just_died_goes_over_the_spare_one_within_seconds() -> None:
    """Nobody knows yet that it is dead; neither a call nor an emergency waits for the 32 s that SIP would."""
    verdicts, trunks = dialled(swallowing(), national="{some.national}", emergency="112")
    assert all(5 < each["delay"] < 9 for each in verdicts.values()), verdicts
    assert trunks == [SPARE.name] * 2


def test_a_living_trunk_that_loses_the_first_packets_keeps_its_calls() -> None:
    """The first two or three tries of the call are lost; nobody is sent to the spare trunk for that."""
    verdicts, trunks = dialled(swallowing("quota until 2500 bytes"), national="{some.national}")
    assert 0.2 < verdicts["national"]["delay"] < 5, verdicts
    assert trunks == [FIRST.name]
