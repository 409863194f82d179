"""Keeps at which readings nothing was to do: var/<environment>/switches/idle.json; only ever saves work."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

from estate import records
from estate.records import RecordError
from estate.runs.environment import Environment
from estate.switches import idle
from estate.switches.idle import Idle


def read(environment: Environment) -> dict[str, Idle]:
    """Gives what is kept of every switch by its name; a damaged file is as good as none."""
    try:
        return records.read(_place(environment), dict[str, Idle])
    except RecordError:
        return {}


def keep(environment: Environment, before: Mapping[str, Idle], now: Mapping[str, Idle | None]) -> None:
    """Keeps it after some switches were planned; a file that cannot be written costs the next run its time only."""
    if (found := idle.merged(before, now)) != before:
        with suppress(OSError):
            records.write(_place(environment), found)


def _place(environment: Environment) -> Path:
    return environment.var / "switches" / "idle.json"
