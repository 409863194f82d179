"""Gives what is declared as far as it can be read, so that a mistake in one file does not hide what is measured."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from estate.declared import Estate, Refusal, load

NOTHING: dict[str, Any] = {
    "services": (),
    "drills": (),
    "hosts": {},
    "networks": SimpleNamespace(hosts={}),
    "backups": SimpleNamespace(jobs=(), job=lambda _: None),
    "switches": SimpleNamespace(switches=()),
    "pipeline": SimpleNamespace(lock_limit=timedelta(hours=4)),
    "organisation": SimpleNamespace(time_zone="UTC"),
}
"""What a status asks of a subject that cannot be read."""


def declared(inventory: Path) -> tuple[Estate, str, tuple[str, ...]]:
    """Gives the estate; when it is refused also why, in a line, and the names of the subjects that it lacks.

    What was refused but has its shape is there: it is good enough to be looked at, not to be applied.
    """
    try:
        return load(inventory), "", ()
    except Refusal as refusal:
        parts = refusal.parts
        lacking = tuple(sorted(name for name, part in parts.items() if part is None))
        first, more = refusal.sentences()[0], len(refusal.mistakes) - 1
        told = f"{first} (and {more} more: ./scripts/estate validate)" if more else first
        whole: dict[str, Any] = {
            name: NOTHING.get(name) if part is None else part for name, part in parts.items()
        }
        return Estate(environment=inventory.resolve().name, **whole), told, lacking
