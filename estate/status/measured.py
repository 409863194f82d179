"""Reads the answers of Prometheus and Alertmanager; another shape than theirs is refused, never taken as nothing."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

from estate.status.shapes import Alert, Beat, Measured, Rule, Sample

ALWAYS_FIRES = "Watchdog"
MTIME = "node_textfile_mtime_seconds"


class AnswerError(Exception):
    """Says which answer cannot be understood, and why."""


def query(metrics: Iterable[str]) -> str:
    """Gives the one question about these metrics: their samples of the last two minutes, with their own times."""
    names = "|".join(sorted({*metrics, MTIME}))
    return f'{{__name__=~"{names}"}}[2m]'


def measured(rules: Any, matrix: Any, alerts: Any) -> Measured:
    """Puts the three answers together: rules, samples, and what Alertmanager does with alerts (None: no answer)."""
    with _of_our_shape():
        listed = _alerting(rules)
        told = tuple(_alert(rule, one) for rule in listed for one in rule["alerts"])
        known = {rule["name"]: _rule(rule) for rule in listed}
        samples = _samples(matrix["result"])
        silent = None if alerts is None else sum(_is_silent(one) for one in alerts)
    return Measured(known, told, samples, silent)


def always_fires(rules: Any) -> Rule | None:
    """Gives the rule of the alert that always fires out of Prometheus' answer; None when it has no such rule."""
    with _of_our_shape():
        return next((_rule(one) for one in _alerting(rules) if one["name"] == ALWAYS_FIRES), None)


def beats(alerts: Any) -> tuple[Beat, ...]:
    """Gives what Alertmanager's answer holds of the alert that always fires."""
    with _of_our_shape():
        own = [one for one in alerts if one["labels"]["alertname"] == ALWAYS_FIRES]
        return tuple(
            Beat(one["status"]["state"] == "active" and not _is_silent(one), _time(one["updatedAt"]))
            for one in own
        )


@contextmanager
def _of_our_shape() -> Iterator[None]:
    """Turns what reading an answer of another shape raises into AnswerError."""
    try:
        yield
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise AnswerError(f"the answer has another shape: {type(error).__name__}: {error}") from None


def _alerting(rules: Any) -> list[Mapping[str, Any]]:
    return [rule for group in rules["groups"] for rule in group["rules"] if rule["type"] == "alerting"]


def _rule(rule: Mapping[str, Any]) -> Rule:
    return Rule(rule["health"] == "ok", _time(rule["lastEvaluation"]))


def _alert(rule: Mapping[str, Any], one: Mapping[str, Any]) -> Alert:
    labels = {name: value for name, value in one["labels"].items() if name != "alertname"}
    return Alert(
        name=rule["name"],
        firing=one["state"] == "firing",
        severity=labels.get("severity", "none"),
        labels=labels,
        summary=one["annotations"].get("summary", ""),
        since=_time(one["activeAt"]),
    )


def _samples(rows: Iterable[Mapping[str, Any]]) -> dict[str, tuple[Sample, ...]]:
    found: dict[str, list[Sample]] = {}
    for row in rows:
        at, value = row["values"][-1]
        number = float(value)
        if math.isnan(number):
            continue
        labels = {name: text for name, text in row["metric"].items() if name != "__name__"}
        found.setdefault(row["metric"]["__name__"], []).append(
            Sample(labels, number, datetime.fromtimestamp(float(at), UTC))
        )
    return {name: tuple(samples) for name, samples in found.items()}


def _is_silent(alert: Mapping[str, Any]) -> bool:
    status = alert["status"]
    return bool(status["state"] == "suppressed" or status.get("mutedBy"))


def _time(text: str) -> datetime | None:
    """Reads a time of Go, which has nine digits below the second; year 1 is its word for never."""
    _, dot, rest = text.partition(".")
    digits = rest.rstrip("Z").split("+")[0].split("-")[0] if dot else ""
    at = datetime.fromisoformat(text.replace(f".{digits}", f".{digits[:6]:0<6}") if digits else text)
    return None if at.year == 1 else at.astimezone(UTC)
