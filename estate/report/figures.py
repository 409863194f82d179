"""Computes every indicator from the frozen inputs; what was not measured stays unmeasured, with the reason."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from enum import StrEnum

from estate.report.catalogue import Indicator, catalogue
from estate.report.inputs import Inputs, Measurement, Metric

PARTIAL_BELOW = 0.9
INSTANT_SECONDS = 300.0


class Status(StrEnum):
    """Says what is known of a value."""

    MEASURED = "measured"
    PARTIAL = "partial"
    UNDEFINED = "undefined"
    NEVER = "never"
    NOT_MEASURED = "not_measured"


@dataclass(frozen=True)
class Value:
    """Is one number of a figure with the labels that tell it from its siblings; no number unless measured."""

    number: float | None
    status: Status
    labels: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Reason:
    """Names why something was not measured: a key of texts.yml and what it speaks of."""

    key: str
    about: str = ""


@dataclass(frozen=True)
class Figure:
    """Is one indicator with its values, the share of the period that was seen and where it comes from."""

    indicator: Indicator
    values: tuple[Value, ...]
    source: str
    coverage: float | None = None
    reason: Reason | None = None

    @property
    def measured(self) -> bool:
        """Tells whether anything is known."""
        return any(value.status != Status.NOT_MEASURED for value in self.values)

    @property
    def undefined(self) -> bool:
        """Tells whether a value has no meaning, such as a share of nothing."""
        return any(value.status is Status.UNDEFINED for value in self.values)

    @property
    def number(self) -> float | None:
        """Is the one number of a figure without siblings."""
        return self.values[0].number if len(self.values) == 1 else None

    @property
    def on_target(self) -> bool | None:
        """Tells whether a single number keeps its declared target; None where either is missing."""
        row = self.indicator
        if self.number is None or (row.at_least is None and row.at_most is None):
            return None
        return (row.at_least is None or self.number >= row.at_least) and (
            row.at_most is None or self.number <= row.at_most
        )


def unmeasured(indicator: Indicator, source: str, reason: Reason) -> Figure:
    """Gives a figure of which nothing is known, and why."""
    return Figure(indicator, (Value(None, Status.NOT_MEASURED),), source, reason=reason)


def measured(inputs: Inputs) -> dict[str, Figure]:
    """Gives a figure for every indicator with a formula or a register; those from records come from `recorded`."""
    answers = {row.id: row for row in inputs.measurements}
    seen = {row.name: row for row in inputs.metrics}
    figures = {}
    for indicator in catalogue().indicators:
        if indicator.register is not None:
            figures[indicator.id] = unmeasured(indicator, indicator.register, Reason("no_register"))
        elif indicator.formula is not None:
            figures[indicator.id] = _from_answer(indicator, answers.get(indicator.id), seen, inputs)
    return figures


def _from_answer(
    indicator: Indicator, answer: Measurement | None, seen: dict[str, Metric], inputs: Inputs
) -> Figure:
    source = answer.query if answer else (indicator.formula or "").replace("$P", f"{inputs.month.seconds}s")
    reason = _unseen(indicator, answer, seen, inputs)
    if reason or answer is None:
        return unmeasured(indicator, source, reason or Reason("no_answer"))
    coverage = min(seen[name].coverage for name in indicator.metrics)
    if "predict_linear" in (indicator.formula or "") and coverage < PARTIAL_BELOW:
        return unmeasured(indicator, source, Reason("too_short"))
    values = tuple(
        _value(indicator, float(sample.value), sample.labels, coverage, inputs) for sample in answer.samples
    )
    return Figure(indicator, values, source, coverage)


def _unseen(
    indicator: Indicator, answer: Measurement | None, seen: dict[str, Metric], inputs: Inputs
) -> Reason | None:
    if inputs.prometheus.error:
        return Reason("unreachable")
    silent = [name for name in indicator.metrics if name not in seen]
    if silent:
        return Reason("no_samples", ", ".join(silent))
    stale = [name for name in indicator.metrics if _stale(seen[name], inputs)]
    if "[" not in (indicator.formula or "") and stale:
        return Reason("no_samples_at_end", ", ".join(stale))
    if answer is None:
        return Reason("no_answer")
    if answer.error:
        return Reason("query_refused", answer.error)
    return None if answer.samples else Reason("empty_answer")


def _stale(metric: Metric, inputs: Inputs) -> bool:
    return inputs.period.evaluated_at.timestamp() - metric.newest > INSTANT_SECONDS


def _value(
    indicator: Indicator, raw: float, labels: dict[str, str], coverage: float, inputs: Inputs
) -> Value:
    if not math.isfinite(raw):
        return Value(None, Status.UNDEFINED, labels)
    if _is_never(indicator, raw, inputs):
        return Value(None, Status.NEVER, labels)
    status = Status.PARTIAL if coverage < PARTIAL_BELOW else Status.MEASURED
    return Value(raw / indicator.divide, status, labels)


def _is_never(indicator: Indicator, raw: float, inputs: Inputs) -> bool:
    """Tells a time stamp of 0 (it never happened) from a time, also inside an age `time() - x`."""
    if indicator.unit == "moment":
        return raw <= 0
    if "time() -" not in (indicator.formula or "") or indicator.unit not in ("days", "hours", "seconds"):
        return False
    seconds = raw * {"days": 86400, "hours": 3600, "seconds": 1}[indicator.unit]
    return seconds > 0.99 * inputs.period.evaluated_at.timestamp()
