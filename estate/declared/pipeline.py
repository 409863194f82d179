"""Declares how a commit comes to the hosts: who signs, how many agree, in which rings, when a lock is stale."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated, Literal

from pydantic import Field

from estate.declared.fields import Count, Record, UserName, Word

Proof = Literal["mail", "directory", "telephony"]
"""The services that can be proven by using them (docs/operations.md)."""


class Ring(Record):
    """Hosts that are changed together, and the services used afterwards; a red one keeps the next ring closed.

    `hosts` names hosts and groups; what an earlier ring holds already is not in this one.
    """

    name: Word
    hosts: Annotated[tuple[str, ...], Field(min_length=1)]
    verify: Annotated[tuple[Proof, ...], Field(min_length=1)]


class Approvals(Record):
    """How many people have to sign a plan before it is applied, and who may.

    `author_counts` tells whether somebody who signed a commit of the plan may be one of them.
    """

    signatures: Count
    by: tuple[UserName, ...]
    author_counts: bool


class Pipeline(Record):
    """The way of a commit to the hosts of one environment.

    `signers` are the people whose commits are planned; with which keys, the control host alone knows. `after` names the
    environment in which the same commit must have passed before. A lock that was left behind on another machine is
    taken over after `lock_limit_hours`. A `protected` environment is never applied without an approval.
    """

    protected: bool
    after: Word | None
    lock_limit_hours: Annotated[int, Field(ge=1, le=168)]
    signers: Annotated[tuple[UserName, ...], Field(min_length=1)]
    approvals: Approvals
    rings: tuple[Ring, ...]

    @property
    def lock_limit(self) -> timedelta:
        """How long a lock that was left behind on another machine is believed."""
        return timedelta(hours=self.lock_limit_hours)
