"""Judges each duty from what covers it and from the evidence of the period: proven, unproven, people or uncovered."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum

from estate.report.catalogue import catalogue
from estate.report.inputs import Duty, Inputs
from estate.report.period import Period


class State(StrEnum):
    """Is the answer to: is this duty done, and is it proven?"""

    PROVEN = "proven"
    UNPROVEN = "unproven"
    PEOPLE = "people"
    UNCOVERED = "uncovered"


@dataclass(frozen=True)
class Evidence:
    """Is one accepted piece of evidence: when it arose and what it is (a metric, a record file, this report)."""

    at: datetime
    source: str


@dataclass(frozen=True)
class Row:
    """Is one duty with its state, its newest evidence, and whether that is young enough (`fresh`)."""

    duty: Duty
    state: State
    evidence: Evidence | None
    fresh: bool


def judge(inputs: Inputs, sections_with_values: frozenset[int]) -> tuple[Row, ...]:
    """Gives one row per duty, in the order of the by-law.

    Proven means: the newest evidence from what covers the duty (a metric, a run, a drill) lies inside the period
    and is not older, at its end, than the duty allows. A duty covered by people only is theirs, whatever is
    measured; one that nothing covers stays uncovered.
    """
    return tuple(_row(duty, inputs, sections_with_values) for duty in inputs.duties)


def _row(duty: Duty, inputs: Inputs, sections: frozenset[int]) -> Row:
    month = inputs.month
    kinds = {coverage.kind for coverage in duty.covered_by}
    if not kinds:
        return Row(duty, State.UNCOVERED, None, False)
    if kinds == {"people"}:
        return Row(duty, State.PEOPLE, None, False)
    found = [e for e in _evidence(duty, inputs) if e.at <= month.evaluated_at] or _report(
        duty, month, sections
    )
    newest = max(found, key=lambda e: (e.at, e.source), default=None)
    fresh = newest is not None and _young(newest, duty, month)
    proven = newest is not None and fresh and month.start <= newest.at
    return Row(duty, State.PROVEN if proven else State.UNPROVEN, newest, fresh)


def _young(evidence: Evidence, duty: Duty, month: Period) -> bool:
    if duty.max_evidence_age_days is None:
        return True
    return month.evaluated_at - evidence.at <= timedelta(days=duty.max_evidence_age_days)


def _evidence(duty: Duty, inputs: Inputs) -> list[Evidence]:
    covered = {(coverage.kind, coverage.name) for coverage in duty.covered_by}
    found = [Evidence(proof.at, proof.file) for proof in inputs.proofs if (proof.kind, proof.name) in covered]
    for metric in inputs.metrics:
        named = ("metric", metric.name) in covered and metric.name not in catalogue().not_evidence
        if named and metric.evidence is not None:
            found.append(Evidence(datetime.fromtimestamp(metric.evidence, UTC), metric.name))
    return found


def _report(duty: Duty, month: Period, sections: frozenset[int]) -> list[Evidence]:
    """Accepts this report as evidence only of duties that nothing but a report covers, and only of filled chapters."""
    if any(coverage.kind != "report" for coverage in duty.covered_by if coverage.kind != "people"):
        return []
    filled = {f"A{section}" for section in sections}
    chapters = sorted(c.name for c in duty.covered_by if c.kind == "report" and c.name in filled)
    return [Evidence(month.evaluated_at, f"§{name[1:]}") for name in chapters]
