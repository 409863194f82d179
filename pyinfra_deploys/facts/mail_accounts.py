"""Observes which accounts, tables and aliases a mail host holds, in one round trip."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

from pyinfra.api.command import StringCommand
from pyinfra.api.facts import FactBase

from estate.plan.mailboxes import HeldAccount, HeldMail
from pyinfra_deploys.facts.on_host import on_host
from pyinfra_deploys.facts.vault import Whispered

ON_HOST = Path(__file__).with_name("mail_accounts_on_host.py")


def question(passwords: Mapping[str, str]) -> Whispered:
    """Gives the standard input for `MailAccounts`: login -> password to be tried."""
    return Whispered(json.dumps({"do": "observe", "passwords": dict(passwords)}))


class MailAccounts(FactBase[HeldMail]):
    """Gives what the host holds; an empty host gives an empty HeldMail. Called with `_stdin=question(...)`."""

    def command(self) -> StringCommand:
        """Runs the observing program."""
        return on_host(ON_HOST)

    def process(self, output: list[str]) -> HeldMail:
        """Turns the answer of the program into what is held."""
        answer = json.loads("".join(output))
        return HeldMail(
            accounts={
                login: HeldAccount(held["quota_bytes"], held["password_matches"])
                for login, held in answer["accounts"].items()
            },
            mailboxes=answer["mailboxes"],
            aliases={alias: tuple(members) for alias, members in answer["aliases"].items()},
            damaged=answer["damaged"],
        )
