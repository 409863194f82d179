"""Declares the directory: realm, rules for passwords, what may be removed, and the accounts of programs."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from estate.declared.fields import HostName, Ratio, Realm, Record, ServiceUser, Text, Workgroup

TELEPHONES = "svc-telefon"
"""The account with which telephone sets search the directory, when it is declared."""


class PasswordRules(Record):
    """What the domain asks of every password, and when it stops believing who tries.

    Programs are never locked out, so their passwords, which nobody types, have to be longer: `program_min_length`.
    """

    min_length: Annotated[int, Field(ge=8, le=128)]
    program_min_length: Annotated[int, Field(ge=24, le=128)]
    history: Annotated[int, Field(ge=0, le=24)]
    max_age_days: Annotated[int, Field(ge=0)]
    complexity: bool
    lockout_threshold: Annotated[int, Field(ge=1)]
    lockout_minutes: Annotated[int, Field(ge=1)]


class ServiceAccount(Record):
    """An account with which a program asks the directory; it may read, and nothing else.

    One that is `narrow`, because many hands hold its password, finds people with name and number and sees no groups,
    mailboxes, programs, machines and nobody who has left.
    """

    user: ServiceUser
    name: Text
    purpose: Text
    narrow: bool = False


class Directory(Record):
    """The domain of the municipality; people come from estate/people.yml, mailboxes of programs from mail.yml.

    `max_leaver_ratio` is the share of the accounts that one plan may close without being asked;
    `retention_days` is how long the account and mail of somebody who left are kept before they are purged.
    """

    realm: Realm
    workgroup: Workgroup
    host: HostName
    base_ou: Text
    max_leaver_ratio: Ratio
    retention_days: Annotated[int, Field(ge=1)]
    stale_after_days: Annotated[int, Field(ge=1)]
    password: PasswordRules
    service_accounts: tuple[ServiceAccount, ...]

    @property
    def base_dn(self) -> str:
        """Gives the distinguished name of the domain."""
        return ",".join(f"DC={part}" for part in self.realm.lower().split("."))
