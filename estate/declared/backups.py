"""Declares what is backed up, from where, to where and how often."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from estate.declared.fields import (
    Bytes,
    Count,
    FilePath,
    HostName,
    Port,
    Ratio,
    Record,
    Seconds,
    SignedException,
    Word,
)
from estate.declared.schedules import Schedule


class Repository(Record):
    """Where the backups go: an append-only repository server."""

    host: HostName
    port: Port
    path: FilePath
    free_bytes_warning: Bytes


class Retention(Record):
    """How many snapshots are kept of each kind."""

    daily: Annotated[int, Field(ge=1)]
    weekly: Count
    monthly: Count


class Exclusion(SignedException):
    """Leaves a path of a service out of its backup until a day."""

    path: FilePath


class Job(Record):
    """One backup of one service on one host; `max_age_seconds` is when its newest snapshot is too old."""

    id: Word
    service: Word
    host: HostName
    schedule: Schedule
    rpo_seconds: Seconds
    max_age_seconds: Seconds
    min_bytes: Bytes
    max_shrink_ratio: Ratio
    minimum_snapshots: Annotated[int, Field(ge=1)]
    retention: Retention
    exclude: tuple[Exclusion, ...] = ()


class Backups(Record):
    """The repository and the jobs that write to it."""

    repository: Repository
    jobs: tuple[Job, ...]

    def job(self, name: str | None) -> Job | None:
        """Gives the job of a name, None when there is none."""
        return next((job for job in self.jobs if job.id == name), None)
