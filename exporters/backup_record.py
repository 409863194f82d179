"""Keeps what became of a job's runs across kills and restarts, and publishes it as metrics."""

from __future__ import annotations

import fcntl
import json
import os
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from prometheus_client import CollectorRegistry, write_to_textfile
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

HELP = {
    "bim_backup_runs_total": "Backup runs of a job by result.",
    "bim_backup_last_success_timestamp_seconds": "End of the last good backup of a job; 0 when there was none.",
    "bim_backup_last_size_bytes": "Size of the last good backup.",
    "bim_backup_last_duration_seconds": "Duration of the last good backup.",
    "bim_backup_rpo_target_seconds": "Promised recovery point: data loss a job may cost at most.",
}
"""The words of exporters/catalogue.yml: two files with other words for one metric would hide each other."""


class BusyError(Exception):
    """Says that another run of the job is at work."""


@dataclass
class Record:
    """Holds a job's counters and the last good run; `running` is what a run at work leaves behind when killed.

    `running` has `started` (Unix seconds) and `post`, the hook that is still owed. `repository_id` is the
    repository this host knows: another one under the same address is refused.
    """

    repository_id: str = ""
    success: int = 0
    failure: int = 0
    last_success: float = 0.0
    size: int = 0
    files: int = 0
    duration: float = 0.0
    snapshot: str = ""
    last_error: str = ""
    running: dict[str, Any] = field(default_factory=dict)


def load(folder: Path) -> Record:
    """Reads the record of a job; a job that never ran has an empty one."""
    path = folder / "record.json"
    return Record(**json.loads(path.read_text(encoding="utf-8"))) if path.exists() else Record()


def save(folder: Path, record: Record) -> None:
    """Replaces the record of a job in one step, on the disk before this returns."""
    handle, aside = tempfile.mkstemp(prefix=".record.", dir=folder)
    with os.fdopen(handle, "w", encoding="utf-8") as stream:
        json.dump(asdict(record), stream, indent=1)
        stream.flush()
        os.fsync(stream.fileno())
    Path(aside).replace(folder / "record.json")


@contextmanager
def alone(folder: Path) -> Iterator[None]:
    """Holds the job's lock, which the kernel drops with the process; raises BusyError when it is taken."""
    with (folder / "lock").open("w") as stream:
        try:
            fcntl.flock(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise BusyError("another run of this job is at work") from None
        yield


def publish(job: str, record: Record, declared: Mapping[str, Any], folder: Path) -> None:
    """Replaces the job's textfile: both results always there, size and duration only once measured."""
    runs = CounterMetricFamily(
        "bim_backup_runs", HELP["bim_backup_runs_total"], labels=["backup_job", "result"]
    )
    runs.add_metric([job, "success"], record.success)
    runs.add_metric([job, "failure"], record.failure)
    gauges: dict[str, float] = {
        "bim_backup_last_success_timestamp_seconds": record.last_success,
        "bim_backup_rpo_target_seconds": float(declared["rpo_seconds"]),
    }
    if record.last_success:
        gauges["bim_backup_last_size_bytes"] = record.size
        gauges["bim_backup_last_duration_seconds"] = record.duration
    families: list[Metric] = [runs]
    for name, value in gauges.items():
        family = GaugeMetricFamily(name, HELP[name], labels=["backup_job"])
        family.add_metric([job], value)
        families.append(family)
    write_families(folder / f"backup_{job}.prom", families)


def write_families(path: Path, families: Sequence[Metric]) -> None:
    """Replaces a textfile in one step by these families; the folder is never replaced, only made if missing."""
    registry = CollectorRegistry()
    registry.register(_Measured(families))
    path.parent.mkdir(parents=True, exist_ok=True)
    write_to_textfile(str(path), registry)


class _Measured(Collector):
    """Hands over what was measured, without the creation times a client library would add."""

    def __init__(self, families: Sequence[Metric]) -> None:
        self._families = families

    def collect(self) -> Sequence[Metric]:
        return self._families
