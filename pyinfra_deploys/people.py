"""Gives the directory exactly the accounts and groups that the declared people hold today.

    pyinfra pyinfra_deploys/inventory.py pyinfra_deploys/people.py --limit directory_servers [--dry]

`--data changes_file=PATH` writes the planned changes there as JSON, also with --dry.
`--data confirm_removals=N` allows a plan that closes or purges N accounts, more than estate_directory.max_leaver_ratio.
`--data today=2026-12-31` plans for that day instead of the one of the municipality's clock.
"""

from __future__ import annotations

from collections.abc import Mapping

from pyinfra.api.exceptions import PyinfraError
from pyinfra.context import host

from estate.declared.estate import load
from estate.handover.papers import Papers, deleted_accounts
from estate.plan.directory import plan, refused
from estate.plan.directory_orphans import orphans, told
from estate.plan.directory_wanted import PROGRAMS, Wanted, wanted
from estate.runs.environment import Environment
from pyinfra_deploys.facts import typed
from pyinfra_deploys.facts.directory import Directory, question
from pyinfra_deploys.facts.vault import secret
from pyinfra_deploys.operations import directory


def give_accounts() -> None:
    """Observes, plans, tells the plan, and changes the directory where it differs."""
    environment = Environment.chosen()
    estate = load(environment.inventory)
    today = typed.today(estate)
    asked = wanted(estate, today)
    vault = _passwords(environment, asked, estate.directory.password.program_min_length)
    logins = {account.login: vault[account.key] for account in asked.accounts if account.kind == "box"}
    held = host.get_fact(Directory, _stdin=question(asked.base, logins))
    if held is None:
        raise PyinfraError(f"{host.name}: the directory could not be read; the reason stands above")
    papers = Papers(environment.var)
    planned = plan(asked, held, host.name, papers.sheets())
    refusal = refused(planned, held, asked, estate.directory.max_leaver_ratio, typed.confirmed_removals())
    typed.keep(planned.changes, refusal, told(asked, orphans(asked, held)), wanted=asked)
    why = {account.key: account.told for account in asked.accounts}
    gone = tuple(deleted_accounts(planned.purged, host.name, typed.run(), why))
    handed = directory.envelopes(papers, estate, today, planned, held, gone)
    passwords = {**handed.first, **{user: vault[user] for user in planned.vault}}
    directory.replace(
        name=f"Give {host.name} its accounts and groups ({len(planned.changes)} changes)",
        steps=directory.steps_with(planned, held, asked, passwords),
        handed=handed,
        needed=bool(planned.steps) or papers.unsettled(),
        refusal=refusal,
    )


def _passwords(environment: Environment, asked: Wanted, shortest: int) -> Mapping[str, str]:
    passwords: Mapping[str, str] = secret(environment, "vault_directory_passwords")
    boxes = [account.key for account in asked.accounts if account.kind == "box"]
    missing = [user for user in boxes if user not in passwords]
    if missing:
        raise PyinfraError(
            f"vault_directory_passwords has no password for {', '.join(missing)}; add one for each"
        )
    programs = [account.key for account in asked.accounts if PROGRAMS in account.groups]
    weak = [user for user in programs if len(passwords[user]) < shortest]
    if weak:
        raise PyinfraError(
            f"vault_directory_passwords: {', '.join(weak)} are programs, which are never locked out, and have fewer "
            f"than {shortest} characters; write long random ones, such as `openssl rand -base64 24`"
        )
    return passwords


if "directory_servers" in host.groups:
    give_accounts()
