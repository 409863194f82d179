"""Places proving calls from the probe and writes down what became of each.

    pyinfra pyinfra_deploys/inventory.py pyinfra_deploys/observe_calls.py --limit PROBE --data observed_file=PATH \\
        [--data only=ID,ID] [--data daily=yes] [--data mute=B] [--data smudge=ID]

Runs on the declared probe alone. Where the inventory has an operator of the lab (group telephone_operators), a
telephone registers there and plays the outside, the operator sends faxes meanwhile, and what it saw of both is written
down beside the verdicts; so is what the exchange mailed to the probe. `mute` and `smudge` seed a fault: a telephone
that plays nothing, a fax one line of which is not what is expected.
"""

from __future__ import annotations

import base64
import secrets
import time
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from pyinfra.context import host, state

from estate import records
from estate.calls import fax_page, naming
from estate.calls.catalogue import Scenario, chosen
from estate.calls.question import Question, allowed_by_day, put, question
from estate.declared.estate import Estate, load
from estate.runs.environment import Environment
from pyinfra_deploys.facts import call_check, proving_mail, typed
from pyinfra_deploys.facts.vault import secret
from pyinfra_deploys.operations.departures import answer

OPERATORS = "telephone_operators"
SUBSCRIBER = ("abone", "9001")
"""The outside telephone of the role telephone_operator: its user, and what follows the municipality's own digits."""
SENDER = "santral"
"""In whose name the exchange mails (telephone_exchange_mail_account)."""
FAX_SECONDS, MAIL_SECONDS = 150.0, 60.0
"""How long a fax may take from its call to its record, and how long a mail may be on its way."""
SLACK = 2.0
"""The records of the operator know seconds, not their parts."""


def world(environment: Environment, estate: Estate) -> naming.World | None:
    """Gives the outside telephone of the lab; None where no operator is in the inventory, as in production."""
    operators = environment.groups().get(OPERATORS, [])
    if not operators:
        return None
    user, ending = SUBSCRIBER
    return naming.World(
        address=str(estate.networks.hosts[operators[0]].address),
        number=estate.telephony.plan.did_prefix + ending,
        user=user,
        secret=secret(environment, "vault_telephone_subscriber_password"),
    )


def observe(environment: Environment, estate: Estate, scenarios: Sequence[Scenario]) -> dict[str, Any]:
    """Places the calls and gives the verdicts, the scenarios that were left out, and what the operator saw."""
    today, now = typed.today(estate), datetime.now(ZoneInfo(estate.organisation.time_zone))
    outside = world(environment, estate)
    exchange = estate.telephony.exchange
    where = naming.Where(str(estate.networks.hosts[exchange].address), estate.telephony.service_name)
    key = secret(environment, "vault_telephone_exchange_secret_key")
    lines = naming.telephones(estate, today, key, where, outside)
    faults = {host.data.mute: {"tone": 0}} if host.data.get("mute") else {}
    asked = question(
        scenarios,
        lines,
        naming.words(estate, today, outside),
        secret(environment, "vault_certificate_authority_certificate"),
        allowed_by_day(estate, now),
        faults,
    )
    began, operators = time.time() - SLACK, environment.groups().get(OPERATORS, [])
    marks = {name: _marks(name, int(fax["pages"])) for name, fax in asked.faxes.items()}
    _send(operators, asked.faxes, marks)
    told: dict[str, Any] = {"verdicts": []}
    if asked.asked["scenarios"]:
        told = answer(state, host.name, call_check.check(), asked.asked)
    seen: dict[str, Any] = {"calls": []}
    for name in operators:
        seen = answer(state, name, call_check.seen(), {"since": began})
    return {
        **told,
        "left_out": asked.left_out,
        "seen": seen["calls"],
        "words": dict(asked.words),
        "marks": marks,
        "faxes": _faxed(operators, marks, began),
        "mails": proving_mail.weighed(_mails(environment, estate, scenarios, asked), lines),
    }


def _marks(name: str, pages: int) -> list[str]:
    """Names each page of a fax as no other is: an old mail is not taken for a new one."""
    return [f"{name} {secrets.token_hex(4)} {number}/{pages}" for number in range(1, pages + 1)]


def _send(
    operators: Sequence[str], faxes: Mapping[str, Mapping[str, Any]], marks: Mapping[str, list[str]]
) -> None:
    sent = []
    for name, fax in faxes.items():
        pages = [fax_page.page(mark) for mark in marks[name]]
        if name == host.data.get("smudge"):
            pages[-1] = fax_page.smudged(pages[-1])
        tiff = base64.b64encode(fax_page.tiff(pages)).decode()
        sent.append(
            {"id": name, "number": fax["to"], "shown": fax["shown"], "trunk": fax["over"], "tiff": tiff}
        )
    if sent:
        answer(state, operators[0], call_check.faxed(), {"send": sent})


def _faxed(operators: Sequence[str], marks: Mapping[str, list[str]], began: float) -> dict[str, Any]:
    if not marks:
        return {}
    asked = {"ask": sorted(marks), "since": began, "seconds": FAX_SECONDS}
    faxes: dict[str, Any] = answer(state, operators[0], call_check.faxed(), asked)["faxes"]
    return faxes


def _mails(
    environment: Environment, estate: Estate, scenarios: Sequence[Scenario], asked: Question
) -> list[dict[str, Any]]:
    """Reads the probe's mailbox where a mail is to be judged; nothing otherwise."""
    wanted = [f"{fax['shown']} " for fax in asked.faxes.values()]
    played = {each["id"] for each in asked.asked["scenarios"]}
    wanted += [
        f" {put(each.mailed['shown'], asked.words)},"
        for each in scenarios
        if each.mailed and each.id in played
    ]
    if not wanted:
        return []
    account = estate.mail.probe.account
    told = {
        "server": estate.mail.service_name,
        "login": account,
        "password": secret(environment, "vault_directory_passwords")[account],
        "authority": secret(environment, "vault_certificate_authority_certificate"),
        "sender": f"{SENDER}@{estate.mail.domain}",
        "wanted": wanted,
        "seconds": MAIL_SECONDS,
    }
    mails: list[dict[str, Any]] = answer(state, host.name, call_check.mailed(), told)["mails"]
    return mails


def main() -> None:
    """Writes what was observed to `observed_file`."""
    environment = Environment.chosen()
    estate = load(environment.inventory)
    if host.name != estate.telephony.probe.host:
        return
    file = typed.observed_file()
    only = [name for name in str(host.data.get("only") or "").split(",") if name]
    scenarios = chosen(only, daily=bool(host.data.get("daily")))
    records.write(file, observe(environment, estate, scenarios))


main()
