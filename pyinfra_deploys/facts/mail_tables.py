"""Observes which aliases and replies a mail host holds, in one round trip."""

from __future__ import annotations

import json
from pathlib import Path

from pyinfra.api.command import StringCommand
from pyinfra.api.facts import FactBase

from estate.plan.mailboxes import MailTables
from pyinfra_deploys.facts.on_host import on_host

ON_HOST = Path(__file__).with_name("mail_tables_on_host.py")


class HeldMailTables(FactBase[MailTables]):
    """Gives what the host holds; an empty host gives empty tables. Called with `_stdin='{"do": "observe"}'`."""

    def command(self) -> StringCommand:
        """Runs the observing program."""
        return on_host(ON_HOST)

    def process(self, output: list[str]) -> MailTables:
        """Turns the answer of the program into what is held."""
        answer = json.loads("".join(output))
        return MailTables(
            aliases={alias: tuple(members) for alias, members in answer["aliases"].items()},
            replies=answer["replies"],
            damaged=answer["damaged"],
        )
