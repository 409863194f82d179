"""Declares the exercises in which a host or a switch is lost and its service brought back."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from estate.declared.fields import Address4, Extension, HostName, Record, Seconds, Text, UserName, Word
from estate.declared.web_access import Span

CAPTURES = "switches"
"""What stands in place of a backup job where a switch is lost: its captures (docs/switches.md)."""


class Spare(Record):
    """A blank switch that takes a lost one's place in a drill, reached at its console whatever it is told.

    `address` and `port` are those of its console (SSH), `user` logs in there, with the secrets
    `vault_switches_first_...`.
    """

    address: Address4
    port: Annotated[int, Field(ge=1, le=65535)] = 22
    user: UserName


class Drill(Record):
    """An exercise; `not_tested` is printed in its evidence, word for word.

    `accounts` are the mailboxes or accounts used after the restore, `telephone` the extension that is, with voicemail.
    Where `lost_host` is a switch, `target` names the spare one; without a `spare` the drill cannot be held.
    A timer holds it once in `frequency_days` (ten years at most), within `window` (days and hours of the municipality's
    clock), and tells `notify`: people with a mailbox, accounts, aliases.
    """

    id: Word
    title_tr: Text
    service: Word
    lost_host: HostName
    target: HostName
    backup_job: Word
    rto_seconds: Seconds
    rpo_seconds: Seconds
    frequency_days: Annotated[int, Field(ge=1, le=3650)]
    window: Span
    notify: Annotated[tuple[UserName, ...], Field(min_length=1)]
    accounts: tuple[UserName, ...]
    telephone: Extension | None = None
    participants: Annotated[tuple[UserName, ...], Field(min_length=1)]
    approved_by: UserName
    not_tested: tuple[Text, ...]
    spare: Spare | None = None

    @property
    def of_a_switch(self) -> bool:
        """Tells whether a switch is lost, not a host."""
        return self.backup_job == CAPTURES
