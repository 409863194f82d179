"""Keeps what became of a job's runs across kills and restarts, and publishes it as metrics."""

from __future__ import annotations

import fcntl
import json
import os
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field, fields
from pathlib import Path
from typing import Any

from exporters.textfile import Textfile


class BusyError(Exception):
    """Says that another run of the job is at work."""


@dataclass
class Record:
    """Holds a job's counters and the last good run; `running` is what a run at work leaves behind when killed.

    `running` has `started` (Unix seconds) and `post`, the hook that is still owed. `repository_id` is the
    repository this host knows: another one under the same address is refused; `fingerprint` tells it quickly.
    """

    repository_id: str = ""
    fingerprint: str = ""
    success: int = 0
    failure: int = 0
    last_success: float = 0.0
    size: int = 0
    files: int = 0
    duration: float = 0.0
    snapshot: str = ""
    last_error: str = ""
    running: dict[str, Any] = field(default_factory=dict)


def prepared(folder: Path) -> bool:
    """Tells whether the job has a record, and with it a repository it knows."""
    return (folder / "record.json").exists()


def load(folder: Path) -> Record:
    """Reads the record of a job; a job that never ran has an empty one.

    What another version of this program wrote and this one does not know is passed over: a job keeps running while
    hosts are brought to a newer version, or back.
    """
    path = folder / "record.json"
    kept = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
    return Record(**{item.name: kept[item.name] for item in fields(Record) if item.name in kept})


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
    measured = Textfile()
    measured.set("bim_backup_runs_total", record.success, backup_job=job, result="success")
    measured.set("bim_backup_runs_total", record.failure, backup_job=job, result="failure")
    measured.set("bim_backup_last_success_timestamp_seconds", record.last_success, backup_job=job)
    measured.set("bim_backup_rpo_target_seconds", float(declared["rpo_seconds"]), backup_job=job)
    if record.last_success:
        measured.set("bim_backup_last_size_bytes", record.size, backup_job=job)
        measured.set("bim_backup_last_duration_seconds", record.duration, backup_job=job)
    measured.write(folder / f"backup_{job}.prom")
