"""Uses the directory as programs and people do, from a host that is its member, and writes down what happened.

    pyinfra pyinfra_deploys/inventory.py pyinfra_deploys/observe_directory.py --data observed_file=PATH \\
        [--data target=HOST]

Runs on the file servers, or on the target of a drill itself, against `target` (default: the declared directory). The
account it logs in with is the probe of the mail service: what is proven is the way that every login takes.
"""

from __future__ import annotations

from typing import Any

from pyinfra.api.exceptions import PyinfraError
from pyinfra.context import host

from estate import records
from estate.declared.estate import Estate, load
from estate.runs.environment import Environment
from pyinfra_deploys.facts import typed
from pyinfra_deploys.facts.directory_use import DirectoryUse, question
from pyinfra_deploys.facts.vault import secret

READER = "svc-eposta"


def ask(environment: Environment, declared: Estate, target: str) -> dict[str, Any]:
    """Gives what the using program has to know."""
    directory = declared.directory
    passwords = secret(environment, "vault_directory_passwords")
    name = f"{target}.{declared.networks.domain}"
    login = declared.mail.probe.account
    return {
        "uri": f"ldaps://{name}",
        "plain_uri": f"ldap://{name}",
        "realm": directory.realm,
        "base": f"OU={directory.base_ou},{directory.base_dn}",
        "login": login,
        "password": passwords[login],
        "reader": READER,
        "reader_password": passwords[READER],
    }


def observe() -> None:
    """Asks the member host and writes its answers to `observed_file`."""
    environment = Environment.chosen()
    declared = load(environment.inventory)
    target, file = typed.target(declared, declared.directory.host), typed.observed_file()
    answers = host.get_fact(DirectoryUse, _stdin=question(ask(environment, declared, target)))
    if answers is None:
        raise PyinfraError(f"{host.name}: the directory was not used; the reason stands above")
    records.write(file, {"target": target, "checks": answers})


# the target of a drill asks itself: a member would get its tickets from the living directory
if "file_servers" in host.groups or host.name == host.data.get("target"):
    observe()
