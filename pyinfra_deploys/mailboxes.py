"""Gives a mail host exactly the accounts and aliases that are declared.

    pyinfra pyinfra_deploys/inventory.py pyinfra_deploys/mailboxes.py --limit mail_servers [--dry]

`--data changes_file=PATH` writes the planned changes there as JSON, also with --dry.
`--data confirm_removals=N` allows a plan that removes N accounts and aliases, more than estate_mail.max_removal_ratio.
"""

from __future__ import annotations

from pathlib import Path

from pyinfra.api.exceptions import PyinfraError
from pyinfra.context import host

from estate import records
from estate.declared.estate import load
from estate.plan.mailboxes import plan, removals_refused
from estate.runs.environment import Environment
from pyinfra_deploys.facts.mail_accounts import MailAccounts, question
from pyinfra_deploys.facts.vault import secret
from pyinfra_deploys.operations import mail_accounts


def give_accounts() -> None:
    """Observes, plans, tells the plan, and changes the host where it differs."""
    environment = Environment.chosen()
    mail = load(environment.inventory).mail
    passwords = secret(environment, "vault_mail_server_passwords")
    missing = [account.user for account in mail.accounts if account.user not in passwords]
    if missing:
        raise PyinfraError(
            f"vault_mail_server_passwords has no password for {', '.join(missing)}; add one for each"
        )
    asked = {f"{a.user}@{mail.domain}": passwords[a.user] for a in mail.accounts if a.type == "servis"}
    held = host.get_fact(MailAccounts, _stdin=question(asked))
    if held is None:
        raise PyinfraError(f"{host.name}: the accounts could not be read; the reason stands above")
    planned = plan(mail, held, host.name)
    if host.data.get("changes_file"):
        records.write(Path(host.data.changes_file), list(planned.changes))
    confirmed = int(host.data.get("confirm_removals") or 0)
    mail_accounts.replace(
        name=f"Give {host.name} its accounts and aliases ({len(planned.changes)} changes)",
        answer=mail_accounts.wanted(mail, planned, passwords),
        needed=bool(planned.changes),
        refusal=removals_refused(planned, held, mail.max_removal_ratio, confirmed),
    )


if "mail_servers" in host.groups:
    give_accounts()
