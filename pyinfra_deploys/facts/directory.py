"""Observes which accounts, groups and folders a domain controller holds, in one round trip."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pyinfra.api.command import StringCommand
from pyinfra.api.facts import FactBase

from estate.plan.directory_held import HeldDirectory, HeldGroup, HeldUser, same
from pyinfra_deploys.facts.on_host import on_host
from pyinfra_deploys.facts.vault import Whispered

ON_HOST = Path(__file__).with_name("directory_on_host.py")


def question(below: str, passwords: Mapping[str, str]) -> Whispered:
    """Gives the standard input for `Directory`: the folder of ours, and login name -> password to be tried."""
    return Whispered(json.dumps({"do": "observe", "below": below, "passwords": dict(passwords)}))


def held(answer: Mapping[str, Any]) -> HeldDirectory:
    """Turns the answer of the program into what is held."""
    return HeldDirectory(
        domain=answer["domain"],
        digest=answer["digest"],
        folders=frozenset(same(folder) for folder in answer["folders"]),
        users=tuple(
            HeldUser(
                user["dn"],
                {name: tuple(values) for name, values in user["attributes"].items()},
                user["password_matches"],
                user["kind"],
            )
            for user in answer["users"]
        ),
        groups=tuple(
            HeldGroup(group["dn"], group["name"], group["description"], frozenset(group["members"]))
            for group in answer["groups"]
        ),
        names=answer["names"],
    )


class Directory(FactBase[HeldDirectory]):
    """Gives what the host holds; a host without a domain gives an empty one. Called with `_stdin=question(...)`."""

    def command(self) -> StringCommand:
        """Runs the observing program."""
        return on_host(ON_HOST)

    def process(self, output: list[str]) -> HeldDirectory:
        """Turns the answer of the program into what is held."""
        return held(json.loads("".join(output)))
