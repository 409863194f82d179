"""Observes a telephone exchange by using it over the network."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from pyinfra.api.command import StringCommand
from pyinfra.api.facts import FactBase

from pyinfra_deploys.facts.on_host import on_host
from pyinfra_deploys.facts.vault import Whispered

ON_HOST = Path(__file__).with_name("telephone_use_on_host.py")


def question(asked: dict[str, Any]) -> Whispered:
    """Gives the standard input for `TelephoneUse`; the keys stand in telephone_use_on_host.py."""
    return Whispered(json.dumps(asked))


class TelephoneUse(FactBase[dict[str, Any]]):
    """Gives what happened to each use of the exchange. Called with `_stdin=question(...)`."""

    def command(self) -> StringCommand:
        """Runs the using program."""
        return on_host(ON_HOST)

    def process(self, output: list[str]) -> dict[str, Any]:
        """Reads the answer of the program."""
        answer: dict[str, Any] = json.loads("".join(output))
        return answer
