"""Backs up one job of this host and calls it good only after the server has listed what it took.

    python3 -m exporters.backup_run run JOB [--accept-shrink]
    python3 -m exporters.backup_run prepare JOB   find or make the repository, publish zeros
    python3 -m exporters.backup_run settle JOB    close what a killed run left open

Exit codes: 0 done; 2 settings or manifest wrong; 3 source unfit; 4 a hook failed; 5 the repository refused, is full,
foreign or out of reach; 6 the server does not list the snapshot; 7 interrupted; 75 another run is at work.
"""

from __future__ import annotations

import argparse
import json
import os
import signal
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import FrameType
from typing import Any

from exporters import backup_content as content
from exporters import backup_record as records
from exporters import backup_source as source
from exporters.backup_restic import Answer, Repository, RepositoryError

SETTINGS = Path("/etc/estate/backup_client.json")


class SettingsError(Exception):
    """Says which setting is missing and where it belongs."""


class UnconfirmedError(Exception):
    """Says what the server does not know of a snapshot that restic called saved."""


class InterruptedRun(Exception):  # noqa: N818 - a run that is told to stop is no error of its own
    """Says that the run was told to stop."""


EXITS: dict[type[Exception], int] = {
    SettingsError: 2,
    source.ManifestError: 2,
    source.SourceError: 3,
    content.ContentError: 3,
    source.HookError: 4,
    RepositoryError: 5,
    UnconfirmedError: 6,
    InterruptedRun: 7,
    records.BusyError: 75,
}


@dataclass(frozen=True)
class Job:
    """Holds all a run needs to know: what is declared, where things lie, how the repository is opened."""

    id: str
    host: str
    declared: Mapping[str, Any]
    manifests: Path
    folder: Path
    metrics: Path
    repository: Repository

    @property
    def tag(self) -> str:
        """Gives the tag that every snapshot of the job carries."""
        return f"job={self.id}"

    @property
    def listing(self) -> Path:
        """Names the list of contents, which travels inside the snapshot."""
        return self.folder / "content.jsonl"


def load_job(path: Path, name: str) -> Job:
    """Reads settings and secrets of one job; raises SettingsError when either does not know it."""
    try:
        settings = json.loads(path.read_text(encoding="utf-8"))
        secrets = json.loads(Path(settings["secrets"]).read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise SettingsError(f"settings of the backup client cannot be read: {error}") from error
    if name not in settings["jobs"] or name not in secrets["keys"]:
        known = ", ".join(sorted(settings["jobs"])) or "none"
        raise SettingsError(f"{path}: no job {name!r} with a key; jobs of this host: {known}")
    folder = Path(settings["state"]) / name
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    repository = Repository(
        url=f"{settings['repository_url'].rstrip('/')}/{name}",
        key=secrets["keys"][name],
        username=secrets["username"],
        password=secrets["password"],
        ca_certificate=settings["ca_certificate"],
        cache=settings["cache"],
    )
    places = Path(settings["manifests"]), folder, Path(settings["metrics"])
    return Job(name, settings["host"], settings["jobs"][name], *places, repository)


def prepare(job: Job) -> bool:
    """Finds the repository, or makes it when the server says there is none; tells whether it was made.

    A repository this host has used before and that is now gone is a loss, never a reason for a new one.
    """
    with records.alone(job.folder):
        record = records.load(job.folder)
        made = False
        if not job.repository.exists():
            if record.repository_id:
                raise RepositoryError(_lost(job, record))
            answer = job.repository.run("init")
            if answer.code:
                raise job.repository.error("init", answer)
            made = True
        found = job.repository.id()
        if record.repository_id not in ("", found):
            raise RepositoryError(_foreign(job, record, found))
        record.repository_id = found
        records.save(job.folder, record)
        records.publish(job.id, record, job.declared, job.metrics)
        return made


def settle(job: Job) -> bool:
    """Closes a run that was killed: runs the hook it owed, counts a failure; tells whether there was one."""
    with records.alone(job.folder):
        return _settle(job, records.load(job.folder))


def run(job: Job, accept_shrink: bool = False) -> records.Record:
    """Makes one backup and gives the record of it; raises one of EXITS after counting the failure."""
    if not records.prepared(job.folder):
        raise SettingsError("this job was never prepared on this host; apply the backup client's role")
    with records.alone(job.folder):
        record = records.load(job.folder)
        _settle(job, record)
        started = time.monotonic()
        record.running = {"started": time.time(), "post": []}
        records.save(job.folder, record)
        try:
            with _stoppable():
                listed, snapshot = _copy(job, record, accept_shrink)
        except BaseException as error:
            _fail(job, record, str(error) or type(error).__name__)
            raise
        record.success += 1
        record.last_success = time.time()
        record.duration = time.monotonic() - started
        record.size, record.files, record.snapshot = listed.size, listed.files, snapshot
        record.last_error, record.running = "", {}
        records.save(job.folder, record)
        records.publish(job.id, record, job.declared, job.metrics)
        return record


def _copy(job: Job, record: records.Record, accept_shrink: bool) -> tuple[content.Content, str]:
    manifest = source.stricter(source.load_manifest(job.manifests, job.id), job.declared)
    source.refuse_unmounted(manifest)
    _recognise(job, record)
    record.running["post"] = list(manifest.post)
    records.save(job.folder, record)
    try:
        source.run_hook("pre", manifest.pre)
        source.refuse_missing(manifest)
        listed = content.scan(job.id, manifest.paths, manifest.exclude, content.read(job.listing))
        before = (
            source.Extent(record.files, record.size) if record.last_success and not accept_shrink else None
        )
        source.refuse_shrunken(manifest, source.Extent(listed.files, listed.size), before)
        content.write(listed, job.listing)
        snapshot = _saved(job.repository.run(*_arguments(job, manifest)), job)
    finally:
        source.run_hook("post", manifest.post)
        record.running["post"] = []
        records.save(job.folder, record)
    if changed := content.changed_since(listed):
        print(f"{changed} files changed while they were copied; the restore will name them")
    _confirm(job, snapshot)
    return listed, snapshot


def _recognise(job: Job, record: records.Record) -> None:
    """Makes sure that the repository is the one this host knows; raises RepositoryError otherwise."""
    seen = job.repository.fingerprint()
    if seen is None:
        raise RepositoryError(_lost(job, record))
    if seen == record.fingerprint:
        return
    found = job.repository.id()
    if found != record.repository_id:
        raise RepositoryError(_foreign(job, record, found))
    record.fingerprint = seen


def _arguments(job: Job, manifest: source.Manifest) -> list[str]:
    excluded = [word for rule in manifest.exclude for word in ("--exclude", rule)]
    arguments = ["backup", "--host", job.host, "--tag", job.tag, "--retry-lock", "5m", *excluded]
    return [*arguments, "--", *manifest.paths, str(job.listing)]


def _saved(answer: Answer, job: Job) -> str:
    """Gives the id of the snapshot; restic's code 3 counts as saved only when every lost file is truly gone."""
    lost = [str(message.get("item", "")) for message in answer.of("error")]
    if answer.code == 3 and (not lost or any(os.path.lexists(item) for item in lost)):
        raise source.SourceError(f"restic could not read {', '.join(lost) or 'a part of the source'}")
    if answer.code not in (0, 3):
        raise job.repository.error("backup", answer)
    summaries = answer.of("summary")
    if not summaries or not summaries[-1].get("snapshot_id"):
        raise UnconfirmedError("restic ended well but named no snapshot")
    return str(summaries[-1]["snapshot_id"])


def _confirm(job: Job, snapshot: str) -> None:
    """Asks the server itself, not restic or its cache, whether the snapshot lies there."""
    if snapshot not in job.repository.stored_snapshots():
        raise UnconfirmedError(f"the server does not list snapshot {snapshot[:8]} of {job.tag}")


def _settle(job: Job, record: records.Record) -> bool:
    if not record.running:
        return False
    owed = tuple(record.running.get("post", ()))
    try:
        source.run_hook("post", owed)
        words = "the run was killed"
    except source.HookError as error:
        words = f"the run was killed, then: {error}"
    _fail(job, record, words)
    return True


def _fail(job: Job, record: records.Record, words: str) -> None:
    record.failure += 1
    record.last_error, record.running = words, {}
    records.save(job.folder, record)
    records.publish(job.id, record, job.declared, job.metrics)


@contextmanager
def _stoppable() -> Iterator[None]:
    """Turns a request to stop into an exception, so that the post hook still runs."""

    def stop(_number: int, _frame: FrameType | None) -> None:
        raise InterruptedRun("the run was told to stop")

    before = signal.signal(signal.SIGTERM, stop)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


def _lost(job: Job, record: records.Record) -> str:
    return (
        f"{job.repository.url}: the server has no repository here, this host used {record.repository_id[:8] or 'none'}."
        " If it was never made, apply the backup client's role; if it is lost, see the role's RUNBOOK."
    )


def _foreign(job: Job, record: records.Record, found: str) -> str:
    return (
        f"{job.repository.url}: found repository {found[:8]}, this host knows {record.repository_id[:8] or 'none'}."
        " Nothing was written to it. See the RUNBOOK of the backup client before accepting it."
    )


def main(arguments: list[str] | None = None) -> int:
    """Runs one verb and gives its exit code."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("verb", choices=("run", "prepare", "settle"))
    parser.add_argument("job")
    parser.add_argument("--settings", type=Path, default=SETTINGS)
    parser.add_argument("--accept-shrink", action="store_true")
    options = parser.parse_args(arguments)
    try:
        job = load_job(options.settings, options.job)
        if options.verb == "prepare":
            print("made the repository" if prepare(job) else "found the repository")
        elif options.verb == "settle":
            print("closed a killed run as failed" if settle(job) else "nothing was open")
        else:
            record = run(job, options.accept_shrink)
            print(f"backed up {record.files} files, {record.size} bytes as {record.snapshot[:8]}")
    except tuple(EXITS) as error:
        after = f"; before that: {error.__context__}" if isinstance(error.__context__, tuple(EXITS)) else ""
        print(f"{options.job}: {error}{after}", file=sys.stderr)
        return EXITS[type(error)]
    return 0


if __name__ == "__main__":
    sys.exit(main())
