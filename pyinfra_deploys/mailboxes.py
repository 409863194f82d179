"""Gives a mail host the addresses of several people, and the replies of mailboxes whose owner left.

    pyinfra pyinfra_deploys/inventory.py pyinfra_deploys/mailboxes.py --limit mail_servers [--dry]

Who has a mailbox stands in the directory: the deploy `people`. `--data changes_file=PATH` writes the planned changes
there as JSON, also with --dry. `--data confirm_removals=N` allows a plan that removes N aliases, more than
estate_mail.max_removal_ratio. `--data today=2026-12-31` plans for that day instead of the one of the municipality's
clock.
"""

from __future__ import annotations

from pyinfra.api.exceptions import PyinfraError
from pyinfra.context import host

from estate.declared.estate import load
from estate.plan.mail_wanted import wanted
from estate.plan.mailboxes import plan, removals_refused
from estate.runs.environment import Environment
from pyinfra_deploys.facts import typed
from pyinfra_deploys.facts.mail_tables import HeldMailTables
from pyinfra_deploys.operations import mail_tables


def give_addresses() -> None:
    """Observes, plans, tells the plan, and changes the host where it differs."""
    estate = load(Environment.chosen().inventory)
    held = host.get_fact(HeldMailTables, _stdin='{"do": "observe"}')
    if held is None:
        raise PyinfraError(f"{host.name}: the addresses could not be read; the reason stands above")
    needed = wanted(estate, typed.today(estate))
    changes = plan(needed, held, host.name)
    typed.keep(changes)
    mail_tables.replace(
        name=f"Give {host.name} its aliases and replies ({len(changes)} changes)",
        answer=mail_tables.answer_with(needed, estate.mail.domain),
        needed=bool(changes),
        refusal=removals_refused(changes, held, estate.mail.max_removal_ratio, typed.confirmed_removals()),
    )


if "mail_servers" in host.groups:
    give_addresses()
