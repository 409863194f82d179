"""Observes a mail server by using it from outside, and the certificate that lies on its disk."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from pyinfra.api.command import StringCommand
from pyinfra.api.facts import FactBase

from pyinfra_deploys.facts.on_host import on_host
from pyinfra_deploys.facts.vault import Whispered

ON_HOST = Path(__file__).with_name("mail_exchange_on_host.py")


def question(asked: dict[str, Any]) -> Whispered:
    """Gives the standard input for `MailExchange`; the keys stand in mail_exchange_on_host.py."""
    return Whispered(json.dumps(asked))


class MailExchange(FactBase[dict[str, Any]]):
    """Gives what happened to each use of the mail server. Called with `_stdin=question(...)`."""

    def command(self) -> StringCommand:
        """Runs the using program."""
        return on_host(ON_HOST)

    def process(self, output: list[str]) -> dict[str, Any]:
        """Reads the answer of the program."""
        answer: dict[str, Any] = json.loads("".join(output))
        return answer


class MailCertificateSerial(FactBase[str]):
    """Gives the serial number (upper-case hexadecimal) of the certificate on the disk of a mail server."""

    def command(self) -> str:
        """Reads the certificate the role mail_server had issued."""
        return "openssl x509 -in /etc/ssl/estate/mail.crt -noout -serial"

    def process(self, output: list[str]) -> str:
        """Takes the number out of `serial=...`."""
        return output[0].removeprefix("serial=").strip()
