"""Somebody in the telephones' network tries passwords: the exchange no longer hears that address, and measures it."""

from __future__ import annotations

import json
import re
import sys

import pytest

from estate.declared import load
from tests.lab.desking import DESKS, inside
from tests.lab.reaching import LAB, ran, sure, undone_by, until

pytestmark = pytest.mark.lab
ESTATE = load(LAB.inventory)
EXCHANGE = ESTATE.telephony.exchange
ADDRESS = str(ESTATE.networks.hosts[EXCHANGE].address)
DESK = next(iter(DESKS.values())).telephone
"""A telephone on a desk: its address is neither an operator's nor the probe's, whom no blocking ever touches."""
GUESS = """
import json, socket, sys
from exporters.call_raw import asked
address, caller, times = sys.argv[1:]
codes = asked(address, 5060, "REGISTER", f"sip:{address}", caller, int(times), True)
with socket.create_connection((address, 443), 5):
    print(json.dumps(codes))
"""
MEASURED = (
    "systemctl start estate-telephone-exchange; cat /var/lib/prometheus/node-exporter/telephone_exchange.prom"
)


def guessed(times: int) -> list[int]:
    """Tries wrong passwords from the desk, and gives the answers (0: none); its files are there all the same."""
    caller = ESTATE.telephony.probe.extensions[0]
    done = ran(inside(DESK, sys.executable, "-c", GUESS, ADDRESS, caller, str(times)))
    assert done.returncode == 0, done.stderr
    codes: list[int] = json.loads(done.stdout)
    return codes


def kept_out() -> bool:
    """Tells whether the packet filter of the exchange holds the address of the desk."""
    return DESK.address in sure(EXCHANGE, "nft list table inet f2b-table 2>/dev/null || true")


def test_who_tries_passwords_is_no_longer_heard_and_still_gets_its_files() -> None:
    """As often as is declared, and then for no word of SIP; forgiven, it is heard again."""
    with undone_by(EXCHANGE, f"fail2ban-client unban {DESK.address}"):
        most = int(sure(EXCHANGE, "fail2ban-client get asterisk maxretry"))
        assert not kept_out()
        assert guessed(most) == [401] * most
        assert until(kept_out, 15)
        assert guessed(1) == [0]
        (count,) = re.findall(r"(?m)^bim_pbx_blocked_addresses\S* (\S+)$", sure(EXCHANGE, MEASURED))
        assert float(count) >= 1
    assert not kept_out()
    assert guessed(1) == [401]
