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

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric

from exporters.backup_keys import KEEPER_SETTINGS, repository_path
from exporters.backup_record import write_families
from exporters.backup_retention import load_tally

HELP = {
    "bim_backup_repository_free_bytes": "Free space of a backup repository.",
    "bim_backup_repository_snapshots": "Snapshots of a job that lie on the repository's host.",
    "bim_backup_repository_received_timestamp_seconds": "Receipt of a job's newest snapshot; 0 when there is none.",
    "bim_backup_offsite_last_success_timestamp_seconds": (
        "Time of the newest copy at another site; 0 when there was none."
    ),
    "bim_backup_plan_targets": "Systems by their place in the backup plan.",
    "bim_backup_retention_runs_total": "Retention runs of a job by result.",
    "bim_backup_retention_last_success_timestamp_seconds": (
        "End of the last good retention run of a job; 0 when there was none."
    ),
    "bim_backup_retention_removed_snapshots_total": "Snapshots of a job that retention removed.",
}
"""The words of exporters/catalogue.yml."""


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
    """Counts the services that hold data: all, those with a copy young enough, those exempt today."""
    fresh = {
        job
        for job, found in received.items()
        if found.newest and now - found.newest <= float(jobs[job]["max_age_seconds"])
    }
    today = date.fromtimestamp(now).isoformat()
    return {
        "in_scope": len(plan),
        "backed_up": sum(item.get("backup_job") in fresh for item in plan),
        "exempt": sum(any(str(until) >= today for until in item.get("exempt_until", ())) for item in plan),
    }


def families(settings: dict[str, Any], now: float) -> list[Metric]:
    """Gives every metric of the repository, each declared job in each."""
    jobs: Mapping[str, Any] = settings["jobs"]
    received = {job: observe(settings, job) for job in jobs}
    tallies = {job: load_tally(settings, job) for job in jobs}
    away = {job for job in jobs if jobs[job]["site"] != settings["site"]}
    free = {settings["repository"]: float(disk_usage(settings["path"]).free)}
    counts = plan_targets(settings["plan"], jobs, received, now)
    retention = CounterMetricFamily(
        "bim_backup_retention_runs", HELP["bim_backup_retention_runs_total"], labels=["backup_job", "result"]
    )
    removed = CounterMetricFamily(
        "bim_backup_retention_removed_snapshots",
        HELP["bim_backup_retention_removed_snapshots_total"],
        labels=["backup_job"],
    )
    for job, tally in tallies.items():
        retention.add_metric([job, "success"], tally.success)
        retention.add_metric([job, "failure"], tally.failure)
        removed.add_metric([job], tally.removed)
    return [
        _gauge("bim_backup_repository_free_bytes", "repository", free),
        _gauge(
            "bim_backup_repository_snapshots", "backup_job", {j: r.snapshots for j, r in received.items()}
        ),
        _gauge(
            "bim_backup_repository_received_timestamp_seconds",
            "backup_job",
            {job: found.newest for job, found in received.items()},
        ),
        _gauge(
            "bim_backup_offsite_last_success_timestamp_seconds",
            "backup_job",
            {job: found.newest if job in away else 0.0 for job, found in received.items()},
        ),
        _gauge("bim_backup_plan_targets", "state", counts),
        retention,
        _gauge(
            "bim_backup_retention_last_success_timestamp_seconds",
            "backup_job",
            {job: tally.last_success for job, tally in tallies.items()},
        ),
        removed,
    ]


def _gauge(name: str, label: str, values: Mapping[str, float]) -> Metric:
    family = GaugeMetricFamily(name, HELP[name], labels=[label])
    for value, number in values.items():
        family.add_metric([value], number)
    return family


def main(arguments: list[str] | None = None) -> int:
    """Writes the textfile and gives the exit code."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--settings", type=Path, default=KEEPER_SETTINGS)
    options = parser.parse_args(arguments)
    try:
        settings = json.loads(options.settings.read_text(encoding="utf-8"))
        write_families(Path(settings["metrics"]) / "backup_repository.prom", families(settings, time.time()))
    except (OSError, ValueError, KeyError) as error:
        print(f"{options.settings}: {error!r}", file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
