"""Declares the exercises in which a host is lost and its service brought back."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from estate.declared.fields import HostName, Record, Seconds, Text, UserName, Word


class Drill(Record):
    """An exercise; `not_tested` is printed in its evidence, word for word."""

    id: Word
    title_tr: Text
    service: Word
    lost_host: HostName
    target: HostName
    backup_job: Word
    rto_seconds: Seconds
    rpo_seconds: Seconds
    frequency_days: Annotated[int, Field(ge=1)]
    accounts: tuple[UserName, ...]
    participants: Annotated[tuple[UserName, ...], Field(min_length=1)]
    approved_by: UserName
    not_tested: tuple[Text, ...]
