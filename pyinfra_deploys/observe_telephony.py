"""Uses the telephone exchange as a telephone does, from the probe, and writes down what happened.

    pyinfra pyinfra_deploys/inventory.py pyinfra_deploys/observe_telephony.py --limit monitoring_servers \\
        --data observed_file=PATH [--data target=HOST]

The telephone is the one that the drill `telephony` declares; its mailbox holds the dated message of the exchange.
Against a `target` (default: the declared exchange) it also dials the outside number that is declared for probing, which
a fenced exchange has to refuse.
"""

from __future__ import annotations

from typing import Any

from pyinfra.api.exceptions import PyinfraError
from pyinfra.context import host

from estate import records
from estate.declared.estate import Estate, load
from estate.runs.environment import Environment
from estate.telephony.lines import lines
from estate.telephony.secrets import secret as drawn
from estate.verify import telephony
from exporters.telephone_canary import TONE_HERTZ
from pyinfra_deploys.facts import typed
from pyinfra_deploys.facts.telephone_use import TelephoneUse, question
from pyinfra_deploys.facts.vault import secret

DRILL = "telephony"
ECHO, OWN_MAILBOX, ECHO_HERTZ = "*43", "*97", 1000
NEW_MESSAGES = [[1.5, "1"], [4.0, "1"], [6.5, "1"]]
"""Seconds and keys: the new messages; then the message itself, without the words on who left it and when."""
SIP = 5060


def uses(estate: Estate, living: bool) -> dict[str, Any]:
    """Gives what the telephone has to do; it dials outside only where nobody outside can be reached."""
    call = {"kind": "call", "plays": 0, "hears": ECHO_HERTZ, "keys": []}
    echo = {"number": ECHO, "plays": ECHO_HERTZ, "enough": telephony.ECHO_SECONDS + 0.5, "patience": 6}
    message = {
        "number": OWN_MAILBOX,
        "hears": TONE_HERTZ,
        "enough": telephony.MESSAGE_SECONDS + 0.1,
        "patience": 15,
        "keys": NEW_MESSAGES,
    }
    found = {
        "register": {"kind": "register"},
        "stranger": {"kind": "register", "wrong": True},
        "echo": {**call, **echo},
        "voicemail": {**call, **message},
    }
    plan, number = estate.telephony.plan, estate.telephony.probe.outside_number
    if number and not living:
        dialled = f"{plan.outside_prefix}0{number.removeprefix(f'+{plan.country_code}')}"
        found[telephony.OUTSIDE] = {**call, "number": dialled, "enough": 1, "patience": 3}
    return found


def ask(environment: Environment, estate: Estate, target: str) -> dict[str, Any]:
    """Gives what the using program has to know; raises PyinfraError when no telephone is declared for it."""
    declared = next((drill.telephone for drill in estate.drills if drill.id == DRILL), None)
    line = next((one for one in lines(estate, typed.today(estate)) if one.number == declared), None)
    if line is None:
        raise PyinfraError(f"drills.yml declares no drill {DRILL!r} whose telephone exists")
    key = secret(environment, "vault_telephone_exchange_secret_key")
    return {
        "address": str(estate.networks.hosts[target].address),
        "port": SIP,
        "domain": estate.organisation.domain,
        "extension": line.number,
        "secret": drawn(key, line.number, line.holder, line.secret_issued),
        "uses": uses(estate, target == estate.telephony.exchange),
    }


def observe() -> None:
    """Asks the probe and writes its answers to `observed_file`."""
    environment = Environment.chosen()
    estate = load(environment.inventory)
    if host.name != estate.telephony.probe.host:
        return
    target, file = typed.target(estate, estate.telephony.exchange), typed.observed_file()
    answers = host.get_fact(TelephoneUse, _stdin=question(ask(environment, estate, target)))
    if answers is None:
        raise PyinfraError(f"{host.name}: the exchange was not used; the reason stands above")
    records.write(file, {"target": target, "checks": answers})


observe()
