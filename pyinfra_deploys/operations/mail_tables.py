"""Replaces the aliases and replies of a mail host and purges mailboxes, in one round trip, with the records of it."""

from __future__ import annotations

import json
from collections.abc import Generator, Sequence
from dataclasses import dataclass

from pyinfra.api.command import FunctionCommand, PyinfraCommand, QuoteString, StringCommand
from pyinfra.api.operation import operation

from estate.handover.deletions import Deletion, Deletions
from estate.plan.mail_folders import Purge
from estate.plan.mailboxes import MailTables
from pyinfra_deploys.facts.mail_tables import ON_HOST
from pyinfra_deploys.facts.on_host import on_host


@dataclass(frozen=True)
class Purging:
    """Holds what one change writes down of mailboxes that go; `present` are the numbers whose mail lay there."""

    records: Deletions
    gone: tuple[Deletion, ...]
    present: frozenset[str]

    def lay_aside(self) -> None:
        """Writes the records aside, before anything goes.

        A run that died after it had purged left its record aside: what is not `present` any more was purged.
        """
        self.records.settle(self.present)
        self.records.lay_aside(self.gone)

    def settle(self) -> None:
        """Gives them their own names, after everything went."""
        self.records.settle()


def answer_with(wanted: MailTables, purged: Sequence[Purge], domain: str) -> str:
    """Gives the standard input of the changing program."""
    aliases = {alias: ", ".join(members) for alias, members in wanted.aliases.items()}
    return json.dumps(
        {
            "do": "replace",
            "aliases": aliases,
            "replies": dict(wanted.replies),
            "purged": [one.user for one in purged],
            "domain": domain,
        }
    )


@operation()
def replace(
    answer: str, purging: Purging, needed: bool, refusal: str | None = None
) -> Generator[PyinfraCommand, None, None]:
    """Makes the host hold exactly what is wanted: one command, each file replaced in one step.

    With a refusal nothing is changed and the host fails with it; a dry run shows the plan all the same.
    """
    if refusal:
        yield StringCommand("echo", QuoteString(refusal), ">&2;", "false")
    elif needed:
        command = on_host(ON_HOST)
        command.connector_arguments["_stdin"] = answer
        yield FunctionCommand(purging.lay_aside, [], {})
        yield command
        yield FunctionCommand(purging.settle, [], {})
