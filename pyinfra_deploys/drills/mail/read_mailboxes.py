"""Reads the mailboxes of a restored mail host over the network, by the login that only the target of a drill has.

    pyinfra pyinfra_deploys/inventory.py pyinfra_deploys/drills/mail/read_mailboxes.py --limit monitoring_servers \\
        --data address=ADDRESS --data accounts=USER,USER --data result_file=PATH

Writes what `mailbox_reader.py` found to `result_file` on this machine; changes nothing anywhere.
"""

from __future__ import annotations

import json
from pathlib import Path

from pyinfra.api import FactBase, StringCommand
from pyinfra.api.exceptions import PyinfraError
from pyinfra.context import host

from estate.declared.estate import load
from estate.records import write_text
from estate.runs.environment import Environment
from pyinfra_deploys.facts.on_host import on_host
from pyinfra_deploys.facts.vault import Whispered, secret

READER = "okuyucu"
"""The login that the role mail_server lets read every mailbox, on the target of a drill only."""


class ReadableMail(FactBase[str]):
    """Gives the answer of the reading program; called with `_stdin`."""

    def command(self) -> StringCommand:
        """Runs the reading program."""
        return on_host(Path(__file__).with_name("mailbox_reader.py"))

    def process(self, output: list[str]) -> str:
        """Returns the one line of JSON."""
        return "".join(output)


def read() -> None:
    """Asks for the mailbox of every named account and keeps the answer."""
    for needed in ("address", "accounts", "result_file"):
        if not host.data.get(needed):
            raise PyinfraError(f"give --data {needed}=...; see the head of this file")
    environment = Environment.chosen()
    mail = load(environment.inventory).mail
    reader = secret(environment, "vault_mail_server_reader_password")
    request = {
        "address": host.data.address,
        "port": 993,
        "server_name": mail.service_name,
        "domain": mail.domain,
        "users": str(host.data.accounts).split(","),
        "reader": READER,
        "password": reader,
        "canary": mail.canary.account,
    }
    answer = host.get_fact(ReadableMail, _stdin=Whispered(json.dumps(request)))
    if answer is None:
        raise PyinfraError(f"{host.name}: the mailboxes could not be read; the reason stands above")
    write_text(Path(host.data.result_file), answer + "\n")


read()
