"""Gives a mail host its addresses of several people and its replies for who left, and purges mail kept long enough.

    pyinfra pyinfra_deploys/inventory.py pyinfra_deploys/mailboxes.py --limit mail_servers [--dry]

Who has a mailbox stands in the directory: the deploy `people`. `--data changes_file=PATH` writes the planned changes
there as JSON, also with --dry. `--data confirm_removals=N` allows a plan that removes N aliases or mailboxes, more than
estate_mail.max_removal_ratio. `--data today=2026-12-31` plans for that day instead of the one of the municipality's
clock. `--data strays_file=PATH` writes there which folders belong to nobody, and how many mailboxes have none.
"""

from __future__ import annotations

from pathlib import Path

from pyinfra.api.exceptions import PyinfraError
from pyinfra.context import host

from estate import records
from estate.declared.estate import load
from estate.handover.deletions import MAILBOX, Deletions, deleted_mailboxes
from estate.handover.papers import Papers
from estate.plan import mail_folders
from estate.plan.mail_wanted import wanted
from estate.plan.mailboxes import SUBJECT, plan, removable
from estate.plan.removals import refused
from estate.runs.environment import Environment
from pyinfra_deploys.facts import typed
from pyinfra_deploys.facts.mail_tables import Mail, question
from pyinfra_deploys.operations import mail_tables


def give_addresses() -> None:
    """Observes, plans, tells the plan, and changes the host where it differs."""
    environment = Environment.chosen()
    estate = load(environment.inventory)
    today = typed.today(estate)
    whose = mail_folders.owners(estate, today)
    held = host.get_fact(Mail, _stdin=question(estate.mail.domain, whose.kept))
    if held is None:
        raise PyinfraError(f"{host.name}: the mail could not be looked at; the reason stands above")
    needed, purged = wanted(estate, today), mail_folders.purges(whose, held.folders)
    changes = (*plan(needed, held.tables, host.name), *mail_folders.changes(purged, host.name))
    refusal = refused(changes, SUBJECT, removable(estate.mail, len(whose.boxes)), typed.confirmed_removals())
    strays = mail_folders.strays(whose, held.folders)
    typed.keep(changes, refusal, mail_folders.told(strays, held.folders), wanted=(needed, whose))
    if host.data.get("strays_file"):
        records.write(Path(host.data.strays_file), strays)
    deletions = Deletions(Papers(environment.var).deletions_folder, MAILBOX, host.name)
    earlier = deletions.unsettled()
    gone = deleted_mailboxes(purged, host.name, typed.run(), earlier)
    mail_tables.replace(
        name=f"Give {host.name} its aliases and replies, purge expired mail ({len(changes)} changes)",
        answer=mail_tables.answer_with(needed, purged, estate.mail.domain),
        purging=mail_tables.Purging(deletions, gone, mail_folders.present(estate, held.folders)),
        needed=bool(changes or earlier),
        refusal=refusal,
    )


if "mail_servers" in host.groups:
    give_addresses()
