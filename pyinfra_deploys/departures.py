"""Proves that people who left are refused everywhere: cuts sessions, tries every system, writes down what was said.

    pyinfra pyinfra_deploys/inventory.py pyinfra_deploys/departures.py --limit file_servers [--dry]

The first file server makes the tries; the directory, the mail servers and the other file servers are asked besides,
also when the limit leaves them out. `--data changes_file=PATH` writes the missing proofs there as JSON, also with
--dry, which tries nothing. `--data today=2026-12-31` plans for that day instead of the one of the municipality's clock.
"""

from __future__ import annotations

from typing import Any

from pyinfra.api.exceptions import PyinfraError
from pyinfra.context import host

from estate.declared.estate import Estate, load
from estate.declared.holdings import LEAVERS, holdings
from estate.handover.papers import Papers
from estate.plan.departures import plan, systems, unproven
from estate.plan.directory_wanted import short, wanted
from estate.records.departures import kept
from estate.runs.environment import Environment
from estate.runs.session import who
from pyinfra_deploys.facts import typed
from pyinfra_deploys.facts.vault import secret
from pyinfra_deploys.operations import departures


def ask(environment: Environment, estate: Estate, served: dict[str, dict[str, Any]]) -> dict[str, Any]:
    """Gives what departures_on_host.py has to know of the systems; one that no host serves is not tried."""
    return {
        "systems": served,
        "uri": f"ldaps://{estate.directory.host}.{estate.networks.domain}",
        "realm": estate.directory.realm,
        "workgroup": estate.directory.workgroup,
        "server_name": estate.mail.service_name,
        "ca": secret(environment, "vault_certificate_authority_certificate"),
        "domain": estate.mail.domain,
        "sender": f"{estate.mail.probe.account}@{estate.mail.domain}",
    }


def prove() -> None:
    """Plans which proofs are missing, tells the plan, and makes them."""
    environment = Environment.chosen()
    estate = load(environment.inventory)
    today = typed.today(estate)
    groups = environment.groups()
    first = groups["file_servers"][0] == host.name
    given = Papers(environment.var).given()
    proofs, served = kept(environment.var), systems(estate)
    missing = unproven(holdings(estate, today), proofs, given, served) if first else ()
    typed.keep(plan(missing, host.name))
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
            shortest=estate.directory.password.min_length,
            var=environment.var,
            run=typed.run(),
            by=who(),
        ),
    )


if "file_servers" in host.groups:
    prove()
