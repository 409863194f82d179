"""Declares the services the municipality promises, and what carries each of them."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BeforeValidator, Field

from estate.declared.duties import Section
from estate.declared.fields import (
    AlertName,
    DutyId,
    MetricName,
    Record,
    Seconds,
    SignedException,
    Text,
    Word,
    wrong_value,
)

LinkName = Literal["provisioned", "backup", "drill", "metric", "alert", "report", "duty"]
"""The links of the chain from a declared service to the report the law asks for."""


def _means(value: object) -> object:
    right = 'write "role:<name>", "playbook:<name>" or "deploy:<name>"'
    if not isinstance(value, str):
        raise wrong_value(value, right)
    kind, _, name = value.partition(":")
    if kind not in ("role", "playbook", "deploy") or not name:
        raise wrong_value(value, right)
    return value


Means = Annotated[str, BeforeValidator(_means)]


class LinkException(SignedException):
    """Lets one link of a service's chain be missing until a day."""

    link: LinkName


class Service(Record):
    """A service with its promise; `state` planned means it does not exist yet and holds nothing yet."""

    id: Word
    name_tr: Text
    owner: Word
    state: Literal["planned", "running"]
    rto_seconds: Seconds
    rpo_seconds: Seconds
    criticality: Annotated[int, Field(ge=1, le=3)]
    holds_data: bool
    provisioned_by: tuple[Means, ...]
    backup_job: Word | None
    drill: Word | None
    metrics: tuple[MetricName, ...]
    alerts: tuple[AlertName, ...]
    report_section: Section | None
    duties: tuple[DutyId, ...]
    exceptions: tuple[LinkException, ...] = ()

    def exception(self, link: LinkName) -> LinkException | None:
        """Gives the exception that lets a link be missing, whether its last day has passed or not."""
        return next((e for e in self.exceptions if e.link == link), None)
