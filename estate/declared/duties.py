"""Declares the duties of the IT directorate and what covers each today."""

from __future__ import annotations

import re
from typing import Annotated, Literal

from pydantic import BeforeValidator, Field

from estate.declared.fields import DutyId, MetricName, Record, Text, wrong_value

REPORT_SECTIONS = tuple(f"A{number}" for number in range(1, 18))
"""The sections of the activity report, in its order."""

_RANGE = re.compile(r"(A[0-9]+)–(A[0-9]+)")


def sections_of(text: str) -> tuple[str, ...]:
    """Gives the report sections named by "A2/A10", "A1–A17", "ALL" or "–"; ValueError when one is not known."""
    if text == "–":
        return ()
    if text == "ALL":
        return REPORT_SECTIONS
    if found := _RANGE.fullmatch(text):
        first, last = (REPORT_SECTIONS.index(end) for end in found.groups())
        return REPORT_SECTIONS[first : last + 1]
    names = tuple(text.split("/"))
    for name in names:
        REPORT_SECTIONS.index(name)
    return names


def _section(value: object) -> object:
    right = 'write one of A1 to A17, several as "A2/A10", all as "ALL", none as "–"'
    if not isinstance(value, str):
        raise wrong_value(value, right)
    try:
        sections_of(value)
    except ValueError as error:
        raise wrong_value(value, right) from error
    return value


Section = Annotated[str, BeforeValidator(_section)]


class Cover(Record):
    """One thing that covers a duty: a role, a deploy, a metric, a report section, or people by title."""

    kind: Literal["role", "deploy", "metric", "report", "people"]
    name: Text


class Duty(Record):
    """A duty of the by-law; `max_evidence_age_days` is how old its proof may be, None where none is asked for."""

    id: DutyId
    tr: Text
    en: Text
    automatable: Literal["fully", "evidence", "register", "no"]
    metrics: tuple[MetricName, ...]
    record: Text
    report_section: Section
    max_evidence_age_days: Annotated[int, Field(ge=1)] | None
    covered_by: tuple[Cover, ...]

    @property
    def sections(self) -> tuple[str, ...]:
        """Gives the report sections in which this duty is reported."""
        return sections_of(self.report_section)

    @property
    def coverage(self) -> Literal["code", "people", "nothing"]:
        """Tells what covers the duty today: something this repository builds, people alone, or nothing."""
        if any(cover.kind != "people" for cover in self.covered_by):
            return "code"
        return "people" if self.covered_by else "nothing"
