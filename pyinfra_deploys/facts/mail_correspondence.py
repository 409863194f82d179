"""Observes which letters lie in the mailboxes of a mail host, in one round trip."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

from pyinfra.api.command import StringCommand
from pyinfra.api.facts import FactBase

from pyinfra_deploys.facts.on_host import on_host
from pyinfra_deploys.facts.vault import Whispered

ON_HOST = Path(__file__).with_name("mail_correspondence_on_host.py")


def question(mailboxes: Sequence[str], folders: Sequence[str]) -> Whispered:
    """Gives the standard input for `StoredLetters`."""
    return Whispered(json.dumps({"do": "list", "mailboxes": list(mailboxes), "folders": list(folders)}))


class StoredLetters(FactBase[set[tuple[str, str, str]]]):
    """Gives (user, folder, message id) of what lies there. Called with `_stdin=question(...)`."""

    def command(self) -> StringCommand:
        """Runs the listing program."""
        return on_host(ON_HOST)

    def process(self, output: list[str]) -> set[tuple[str, str, str]]:
        """Reads the answer of the program."""
        return {(user, folder, message_id) for user, folder, message_id in json.loads("".join(output))}
