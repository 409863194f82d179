"""Checks that the directory stands on a declared machine, below the municipality's own domain."""

from __future__ import annotations

from datetime import date

from estate.declared.checks.checking import Parts, Sayer, needing


@needing("directory", "networks", "organisation")
def directory_stands(parts: Parts, say: Sayer, today: date) -> None:
    """Refuses a directory on an unknown machine, outside the domain, or two programs with one account."""
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
