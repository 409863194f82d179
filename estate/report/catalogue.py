"""Reads what the reports are made of: the indicators and daily series of indicators.yml."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML

HERE = Path(__file__).parent
_METRIC = re.compile(r"\b(?:bim|node|probe)_\w+")


@dataclass(frozen=True)
class Indicator:
    """Is one figure of the reports: exactly one of `formula`, `records` and `register` says where it comes from."""

    id: str
    section: int
    tr: str
    en: str
    source: str
    unit: str
    duties: tuple[str, ...]
    frequency: str
    good: str
    formula: str | None = None
    records: str | None = None
    register: str | None = None
    divide: float = 1.0
    at_least: float | None = None
    at_most: float | None = None
    added: bool = False

    @property
    def metrics(self) -> tuple[str, ...]:
        """Names the metrics the formula reads, each of which must have samples before a result counts."""
        return metrics_in(self.formula or "")


@dataclass(frozen=True)
class Series:
    """Is one value a day, drawn as a chart."""

    id: str
    section: int
    tr: str
    en: str
    formula: str
    unit: str


@dataclass(frozen=True)
class Catalogue:
    """Holds all indicators and series in the order they are printed, and the metrics that prove nothing."""

    indicators: tuple[Indicator, ...]
    series: tuple[Series, ...]
    not_evidence: frozenset[str]


def metrics_in(formula: str) -> tuple[str, ...]:
    """Lists the metric names of a formula as they are stored (a histogram's by its `_count`), sorted."""
    names = {re.sub(r"_(bucket|sum)$", "_count", name) for name in _METRIC.findall(formula)}
    return tuple(sorted(names))


@cache
def catalogue() -> Catalogue:
    """Reads indicators.yml once; a row with an unknown key or without a source stops here."""
    content = YAML(typ="safe").load((HERE / "indicators.yml").read_text(encoding="utf-8"))
    return Catalogue(
        indicators=tuple(_indicator(dict(row)) for row in content["indicators"]),
        series=tuple(Series(**row) for row in content["series"]),
        not_evidence=frozenset(content["not_evidence"]),
    )


def _indicator(row: dict[str, Any]) -> Indicator:
    target = row.pop("target", {})
    sources = [key for key in ("formula", "records", "register") if key in row]
    if len(sources) != 1:
        raise ValueError(f"indicator {row['id']}: exactly one of formula, records, register; found {sources}")
    return Indicator(**{**row, **target, "duties": tuple(row["duties"])})
