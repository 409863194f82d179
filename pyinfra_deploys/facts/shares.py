"""Observes the shared folders of a file server, in one round trip."""

from __future__ import annotations

import json
from pathlib import Path

from pyinfra.api.command import StringCommand
from pyinfra.api.facts import FactBase

from estate.plan.shares import HeldShare, HeldShares
from estate.plan.shares_wanted import WantedShares
from pyinfra_deploys.facts.on_host import on_host
from pyinfra_deploys.facts.vault import Whispered

PROGRAM = Path(__file__).with_name("shares_on_host.py")
LISTS = Path(__file__).parents[2] / "exporters" / "share_acls.py"


def with_lists() -> StringCommand:
    """Gives the command that runs the program on the host, together with the module that knows lists of rights."""
    return on_host(PROGRAM, {"exporters.share_acls": LISTS})


def question(do: str, wanted: WantedShares) -> Whispered:
    """Gives the standard input of the program."""
    shares = {share.name: {"access": share.access, "default": share.default} for share in wanted.shares}
    told = {"shares": shares, "conf": wanted.conf, "record": wanted.record}
    return Whispered(json.dumps({"do": do, "wanted": told}))


class Shares(FactBase[HeldShares]):
    """Gives what the host holds; an empty host gives an empty HeldShares. Called with `_stdin=question(...)`."""

    def command(self) -> StringCommand:
        """Runs the observing program."""
        return with_lists()

    def process(self, output: list[str]) -> HeldShares:
        """Turns the answer of the program into what is held."""
        answer = json.loads("".join(output))
        return HeldShares(
            folders={
                name: HeldShare(
                    access=tuple(found["access"]),
                    default=tuple(found["default"]),
                    bin=found["bin"],
                    paths={path: tuple(lines) for path, lines in found["paths"].items()},
                    more=found["more"],
                )
                for name, found in answer["folders"].items()
            },
            conf=answer["conf"],
            record=answer["record"],
            unknown=tuple(answer["unknown"]),
        )
