"""Writes measurements as one textfile for the node exporter: catalogued names only, whole or not at all.

Runs on the managed hosts beside the programs that use it, so it needs nothing but prometheus_client and yaml.
"""

from __future__ import annotations

import math
import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import product
from pathlib import Path
from typing import Any

import yaml
from prometheus_client import CollectorRegistry, generate_latest, write_to_textfile
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily, Metric

CATALOGUE = Path(__file__).with_name("catalogue.yml")
DIRECTORY = Path("/var/lib/prometheus/node-exporter")
_LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
"""libyaml reads the catalogue ten times faster than Python; some builds lack it."""


class CatalogueError(Exception):
    """Says which measurement does not fit the catalogue of names, and what the catalogue has."""


@dataclass(frozen=True)
class Entry:
    """States one catalogued name: its type, help, labels, and the label values known beforehand.

    `files` are the textfiles it stands in, without `.prom`; a label's name in braces stands for its value.
    `buckets` are the upper bounds of a histogram, ascending; the one above them all is not among them.
    """

    name: str
    type: str
    help: str
    labels: tuple[str, ...]
    values: Mapping[str, tuple[str, ...]]
    writer: str
    files: tuple[str, ...] = ()
    buckets: tuple[float, ...] = ()


def load(path: Path = CATALOGUE) -> dict[str, Entry]:
    """Reads the catalogue of names; the file beside this program unless another is named."""
    return dict(_entries(path.read_text(encoding="utf-8")))


@lru_cache(maxsize=1)
def _entries(text: str) -> dict[str, Entry]:
    raw: dict[str, dict[str, Any]] = yaml.load(text, _LOADER)
    return {
        name: Entry(
            name=name,
            type=row["type"],
            help=row["help"],
            labels=tuple(row["labels"]),
            values={label: tuple(values) for label, values in row.get("values", {}).items()},
            writer=row.get("writer", ""),
            files=tuple(row.get("files", filter(None, [row.get("writer")]))),
            buckets=tuple(map(float, row.get("buckets", ()))),
        )
        for name, row in raw.items()
    }


@dataclass(eq=False)
class Textfile:
    """Gathers the measurements of one program, each checked against the catalogue as it comes.

    Keeps no time of its own: no sample carries a time stamp, so that an old file never hides a host (a scrape
    with stamps that are too old is refused whole).
    """

    catalogue: Mapping[str, Entry] = field(default_factory=load)
    samples: dict[str, dict[tuple[str, ...], float]] = field(default_factory=dict)
    observed: dict[str, dict[tuple[str, ...], list[float]]] = field(default_factory=dict)

    def set(self, name: str, value: float, **labels: str) -> None:
        """Lays down one sample; a later value for the same labels replaces the earlier one."""
        self.samples.setdefault(name, {})[self._key(name, labels)] = float(value)

    def observe(self, name: str, *values: float, **labels: str) -> None:
        """Adds values to a histogram; with none it stands there and is empty."""
        self.observed.setdefault(name, {}).setdefault(self._key(name, labels), []).extend(values)

    def _key(self, name: str, labels: Mapping[str, str]) -> tuple[str, ...]:
        entry = self._entry(name)
        if set(labels) != set(entry.labels):
            raise CatalogueError(
                f"{name}: got labels {sorted(labels)}, the catalogue has {sorted(entry.labels)}"
            )
        for label, found in labels.items():
            allowed = entry.values.get(label)
            if allowed is not None and found not in allowed:
                raise CatalogueError(f"{name}: got {label}={found!r}, the catalogue has {', '.join(allowed)}")
        return tuple(labels[label] for label in entry.labels)

    def add(self, name: str, value: float = 1, **labels: str) -> None:
        """Raises one sample by a value; a sample not laid down yet begins at 0."""
        key = tuple(labels.get(label, "") for label in self._entry(name).labels)
        self.set(name, self.samples.get(name, {}).get(key, 0.0) + value, **labels)

    def lay_down(self, name: str, **known: Iterable[str]) -> None:
        """Sets to 0 every combination of the given label values and those that the catalogue knows."""
        entry = self._entry(name)
        axes = [tuple(known.get(label, entry.values.get(label, ()))) for label in entry.labels]
        for combination in product(*axes):
            labels = dict(zip(entry.labels, combination, strict=True))
            if entry.type == "histogram":
                self.observe(name, **labels)
            else:
                self.set(name, 0, **labels)

    def collect(self) -> Iterable[Metric]:
        """Yields the families of all samples; prometheus_client calls this."""
        for name, samples in self.samples.items():
            entry = self._entry(name)
            family: CounterMetricFamily | GaugeMetricFamily = (
                CounterMetricFamily(name, entry.help, labels=entry.labels)
                if entry.type == "counter"
                else GaugeMetricFamily(name, entry.help, labels=entry.labels)
            )
            for values, value in samples.items():
                family.add_metric(values, value)
            yield family
        for name, groups in self.observed.items():
            yield _histogram(self._entry(name), groups)

    def render(self) -> str:
        """Gives the text of the file."""
        return generate_latest(self._registry()).decode()

    def write(self, path: Path) -> None:
        """Replaces the file in one step: written aside in the same directory, then renamed; everybody may read it."""
        # A service that keeps its own files to itself measures for the exporter all the same.
        hidden = os.umask(0o022)
        try:
            write_to_textfile(str(path), self._registry())
        finally:
            os.umask(hidden)

    def _registry(self) -> CollectorRegistry:
        registry = CollectorRegistry(auto_describe=False)
        registry.register(self)
        return registry

    def _entry(self, name: str) -> Entry:
        if name not in self.catalogue:
            raise CatalogueError(
                f"{name}: not in {CATALOGUE.name}; add it there with its type, labels and help"
            )
        return self.catalogue[name]


def _histogram(entry: Entry, groups: Mapping[tuple[str, ...], list[float]]) -> HistogramMetricFamily:
    """Counts, for each bound, the values up to it."""
    family = HistogramMetricFamily(entry.name, entry.help, labels=entry.labels)
    for labels, values in groups.items():
        bounds = (*entry.buckets, math.inf)
        buckets = [
            ("+Inf" if top == math.inf else str(top), float(sum(one <= top for one in values)))
            for top in bounds
        ]
        family.add_metric(labels, buckets, sum(values))
    return family
