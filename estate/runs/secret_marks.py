"""Keeps the marks of the secrets that were written last to each switch: var/<environment>/switches/secrets.json."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from estate.records import write_text
from estate.runs.environment import Environment


def read(environment: Environment) -> dict[str, Any]:
    """Gives the marks of every switch by its name."""
    path = place(environment)
    return json.loads(path.read_text("utf-8")) if path.exists() else {}


def write(environment: Environment, marks: Mapping[str, Any]) -> None:
    """Replaces the marks of all switches."""
    write_text(place(environment), json.dumps(marks, indent=1, sort_keys=True) + "\n", 0o600)


def forget(environment: Environment, name: str) -> None:
    """Forgets what was written to a switch: what it never shows is written again by the next push."""
    marks = read(environment)
    if marks.pop(name, None) is not None:
        write(environment, marks)


def place(environment: Environment) -> Path:
    """Names the file of them; without it, nobody ever wrote a secret."""
    return environment.var / "switches" / "secrets.json"
