"""Checks the subjects of a declared estate against each other."""

from __future__ import annotations

from estate.declared.checks import (
    backups,
    calling,
    carrying,
    directory,
    identities,
    mail,
    networks,
    organisation,
    outlets,
    people,
    phone_models,
    phones,
    pipeline,
    services,
    shares,
    switches,
    telephony,
    web_access,
)
from estate.declared.checks.checking import Check, Parts, Sayer

__all__ = ["CHECKS", "Check", "Parts", "Sayer"]

CHECKS: tuple[Check, ...] = tuple(
    value
    for module in (
        organisation,
        people,
        identities,
        networks,
        directory,
        mail,
        shares,
        web_access,
        services,
        backups,
        switches,
        outlets,
        carrying,
        telephony,
        calling,
        phones,
        phone_models,
        pipeline,
    )
    for value in vars(module).values()
    if isinstance(value, Check)
)
"""Every check, in the order of the modules of this package."""
