"""Proves that people who left are refused everywhere: cuts sessions, tries every system, writes down what was said.

    pyinfra pyinfra_deploys/inventory.py pyinfra_deploys/departures.py --limit file_servers [--dry]

The first file server makes the tries; the directory, the mail servers and the other file servers are asked besides,
also when the limit leaves them out. `--data changes_file=PATH` writes the missing proofs there as JSON, also with
--dry, which tries nothing. `--data today=2026-12-31` plans for that day instead of the one of the municipality's clock.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from pyinfra.api.exceptions import PyinfraError
from pyinfra.context import host

from estate.declared.estate import Estate, load
from estate.declared.holdings import LEAVERS, holdings
from estate.declared.people import Person
from estate.handover.papers import Papers
from estate.plan.departures import TELEPHONE, plan, secret_day, systems, unproven
from estate.plan.directory_wanted import short, wanted
from estate.records.departures import kept
from estate.runs.environment import Environment
from estate.runs.session import who
from estate.telephony.lines import lines
from estate.telephony.secrets import secret as sip_secret
from pyinfra_deploys.facts import typed
from pyinfra_deploys.facts.vault import secret
from pyinfra_deploys.operations import departures


def ask(environment: Environment, estate: Estate, served: dict[str, dict[str, Any]]) -> dict[str, Any]:
    """Gives what departures_on_host.py has to know of the systems; one that no host serves is not tried."""
    return {
        "systems": {name: one for name, one in served.items() if name != TELEPHONE},
        "uri": f"ldaps://{estate.directory.host}.{estate.networks.domain}",
        "realm": estate.directory.realm,
        "workgroup": estate.directory.workgroup,
        "server_name": estate.mail.service_name,
        "ca": secret(environment, "vault_certificate_authority_certificate"),
        "domain": estate.mail.domain,
        "sender": f"{estate.mail.probe.account}@{estate.mail.domain}",
    }


def telephones(
    environment: Environment, estate: Estate, people: Sequence[Person], place: dict[str, Any]
) -> departures.Telephones:
    """Gives where the telephones of people are tried, and with which secrets; a telephone of the probe is the control.

    Who has no extension on record is not tried.
    """
    key = secret(environment, "vault_telephone_exchange_secret_key")
    control = next(
        line
        for line in lines(estate, typed.today(estate))
        if line.number == estate.telephony.probe.extensions[0]
    )
    tried = {
        one.personnel_number: (
            one.extension,
            sip_secret(key, one.extension, one.personnel_number, secret_day(estate, one)),
        )
        for one in people
        if one.extension is not None
    }
    return departures.Telephones(
        host=estate.telephony.probe.host,
        exchange=estate.telephony.exchange,
        asked={**place, "domain": estate.organisation.domain},
        people=tried,
        control=(control.number, sip_secret(key, control.number, control.holder, control.secret_issued)),
    )


def prove() -> None:
    """Plans which proofs are missing, tells the plan, and makes them."""
    environment = Environment.chosen()
    estate = load(environment.inventory)
    today = typed.today(estate)
    groups = environment.groups()
    first = groups["file_servers"][0] == host.name
    given = Papers(environment.var).given()
    proofs, served = kept(environment.var), systems(estate)
    people = holdings(estate, today)
    missing = unproven(people, proofs, given, served) if first else ()
    typed.keep(plan(missing, host.name), wanted=[(one.person.personnel_number, one.state) for one in people])
    if not missing:
        return
    place = wanted(estate, today)
    account = estate.mail.probe.account
    passwords = secret(environment, "vault_directory_passwords")
    if account not in passwords:
        raise PyinfraError(f"vault_directory_passwords has no password for {account}; add one")
    departures.prove(
        name=f"Prove that {len(missing)} people who left are refused",
        departures=departures.Departures(
            people=missing,
            asked={**ask(environment, estate, served), "base": place.base},
            control={"user": account, "login": short(account), "password": passwords[account]},
            directory=estate.directory.host,
            folder=place.folder(LEAVERS),
            mail=groups.get("mail_servers", []),
            files=groups["file_servers"],
            telephones=telephones(environment, estate, missing, served[TELEPHONE])
            if TELEPHONE in served
            else None,
            shortest=estate.directory.password.min_length,
            var=environment.var,
            run=typed.run(),
            by=who(),
        ),
    )


if "file_servers" in host.groups:
    prove()
