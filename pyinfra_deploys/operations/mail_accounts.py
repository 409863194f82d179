"""Replaces the accounts of a mail host in one round trip."""

from __future__ import annotations

import json
from collections.abc import Generator, Mapping

from pyinfra.api.command import QuoteString, StringCommand
from pyinfra.api.operation import operation

from estate.declared.mail import Mail
from estate.plan.mailboxes import Plan, alias_table
from pyinfra_deploys.facts.mail_accounts import ON_HOST
from pyinfra_deploys.facts.on_host import on_host
from pyinfra_deploys.facts.vault import Whispered


def wanted(mail: Mail, planned: Plan, passwords: Mapping[str, str]) -> Whispered:
    """Gives the standard input of the replacing program: everything declared, passwords only where they are set."""
    logins = {f"{account.user}@{mail.domain}": account for account in mail.accounts}
    return Whispered(
        json.dumps(
            {
                "do": "replace",
                "accounts": {
                    login: {
                        "quota_bytes": account.quota_bytes,
                        "password": passwords[account.user] if login in planned.passwords else None,
                    }
                    for login, account in logins.items()
                },
                "tables": {
                    "mailboxes": {login: login for login in logins},
                    "aliases": {alias: ", ".join(members) for alias, members in alias_table(mail).items()},
                },
            }
        )
    )


@operation()
def replace(
    answer: Whispered, needed: bool, refusal: str | None = None
) -> Generator[StringCommand, None, None]:
    """Makes the host hold exactly what the plan wants: one command, each file replaced in one step.

    With a refusal nothing is changed and the host fails with it; a dry run shows the plan all the same.
    """
    if refusal:
        yield StringCommand("echo", QuoteString(refusal), ">&2;", "false")
    elif needed:
        command = on_host(ON_HOST)
        command.connector_arguments["_stdin"] = answer
        yield command
