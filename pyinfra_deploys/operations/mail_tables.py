"""Replaces the aliases and replies of a mail host in one round trip."""

from __future__ import annotations

import json
from collections.abc import Generator

from pyinfra.api.command import QuoteString, StringCommand
from pyinfra.api.operation import operation

from estate.plan.mailboxes import MailTables
from pyinfra_deploys.facts.mail_tables import ON_HOST
from pyinfra_deploys.facts.on_host import on_host


def answer_with(wanted: MailTables, domain: str) -> str:
    """Gives the standard input of the replacing program."""
    aliases = {alias: ", ".join(members) for alias, members in wanted.aliases.items()}
    return json.dumps(
        {"do": "replace", "aliases": aliases, "replies": dict(wanted.replies), "domain": domain}
    )


@operation()
def replace(answer: str, needed: bool, refusal: str | None = None) -> Generator[StringCommand, None, None]:
    """Makes the host hold exactly what is wanted: one command, each file replaced in one step.

    With a refusal nothing is changed and the host fails with it; a dry run shows the plan all the same.
    """
    if refusal:
        yield StringCommand("echo", QuoteString(refusal), ">&2;", "false")
    elif needed:
        command = on_host(ON_HOST)
        command.connector_arguments["_stdin"] = answer
        yield command
