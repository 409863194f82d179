"""Looks at hosts for `estate drift`; answers a plain one without the library that reads words, which takes long."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING

from estate.receipts import asking
from estate.runs.environment import Environment
from estate.runs.refused import told

if TYPE_CHECKING:
    from estate.records.drift import Drift

WORDS = frozenset(("--json",))
"""Words of a look at all hosts of the environment that is chosen already."""


def look(name: str | None, limit: str | None) -> tuple[Environment, list[str], Drift, int]:
    """Asks the hosts of a limit; gives the environment, these hosts, what was found and its exit code."""
    environment = Environment.chosen(name)
    environment.refuse_when_down()
    hosts = asking.asked(environment, limit)
    with asking.started(environment, hosts) as asked:
        from estate.receipts import looking, proving  # read while the hosts work

        seen = looking.looked(asked)
    return environment, hosts, seen, proving.code_of([one for one in seen.hosts if one.host in hosts])


def tell(words: Sequence[str]) -> int:
    """Looks at all hosts, tells what was found as `estate drift` does, and gives its exit code."""
    with told(reads=True):
        _, hosts, seen, code = look(None, None)
        from estate.receipts import shown  # after the hosts were asked, as all that takes time to read

        try:
            print(shown.text(seen, hosts, as_json=bool(words)), flush=True)
        except (
            BrokenPipeError
        ):  # who reads has enough; nor is there anybody for what Python has left at its end
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return code
