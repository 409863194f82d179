"""Measures the backup repository from the server's side: free space, what arrived and when, what was thinned out.

    python3 -m exporters.backup_repository [--settings FILE]

Needs no key: it counts files and reads times of receipt, which no client can alter. Exit codes: 0 done, 2 settings
wrong.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from shutil import disk_usage
from typing import Any

from exporters.backup_keys import KEEPER_SETTINGS, repository_path
from exporters.backup_retention import load_tally
from exporters.textfile import Entry, Textfile, load


def _own(name: str, kind: str, words: str, *labels: str) -> Entry:
    values = {"result": ("success", "failure")} if "result" in labels else {}
    return Entry(name, kind, words, labels, values, "backup_repository")


OWN = [
    _own(
        "bim_backup_repository_snapshots",
        "gauge",
        "Snapshots of a job on the repository's host.",
        "backup_job",
    ),
    _own(
        "bim_backup_repository_received_timestamp_seconds",
        "gauge",
        "Receipt of a job's newest snapshot by the repository's own clock; 0 when there is none.",
        "backup_job",
    ),
    _own(
        "bim_backup_retention_runs_total",
        "counter",
        "Retention runs of a job by result.",
        "backup_job",
        "result",
    ),
    _own(
        "bim_backup_retention_last_success_timestamp_seconds",
        "gauge",
        "End of the last good retention run of a job; 0 when there was none.",
        "backup_job",
    ),
    _own(
        "bim_backup_retention_refused",
        "gauge",
        "1 if the last retention run of a job removed nothing because a guard objected or it could not end; "
        "0 after a good one.",
        "backup_job",
    ),
    _own(
        "bim_backup_retention_removed_snapshots_total",
        "counter",
        "Snapshots of a job that retention removed.",
        "backup_job",
    ),
]
"""Names only this program writes; the catalogue's words win where it has them."""


@dataclass(frozen=True)
class Received:
    """Holds what the server has of a job: how many snapshots, and when the newest came (Unix seconds, 0: never)."""

    snapshots: int
    newest: float


def observe(settings: dict[str, Any], job: str) -> Received:
    """Counts the snapshots of a job in its repository; a repository not yet made has none."""
    folder = Path(repository_path(settings, job), "snapshots")
    times = [path.stat().st_mtime for path in folder.iterdir()] if folder.is_dir() else []
    return Received(len(times), max(times, default=0.0))


def plan_targets(
    plan: Sequence[Mapping[str, Any]], jobs: Mapping[str, Any], received: Mapping[str, Received], now: float
) -> dict[str, int]:
    """Counts the services that hold data: those that must have a copy, have a young enough one, are exempt today."""
    fresh = {
        job
        for job, found in received.items()
        if found.newest and now - found.newest <= float(jobs[job]["max_age_seconds"])
    }
    today = date.fromtimestamp(now).isoformat()
    exempt = [item for item in plan if any(str(until) >= today for until in item.get("exempt_until", ()))]
    return {
        "in_scope": len(plan) - len(exempt),
        "backed_up": sum(item.get("backup_job") in fresh for item in plan if item not in exempt),
        "exempt": len(exempt),
    }


def measured(settings: dict[str, Any], now: float) -> Textfile:
    """Gives every measurement of the repository, each declared job in each."""
    jobs: Mapping[str, Any] = settings["jobs"]
    received = {job: observe(settings, job) for job in jobs}
    text = Textfile({entry.name: entry for entry in OWN} | load())
    free = disk_usage(settings["path"]).free
    text.set("bim_backup_repository_free_bytes", free, repository=settings["repository"])
    for state, count in plan_targets(settings["plan"], jobs, received, now).items():
        text.set("bim_backup_plan_targets", count, state=state)
    for job, found in received.items():
        tally = load_tally(settings, job)
        away = found.newest if jobs[job]["site"] != settings["site"] else 0.0
        text.set("bim_backup_repository_snapshots", found.snapshots, backup_job=job)
        text.set("bim_backup_repository_received_timestamp_seconds", found.newest, backup_job=job)
        text.set("bim_backup_offsite_last_success_timestamp_seconds", away, backup_job=job)
        text.set("bim_backup_retention_runs_total", tally.success, backup_job=job, result="success")
        text.set("bim_backup_retention_runs_total", tally.failure, backup_job=job, result="failure")
        text.set("bim_backup_retention_last_success_timestamp_seconds", tally.last_success, backup_job=job)
        text.set("bim_backup_retention_refused", bool(tally.last_error), backup_job=job)
        text.set("bim_backup_retention_removed_snapshots_total", tally.removed, backup_job=job)
    return text


def main(arguments: list[str] | None = None) -> int:
    """Writes the textfile and gives the exit code."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--settings", type=Path, default=KEEPER_SETTINGS)
    options = parser.parse_args(arguments)
    try:
        settings = json.loads(options.settings.read_text(encoding="utf-8"))
        measured(settings, time.time()).write(Path(settings["metrics"]) / "backup_repository.prom")
    except (OSError, ValueError, KeyError) as error:
        print(f"{options.settings}: {error!r}", file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
