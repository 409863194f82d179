"""Checks that the directory stands on a declared machine, below the municipality's own domain."""

from __future__ import annotations

from datetime import date

from estate.declared.checks.checking import Parts, Sayer, needing
from estate.declared.directory import TELEPHONES


@needing("directory", "networks", "organisation")
def directory_stands(parts: Parts, say: Sayer, today: date) -> None:
    """Refuses a directory on an unknown machine or outside the domain, and programs whose accounts are not fit.

    Two have one account, or that of telephones sees everything.
    """
    directory = parts.directory
    if directory.host not in parts.networks.hosts:
        say.unknown("directory", ("host",), directory.host, "host of estate_networks", parts.networks.hosts)
    if not directory.realm.lower().endswith(f".{parts.organisation.domain}"):
        say(
            "directory",
            ("realm",),
            f"{directory.realm} is not below {parts.organisation.domain}",
            f"write AD.{parts.organisation.domain.upper()}: the domain itself belongs to mail and web",
        )
    rows = [(("service_accounts", i, "user"), one.user) for i, one in enumerate(directory.service_accounts)]
    say.twice("directory", rows, "service account")
    for i, one in enumerate(directory.service_accounts):
        if one.user == TELEPHONES and not one.narrow:
            say(
                "directory",
                ("service_accounts", i),
                f"{one.user} is not narrow, and its password lies in every telephone set",
                "write narrow: true: it then finds people with name and number, and nothing else",
            )
