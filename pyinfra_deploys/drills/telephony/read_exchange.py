"""Reads what was restored of an exchange, on the target of a drill, and proves that it reaches no operator.

    pyinfra pyinfra_deploys/inventory.py pyinfra_deploys/drills/telephony/read_exchange.py --limit TARGET
        --data result_file=PATH

Writes what `exchange_reader.py` found to `result_file` on this machine; changes nothing anywhere.
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
from pyinfra_deploys.facts.vault import Whispered

DRILL = "telephony"


class RestoredExchange(FactBase[str]):
    """Gives the answer of the reading program; called with `_stdin`."""

    def command(self) -> StringCommand:
        """Runs the reading program."""
        return on_host(Path(__file__).with_name("exchange_reader.py"))

    def process(self, output: list[str]) -> str:
        """Returns the one line of JSON."""
        return "".join(output)


def read() -> None:
    """Asks the target and keeps the answer."""
    if not host.data.get("result_file"):
        raise PyinfraError("give --data result_file=PATH; see the head of this file")
    estate = load(Environment.chosen().inventory)
    drill = next(one for one in estate.drills if one.id == DRILL)
    trunks = [[str(trunk.address), trunk.port] for trunk in estate.telephony.trunks]
    request = json.dumps({"mailbox": drill.telephone, "trunks": trunks})
    answer = host.get_fact(RestoredExchange, _stdin=Whispered(request))
    if not answer:
        raise PyinfraError(f"{host.name}: what was restored could not be read; the reason stands above")
    write_text(Path(host.data.result_file), answer + "\n")


read()
