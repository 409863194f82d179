"""Collects the measured half of the inputs: every query of the catalogue, asked once, as of the period's end."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from estate.report import inputs
from estate.report.catalogue import Indicator, Series, catalogue
from estate.report.period import Period
from estate.report.prometheus import Prometheus, RefusedQueryError, UnreachableError

STEP_SECONDS = 300
FAILURES = "failure|failed|error|unreachable|interrupted"


@dataclass
class Measured:
    """Gathers answers; `error` says why the server as a whole gave none, or stopped giving them."""

    error: str | None = None
    metrics: list[inputs.Metric] = field(default_factory=list)
    measurements: list[inputs.Measurement] = field(default_factory=list)
    series: list[inputs.Daily] = field(default_factory=list)


def measure(server: Prometheus, period: Period, evidence_metrics: Iterable[str]) -> Measured:
    """Asks for every indicator and series whose metrics have samples in the period, and how well each was seen.

    A server that falls silent half way leaves no half truth: everything from it then counts as not measured.
    """
    found = Measured()
    try:
        start, end = int(period.start.timestamp()), int(period.evaluated_at.timestamp())
        wanted = {name for row in catalogue().indicators for name in row.metrics} | set(evidence_metrics)
        present = server.names(start, end) & wanted
        for name in sorted(present):
            found.metrics += _seen(server, name, period)
        names = {metric.name for metric in found.metrics}
        for indicator in catalogue().indicators:
            if indicator.formula and set(indicator.metrics) <= names:
                found.measurements.append(_answer(server, indicator, period))
        found.series = [_daily(server, series, period) for series in catalogue().series]
    except UnreachableError as error:
        return Measured(error=str(error))
    except RefusedQueryError as error:
        return Measured(error=f"{server.address}: {error}")
    return found


def silent(reason: str) -> Measured:
    """Gives what is known when the server must not or cannot be asked."""
    return Measured(error=reason)


def _answer(server: Prometheus, indicator: Indicator, period: Period) -> inputs.Measurement:
    query = (indicator.formula or "").replace("$P", f"{period.seconds}s")
    try:
        samples = server.ask(query, int(period.evaluated_at.timestamp()))
    except RefusedQueryError as error:
        return inputs.Measurement(id=indicator.id, query=query, samples=(), error=str(error))
    rows = tuple(inputs.Sample(labels=sample.labels, value=sample.value) for sample in samples)
    return inputs.Measurement(id=indicator.id, query=query, samples=rows, error=None)


def _seen(server: Prometheus, name: str, period: Period) -> list[inputs.Metric]:
    """Asks for coverage, newest sample and newest evidence of one metric; no sample in the steps is no metric."""
    at, window = int(period.evaluated_at.timestamp()), f"[{period.seconds}s:{STEP_SECONDS}s]"
    steps = _number(server, f"count_over_time(count({name}){window})", at)
    newest = _number(server, f"max(timestamp({name}))", at)
    if newest is None:
        newest = _number(server, f"max(max_over_time(timestamp({name}){window}))", at)
    if steps is None or newest is None:
        return []
    coverage = min(1.0, round(steps / max(1.0, period.seconds / STEP_SECONDS), 4))
    return [
        inputs.Metric(
            name=name, coverage=coverage, newest=newest, evidence=_evidence(server, name, period, newest)
        )
    ]


def _evidence(server: Prometheus, name: str, period: Period, newest: float) -> float | None:
    """Gives when the metric last proved something, Unix seconds.

    A time stamp proves the time it holds (0: never); a counter proves its newest sample when a result other than a
    failure was counted in the period; any other gauge proves that it was looked at.
    """
    at, window = int(period.evaluated_at.timestamp()), f"[{period.seconds}s]"
    if name.endswith("_timestamp_seconds"):
        return _number(server, f"max(max_over_time({name}{window}))", at) or None
    if name.endswith(("_total", "_count")):
        counted = _number(server, f'sum(increase({name}{{result!~"{FAILURES}"}}{window}))', at)
        return newest if counted else None
    return newest


def _number(server: Prometheus, query: str, at: int) -> float | None:
    samples = server.ask(query, at)
    return float(samples[0].value) if samples else None


def _daily(server: Prometheus, series: Series, period: Period) -> inputs.Daily:
    points = []
    for start, end in period.days():
        query = series.formula.replace("$D", f"{max(1, int((end - start).total_seconds()))}s")
        try:
            samples = server.ask(query, int(end.timestamp()))
        except RefusedQueryError:
            samples = []
        points.append(
            inputs.Point(day=f"{start:%Y-%m-%d}", value=samples[0].value if len(samples) == 1 else None)
        )
    return inputs.Daily(id=series.id, query=series.formula, points=tuple(points))
