"""Observes which aliases, replies and mailboxes a mail host holds, in one round trip."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from pyinfra.api.command import StringCommand
from pyinfra.api.facts import FactBase

from estate.plan.mail_folders import HeldFolders, Stored
from estate.plan.mailboxes import MailTables
from pyinfra_deploys.facts.on_host import on_host

ON_HOST = Path(__file__).with_name("mail_tables_on_host.py")


@dataclass(frozen=True)
class HeldMail:
    """What a mail host holds: tables, and the folders of mailboxes."""

    tables: MailTables
    folders: HeldFolders


def question(domain: str, kept: Iterable[str]) -> str:
    """Gives the standard input for `Mail`; folders of `kept` users are named and not counted."""
    return json.dumps({"do": "observe", "domain": domain, "kept": sorted(kept)})


class Mail(FactBase[HeldMail]):
    """Gives what the host holds; an empty host gives nothing. Called with `_stdin=question(...)`."""

    def command(self) -> StringCommand:
        """Runs the observing program."""
        return on_host(ON_HOST)

    def process(self, output: list[str]) -> HeldMail:
        """Turns the answer of the program into what is held."""
        answer = json.loads("".join(output))
        tables = MailTables(
            aliases={alias: tuple(members) for alias, members in answer["aliases"].items()},
            replies=answer["replies"],
            damaged=answer["damaged"],
        )
        counted, aside = (
            {name: Stored(*numbers) for name, numbers in answer[part].items()}
            for part in ("counted", "aside")
        )
        return HeldMail(tables, HeldFolders(frozenset(answer["names"]), counted, aside))
