"""Answers a plain `estate drift` without the library that reads words, which costs more than a host's answer does."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence

from estate.receipts import asking
from estate.runs.environment import Environment
from estate.runs.refused import told

WORDS = frozenset(("--json",))
"""Words of a look at all hosts of the environment that is chosen already."""


def look(words: Sequence[str]) -> int:
    """Looks at all hosts, tells what was found as `estate drift` does, and gives its exit code."""
    with told(reads=True):
        environment = Environment.chosen()
        environment.refuse_when_down()
        hosts = asking.asked(environment, None)
        with asking.started(environment, hosts) as asked:
            from estate.receipts import looking, proving, shown  # read while the hosts work

            seen = looking.looked(asked)
        try:
            print(shown.text(seen, hosts, as_json=bool(words)), flush=True)
        except (
            BrokenPipeError
        ):  # who reads has enough; nor is there anybody for what Python has left at its end
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return proving.code_of([one for one in seen.hosts if one.host in hosts])
