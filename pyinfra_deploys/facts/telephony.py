"""Observes what a telephone exchange holds, in one round trip however many extensions it has."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from pyinfra.api.command import StringCommand
from pyinfra.api.facts import FactBase

from estate.plan.telephony import Holding
from estate.plan.voicemail_boxes import Box, Boxes
from pyinfra_deploys.facts.on_host import on_host
from pyinfra_deploys.facts.vault import Whispered

ON_HOST = Path(__file__).with_name("telephony_on_host.py")
MODULES = (
    "asterisk_on_host",
    "exchange_before_on_host",
    "telephone_contacts_on_host",
    "exchange_loading_on_host",
    "voicemail_boxes_on_host",
)
"""What the program imports, each behind what it imports itself."""


def program() -> StringCommand:
    """Gives the command that runs the program on the host, with the modules it imports."""
    return on_host(
        ON_HOST, {f"pyinfra_deploys.facts.{name}": ON_HOST.with_name(f"{name}.py") for name in MODULES}
    )


@dataclass(frozen=True)
class HeldExchange:
    """What an exchange holds, the files of people beside it with their number of lines, and the calls in progress.

    `boxes` gives the voicemail of each number.
    """

    holding: Holding
    local: Mapping[str, int]
    calls: int
    boxes: Mapping[str, Box]


@dataclass(frozen=True, repr=False)
class Texts:
    """Holds what an exchange has to hold, as texts: they have secrets in them, and show themselves in no log.

    `files` are those of /etc/asterisk/estate, `sets` what telephones fetch; of the latter `gone` are wanted no more.
    `boxes` says what becomes of the voicemail.
    """

    files: Mapping[str, str]
    sets: Mapping[str, str]
    gone: tuple[str, ...]
    boxes: Boxes

    def __repr__(self) -> str:
        """Hides everything."""
        return "(hidden)"


def question(do: str, texts: Texts | None = None) -> Whispered:
    """Gives the standard input of the program."""
    if texts is None:
        return Whispered(json.dumps({"do": do}))
    leaving = [
        {"number": one.number, "holder": one.box.holder, "fate": one.fate, "to": one.to}
        for one in texts.boxes.leaving
    ]
    told: dict[str, object] = {"files": dict(texts.files), "sets": dict(texts.sets), "gone": list(texts.gone)}
    told |= {"holders": dict(texts.boxes.holders), "leaving": leaving}
    return Whispered(json.dumps({"do": do, **told}))


class Exchange(FactBase[HeldExchange]):
    """Gives what the host holds; an empty host gives nothing. Called with `_stdin=question("observe")`."""

    def command(self) -> StringCommand:
        """Runs the observing program."""
        return program()

    def process(self, output: list[str]) -> HeldExchange:
        """Turns the answer of the program into what is held."""
        answer = json.loads("".join(output))
        holding = Holding(answer["files"], answer["sets"], answer["damaged"])
        boxes = {number: Box(**found) for number, found in answer["boxes"].items()}
        return HeldExchange(holding, answer["local"], answer["calls"], boxes)
