"""Counts the accounts of the directory and writes the figures down: numbers, and nobody's name.

pyinfra pyinfra_deploys/inventory.py pyinfra_deploys/observe_people.py --data observed_file=PATH \\
        [--data today=2026-12-31 --dry]
"""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

from pyinfra.api.exceptions import PyinfraError
from pyinfra.context import host

from estate import records
from estate.declared.estate import load
from estate.plan.directory_figures import figures
from estate.plan.directory_wanted import wanted
from estate.runs.environment import Environment
from pyinfra_deploys.facts import typed
from pyinfra_deploys.facts.directory import Directory, question


def observe() -> None:
    """Reads the directory once and writes what was counted to `observed_file`."""
    if not host.data.get("observed_file"):
        raise PyinfraError("say where to write what is counted: --data observed_file=PATH")
    estate = load(Environment.chosen().inventory)
    asked = wanted(estate, typed.today(estate))
    held = host.get_fact(Directory, _stdin=question(asked.base, {}))
    if held is None or not held.domain:
        raise PyinfraError(f"{host.name}: no directory could be read here; the reason stands above")
    records.write(Path(host.data.observed_file), figures(estate, asked, held, datetime.now(UTC)))


if "directory_servers" in host.groups:
    observe()
