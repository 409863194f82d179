"""Gives what is declared to all hosts of a run: read and judged once, not once for each."""

from __future__ import annotations

import gc
from functools import cache
from pathlib import Path

from estate.declared.estate import Estate, load
from estate.runs.environment import Environment


def declared(environment: Environment) -> Estate:
    """Gives the estate of an environment as it was when this process first asked.

    Raises:
        RefusedError: it is not whole.
    """
    return _read(environment.inventory)


@cache
def _read(inventory: Path) -> Estate:
    found = load(inventory)
    gc.freeze()  # it stays to the end: walking it again and again costs 6 % of a round over switches
    return found
