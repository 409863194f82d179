"""Gives a file server exactly the shared folders that are declared, each with exactly the declared rights.

    pyinfra pyinfra_deploys/inventory.py pyinfra_deploys/shares.py --limit file_servers [--dry]

`--data changes_file=PATH` writes the planned changes there as JSON, also with --dry. `--data today=2026-11-26` plans
for that day instead of the one of the municipality's clock. `--data confirm_removals=N` allows a plan that takes away N
folders, more than estate_shares.max_removal_ratio; their content is kept in any case.
"""

from __future__ import annotations

from pyinfra.api.exceptions import PyinfraError
from pyinfra.context import host

from estate.declared.estate import load
from estate.plan.shares import nameless, plan, removals_refused
from estate.plan.shares_wanted import wanted
from estate.runs.environment import Environment
from pyinfra_deploys.facts import typed
from pyinfra_deploys.facts.shares import Shares, question
from pyinfra_deploys.operations import shares


def give_shares() -> None:
    """Observes, plans, tells the plan, and changes the host where it differs."""
    estate = load(Environment.chosen().inventory)
    wants = wanted(estate, typed.today(estate))
    held = host.get_fact(Shares, _stdin=question("observe", wants))
    if held is None:
        raise PyinfraError(f"{host.name}: the folders could not be read; the reason stands above")
    if missing := nameless(wants, held):
        raise PyinfraError(
            f"{host.name} does not know {', '.join(missing)}, so no right can be judged; nothing was changed. "
            "Does the directory answer? On the host: wbinfo --ping-dc"
        )
    changes = plan(wants, held, host.name)
    refusal = removals_refused(changes, wants, estate.shares.max_removal_ratio, typed.confirmed_removals())
    typed.keep(changes, refusal, wanted=wants)
    shares.hold(
        name=f"Give {host.name} its shared folders ({len(changes)} changes)",
        wanted=wants,
        needed=bool(changes),
        refusal=refusal,
    )


if "file_servers" in host.groups:
    give_shares()
