"""Removes old snapshots on the repository's host, but only after every guard agrees with what would go.

    python3 -m exporters.backup_retention [--job JOB] [--settings FILE] [--accept-shrink]

Guards: the repository is the registered one; the client's times fit the times of receipt; the newest and at least
the minimum stay; nothing much larger than what stays goes. Exit codes: 0 done, 1 at least one job refused, 2 used
wrongly. A refused job loses nothing. Every decision is added to a log whose lines are chained by hash.
"""

from __future__ import annotations

import argparse
import fcntl
import hashlib
import json
import os
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from exporters import backup_keys as keys
from exporters.backup_restic import Repository, RepositoryError
from exporters.backup_restore import moment

AHEAD_SECONDS = 300
"""A client's clock may be ahead of the repository's by this much."""

LONGEST_SECONDS = 6 * 3600
"""A snapshot bears the time its run began and arrives when it ends: no run is longer than this."""


class RefusedError(Exception):
    """Says which guard objects and to what."""


@dataclass(frozen=True)
class Snapshot:
    """Holds what the client claims of a snapshot (`time`, `size`) and what the server saw (`received`)."""

    id: str
    time: float
    received: float
    size: int | None


@dataclass
class Tally:
    """Counts a job's retention runs across restarts; `running` tells a killed run."""

    success: int = 0
    failure: int = 0
    last_success: float = 0.0
    removed: int = 0
    kept: int = 0
    last_error: str = ""
    running: bool = False


def implausible(snapshots: Sequence[Snapshot]) -> list[Snapshot]:
    """Finds the snapshots whose claimed time cannot be true: they would push honest ones out of the policy."""
    return [
        item
        for item in snapshots
        if not item.received - LONGEST_SECONDS <= item.time <= item.received + AHEAD_SECONDS
    ]


def judged(
    keep: Sequence[Snapshot], remove: Sequence[Snapshot], declared: Mapping[str, Any], accept_shrink: bool
) -> list[str]:
    """Gives the ids that may go; raises RefusedError when a guard objects to any of it."""
    everything = [*keep, *remove]
    if false := implausible(everything):
        named = ", ".join(
            f"{item.id[:8]} claims {_clock(item.time)}, came {_clock(item.received)}" for item in false
        )
        raise RefusedError(f"{len(false)} snapshots bear a time that cannot be true: {named}")
    minimum = max(1, int(declared["minimum_snapshots"]))
    if remove and len(keep) < minimum:
        raise RefusedError(f"the policy would leave {len(keep)} snapshots, at least {minimum} must stay")
    newest = max(everything, key=lambda item: item.received, default=None)
    if newest in remove:
        raise RefusedError("the policy would remove the newest snapshot")
    largest = max((item.size or 0 for item in remove), default=0)
    floor = (1 - float(declared["max_shrink_ratio"])) * largest
    if newest and newest.size is not None and newest.size < floor and not accept_shrink:
        raise RefusedError(
            f"the newest snapshot holds {newest.size} bytes, one that would go holds {largest}. If this is right, "
            "run once with --accept-shrink."
        )
    return [item.id for item in remove]


def policy(retention: Mapping[str, Any], keep_within: str) -> list[str]:
    """Gives restic's arguments for a declared retention; an empty one is refused, as it would keep nothing."""
    known = ("last", "hourly", "daily", "weekly", "monthly", "yearly")
    words = [word for key in known if retention.get(key) for word in (f"--keep-{key}", str(retention[key]))]
    words += ["--keep-within", keep_within] if keep_within else []
    if not words or set(retention) - set(known):
        raise RefusedError(f"retention {dict(retention)}: expected numbers for some of {', '.join(known)}")
    return words


def chained(path: Path, entry: Mapping[str, Any]) -> None:
    """Adds one line to the log, bound to the line before it by that line's hash."""
    with path.open("a+", encoding="utf-8") as stream:
        fcntl.flock(stream, fcntl.LOCK_EX)
        stream.seek(0)
        lines = stream.read().splitlines()
        before = hashlib.sha256(lines[-1].encode()).hexdigest() if lines else ""
        stream.write(json.dumps({**entry, "previous": before}, sort_keys=True) + "\n")
        stream.flush()
        os.fsync(stream.fileno())


def broken_link(path: Path) -> int | None:
    """Gives the number of the first line of the log that does not follow from the one before; None if all do."""
    before = ""
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
        try:
            if json.loads(line)["previous"] != before:
                return number
        except (ValueError, KeyError):
            return number
        before = hashlib.sha256(line.encode()).hexdigest()
    return None


def load_tally(settings: Mapping[str, Any], job: str) -> Tally:
    """Reads the tally of a job; a job never pruned has an empty one."""
    path = Path(settings["state"]) / f"{job}.retention.json"
    return Tally(**json.loads(path.read_text(encoding="utf-8"))) if path.exists() else Tally()


def thin_out(settings: dict[str, Any], job: str, accept_shrink: bool) -> tuple[int, int]:
    """Applies the policy to one job; gives how many stayed and went. Raises RefusedError, nothing removed."""
    declared = settings["jobs"][job]
    keeper = keys.load_keeper(settings, job)
    if keeper is None:
        raise RefusedError("the repository is not registered here; apply the backup client's role")
    if keeper.path != keys.repository_path(settings, job):
        raise RefusedError(f"registered is {keeper.path}, declared {keys.repository_path(settings, job)}")
    repository = keeper.repository
    found = repository.id()
    if found != keeper.repository_id:
        raise RefusedError(
            f"{keeper.path} holds repository {found[:8]}, registered is {keeper.repository_id[:8]}"
        )
    words = policy(declared["retention"], settings.get("keep_within", ""))
    groups = repository.ask("forget", "--dry-run", "--group-by", "", "--tag", f"job={job}", *words)
    if len(groups) != 1:
        raise RefusedError(f"expected one group of snapshots of job {job}, found {len(groups)}")
    keep, remove = (_seen(keeper.path, groups[0].get(part) or []) for part in ("keep", "remove"))
    going = judged(keep, remove, declared, accept_shrink)
    if going:
        _remove(repository, going)
    gone = [asdict(item) for item in remove]
    chained(Path(settings["log"]), {"time": time.time(), "job": job, "repository": found, "removed": gone})
    return len(keep), len(going)


def _remove(repository: Repository, going: Sequence[str]) -> None:
    repository.run("unlock")
    for command in (("forget", "--retry-lock", "10m", *going), ("prune", "--retry-lock", "10m")):
        answer = repository.run(*command)
        if answer.code:
            raise repository.error(command[0], answer)
    left = {str(item["id"]) for item in repository.ask("snapshots")} & set(going)
    if left:
        raise RepositoryError(f"{len(left)} snapshots are still there after they were removed")


def _seen(path: str, raw: Sequence[Mapping[str, Any]]) -> list[Snapshot]:
    return [
        Snapshot(
            id=str(item["id"]),
            time=moment(str(item["time"])).timestamp(),
            received=Path(path, "snapshots", str(item["id"])).stat().st_mtime,
            size=(item.get("summary") or {}).get("total_bytes_processed"),
        )
        for item in raw
    ]


def _clock(seconds: float) -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(seconds))


def _kept(settings: Mapping[str, Any], job: str, tally: Tally) -> None:
    path = Path(settings["state"]) / f"{job}.retention.json"
    aside = path.with_name(f".{path.name}.new")
    aside.write_text(json.dumps(asdict(tally), indent=1), encoding="utf-8")
    aside.replace(path)


def counted(settings: dict[str, Any], job: str, accept_shrink: bool) -> bool:
    """Thins out one job, keeps the tally whatever happens, says what it did; tells whether it went well."""
    tally = load_tally(settings, job)
    tally.failure += tally.running
    tally.running = True
    _kept(settings, job, tally)
    try:
        tally.kept, removed = thin_out(settings, job, accept_shrink)
    except (RefusedError, RepositoryError, OSError, ValueError) as error:
        tally.failure, tally.running, tally.last_error = tally.failure + 1, False, str(error)
        chained(Path(settings["log"]), {"time": time.time(), "job": job, "refused": str(error)})
        print(f"{job}: {error}. Nothing more was removed.", file=sys.stderr)
        return False
    else:
        tally.success, tally.running, tally.last_error = tally.success + 1, False, ""
        tally.removed, tally.last_success = tally.removed + removed, time.time()
        print(f"{job}: kept {tally.kept}, removed {removed}")
        return True
    finally:
        _kept(settings, job, tally)


def main(arguments: list[str] | None = None) -> int:
    """Thins out one job or all and gives the exit code."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--job")
    parser.add_argument("--settings", type=Path, default=keys.KEEPER_SETTINGS)
    parser.add_argument("--accept-shrink", action="store_true")
    options = parser.parse_args(arguments)
    try:
        settings = json.loads(options.settings.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        parser.error(f"{options.settings}: {error}")
    if options.job and options.job not in settings["jobs"]:
        parser.error(f"no job {options.job!r}; jobs: {', '.join(settings['jobs']) or 'none'}")
    chosen = [options.job] if options.job else list(settings["jobs"])
    results = [counted(settings, job, options.accept_shrink) for job in chosen]
    return 0 if all(results) else 1


if __name__ == "__main__":
    sys.exit(main())
