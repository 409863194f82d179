"""Uses the mail service as a stranger and as its people do, and writes down what happened.

    pyinfra pyinfra_deploys/inventory.py pyinfra_deploys/observe_mail.py --data observed_file=PATH [--data target=HOST]

Runs on the other organisation's host against `target` (default: the first mail server). When mail for the domain
goes to another host than the target (a drill), the message from outside is handed to the target itself.
"""

from __future__ import annotations

import secrets
from typing import Any

from pyinfra.api.exceptions import PyinfraError
from pyinfra.context import host, inventory

from estate import records
from estate.declared.estate import Estate, load
from estate.runs.environment import Environment
from pyinfra_deploys.facts import typed
from pyinfra_deploys.facts.mail_exchange import MailCertificateSerial, MailExchange, question
from pyinfra_deploys.facts.vault import secret

SENDER = "memur"
DEADLINE_SECONDS = 60


def ask(environment: Environment, declared: Estate, target: str) -> dict[str, Any]:
    """Gives what the using program has to know."""
    mail, place = declared.mail, declared.networks.hosts[target]
    passwords = secret(environment, "vault_directory_passwords")
    own = environment.groups().get("mail_servers", [])
    return {
        "target": str(place.address),
        "target6": str(place.address6) if place.address6 else None,
        "server_name": mail.service_name,
        "ca": secret(environment, "vault_certificate_authority_certificate"),
        "domain": mail.domain,
        "login": f"{mail.probe.account}@{mail.domain}",
        "password": passwords[mail.probe.account],
        "sender": f"{SENDER}@{mail.outside_domain}",
        "maildir": f"/srv/{SENDER}/Maildir",
        "via": "mx" if own[:1] == [target] else "direct",
        "token": secrets.token_hex(6),
        "deadline_seconds": DEADLINE_SECONDS,
    }


def observe() -> None:
    """Asks the outside host and the target, and writes the answers to `observed_file`."""
    environment = Environment.chosen()
    declared = load(environment.inventory)
    target = host.data.get("target") or environment.groups()["mail_servers"][0]
    if target not in declared.networks.hosts or inventory.get_host(target) is None:
        raise PyinfraError(
            f"target {target!r} is no declared host; known: {', '.join(declared.networks.hosts)}"
        )
    file = typed.observed_file()
    answers = host.get_fact(MailExchange, _stdin=question(ask(environment, declared, target)))
    if answers is None:
        raise PyinfraError(f"{host.name}: the mail service was not used; the reason stands above")
    serial = inventory.get_host(target).get_fact(MailCertificateSerial)
    answers["certificate_on_disk"] = (
        {"serial": serial} if serial else {"error": f"{target} shows no certificate"}
    )
    records.write(file, {"target": target, "checks": answers})


if "outside_organisations" in host.groups:
    observe()
