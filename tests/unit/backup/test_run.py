"""A run is good only when everything was; whatever stops it leaves the last success as it was."""

import json
import signal
import subprocess
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from exporters import backup_record as records
from exporters import backup_run
from exporters import backup_source as source
from exporters.backup_restic import Answer, Repository, RepositoryError

SAVED = Answer(0, ({"message_type": "summary", "snapshot_id": "abcdef0123456789"},), "")


@dataclass
class Sealed:
    """Stands for a repository; a question it was not told the answer to fails the test."""

    there: bool = True
    identity: str = "depo-1"
    answers: dict[str, Answer] = field(default_factory=lambda: {"backup": SAVED})
    listed: tuple[str, ...] = ("abcdef0123456789",)
    url: str = "https://h:1/posta/eposta"
    asked: list[tuple[str, ...]] = field(default_factory=list)
    error = Repository.error

    def exists(self) -> bool:
        return self.there

    def fingerprint(self) -> str | None:
        return f"print of {self.identity}" if self.there else None

    def id(self) -> str:
        return self.identity

    def run(self, *arguments: str, new_key: str = "") -> Answer:
        self.asked.append(arguments)
        if arguments[0] == "init":
            self.there = True
        return self.answers[arguments[0]]

    def stored_snapshots(self) -> list[str]:
        return list(self.listed)


@pytest.fixture
def job(tmp_path: Path) -> backup_run.Job:
    (tmp_path / "kaynak").mkdir()
    (tmp_path / "kaynak" / "1.eml").write_text("dilekçe", encoding="utf-8")
    for folder in ("manifests", "durum", "metrics"):
        (tmp_path / folder).mkdir()
    repository: Any = Sealed()
    places = tmp_path / "manifests", tmp_path / "durum", tmp_path / "metrics"
    made = backup_run.Job("eposta", "posta", {"rpo_seconds": 3600}, *places, repository)
    _manifest(made)
    records.save(made.folder, records.Record(repository_id="depo-1"))
    return made


def _manifest(job: backup_run.Job, **more: Any) -> None:
    manifest = {"job": "eposta", "service": "eposta", "paths": [str(job.folder.parent / "kaynak")], **more}
    (job.manifests / "eposta.yml").write_text(json.dumps(manifest), encoding="utf-8")


def _good(job: backup_run.Job) -> records.Record:
    return backup_run.run(job)


def _sealed(job: backup_run.Job) -> Sealed:
    repository: Any = job.repository
    assert isinstance(repository, Sealed)
    return repository


def _metrics(job: backup_run.Job) -> dict[str, float]:
    lines = (job.metrics / "backup_eposta.prom").read_text(encoding="utf-8").splitlines()
    return {name: float(value) for name, value in (line.rsplit(" ", 1) for line in lines if line[0] != "#")}


SUCCESS = 'bim_backup_runs_total{backup_job="eposta",result="success"}'
FAILURE = 'bim_backup_runs_total{backup_job="eposta",result="failure"}'
LAST = 'bim_backup_last_success_timestamp_seconds{backup_job="eposta"}'


def test_a_good_run_counts_and_says_when(job: backup_run.Job) -> None:
    before = time.time()
    record = _good(job)
    measured = _metrics(job)
    assert (measured[SUCCESS], measured[FAILURE], measured[LAST] >= before) == (1, 0, True)
    assert (record.files, record.size, record.snapshot) == (1, 8, "abcdef0123456789")
    assert _sealed(job).asked[0][:5] == ("backup", "--host", "posta", "--tag", "job=eposta")


def test_preparing_publishes_zeros_before_the_first_run(job: backup_run.Job) -> None:
    (job.folder / "record.json").unlink()
    assert backup_run.prepare(job) is False
    measured = _metrics(job)
    assert (measured[SUCCESS], measured[FAILURE], measured[LAST]) == (0, 0, 0)
    assert not [name for name in measured if "size" in name or "duration" in name], "absent until measured"


def test_a_repository_is_made_only_when_the_server_says_there_is_none(job: backup_run.Job) -> None:
    (job.folder / "record.json").unlink()
    sealed = _sealed(job)
    sealed.there, sealed.answers = False, {"init": Answer(0, (), "")}
    assert backup_run.prepare(job) is True
    assert sealed.asked == [("init",)]


def test_a_repository_that_vanished_is_a_loss_not_a_reason_for_a_new_one(job: backup_run.Job) -> None:
    _sealed(job).there = False
    with pytest.raises(RepositoryError, match="this host used depo-1"):
        backup_run.prepare(job)
    assert _sealed(job).asked == []


def test_another_repository_under_the_same_address_gets_nothing(job: backup_run.Job) -> None:
    _sealed(job).identity = "yabanci"
    with pytest.raises(RepositoryError, match="found repository yabanci"):
        backup_run.run(job)
    assert _sealed(job).asked == []


def _unmounted(job: backup_run.Job) -> None:
    _manifest(job, require_mounts=[str(job.folder)])


def _missing(job: backup_run.Job) -> None:
    _manifest(job, paths=[str(job.folder.parent / "kaynak"), "/srv/paylasim/yok"])


def _shrunken(job: backup_run.Job) -> None:
    (job.folder.parent / "kaynak" / "1.eml").write_text("d", encoding="utf-8")


def _hooked(job: backup_run.Job) -> None:
    _manifest(job, pre=["false"])


def _late(job: backup_run.Job) -> None:
    _manifest(job, post=["false"])


def _full(job: backup_run.Job) -> None:
    _sealed(job).answers["backup"] = Answer(1, (), "the repository is full (507 Insufficient Storage)")


def _unreadable(job: backup_run.Job) -> None:
    lost = {"message_type": "error", "item": str(job.folder.parent / "kaynak" / "1.eml")}
    _sealed(job).answers["backup"] = Answer(3, (lost, *SAVED.messages), "")


def _nameless(job: backup_run.Job) -> None:
    _sealed(job).answers["backup"] = Answer(0, (), "")


def _unlisted(job: backup_run.Job) -> None:
    _sealed(job).listed = ("another",)


def _unmanifested(job: backup_run.Job) -> None:
    (job.manifests / "eposta.yml").unlink()


@pytest.mark.parametrize(
    ("break_it", "code"),
    [
        (_unmanifested, 2),
        (_unmounted, 3),
        (_missing, 3),
        (_shrunken, 3),
        (_unreadable, 3),
        (_hooked, 4),
        (_late, 4),
        (_full, 5),
        (_nameless, 6),
        (_unlisted, 6),
    ],
)
def test_whatever_goes_wrong_counts_as_failure_and_leaves_the_last_success(
    job: backup_run.Job, break_it: Any, code: int
) -> None:
    last = _good(job).last_success
    break_it(job)
    with pytest.raises(tuple(backup_run.EXITS)) as failed:
        backup_run.run(job)
    measured = _metrics(job)
    assert backup_run.EXITS[failed.type] == code
    assert (measured[SUCCESS], measured[FAILURE], measured[LAST]) == (1, 1, last)


def test_a_file_that_truly_vanished_meanwhile_is_no_failure(job: backup_run.Job) -> None:
    lost = {"message_type": "error", "item": "/srv/mail/tmp/gone"}
    _sealed(job).answers["backup"] = Answer(3, (lost, *SAVED.messages), "")
    assert backup_run.run(job).success == 1


def test_a_shrunken_source_is_accepted_once_by_hand(job: backup_run.Job) -> None:
    _good(job)
    _shrunken(job)
    assert backup_run.run(job, accept_shrink=True).success == 2
    assert backup_run.run(job).success == 3


def test_the_post_hook_runs_after_a_failed_pre_hook(job: backup_run.Job) -> None:
    trace = job.folder / "post"
    _manifest(job, pre=["false"], post=["touch", str(trace)])
    with pytest.raises(source.HookError, match="pre hook"):
        backup_run.run(job)
    assert trace.exists()


def test_a_killed_run_is_closed_as_failed_and_its_post_hook_runs(job: backup_run.Job) -> None:
    last = _good(job).last_success
    trace = job.folder / "post"
    record = records.load(job.folder)
    record.running = {"started": 1.0, "post": ["touch", str(trace)]}
    records.save(job.folder, record)
    assert backup_run.settle(job) is True
    assert backup_run.settle(job) is False
    measured = _metrics(job)
    assert (trace.exists(), measured[FAILURE], measured[LAST]) == (True, 1, last)


def test_two_runs_at_a_time_are_refused_and_counted_once(job: backup_run.Job) -> None:
    with records.alone(job.folder), pytest.raises(records.BusyError):
        backup_run.run(job)
    assert records.load(job.folder).failure == 0


def test_a_record_of_another_version_is_understood(job: backup_run.Job) -> None:
    record = {"repository_id": "depo-1", "success": 7, "of_a_later_version": 1}
    (job.folder / "record.json").write_text(json.dumps(record), encoding="utf-8")
    assert backup_run.run(job).success == 8


def test_a_job_never_prepared_is_told_what_to_do(job: backup_run.Job) -> None:
    (job.folder / "record.json").unlink()
    with pytest.raises(backup_run.SettingsError, match="never prepared"):
        backup_run.run(job)


def test_a_run_told_to_stop_runs_its_post_hook_and_counts_as_failed(tmp_path: Path) -> None:
    """systemd sends SIGTERM when a run takes too long or the host goes down."""
    for folder in ("manifests", "durum/eposta", "metrics", "kaynak"):
        (tmp_path / folder).mkdir(parents=True)
    (tmp_path / "restic").write_text('#!/bin/sh\necho \'{"id": "depo-1"}\'\n', encoding="utf-8")
    (tmp_path / "restic").chmod(0o755)
    (tmp_path / "depo" / "eposta").mkdir(parents=True)
    (tmp_path / "depo" / "eposta" / "config").touch()
    manifest = {"job": "eposta", "service": "eposta", "paths": [str(tmp_path / "kaynak")]}
    manifest |= {
        "pre": ["sh", "-c", f"touch {tmp_path}/pre; sleep 30"],
        "post": ["touch", f"{tmp_path}/post"],
    }
    (tmp_path / "manifests" / "eposta.yml").write_text(json.dumps(manifest), encoding="utf-8")
    (tmp_path / "secrets.json").write_text(
        json.dumps({"username": "posta", "password": "p", "keys": {"eposta": "k"}}), encoding="utf-8"
    )
    settings: dict[str, Any] = {
        "repository_url": str(tmp_path / "depo"),
        "host": "posta",
        "ca_certificate": "",
        "cache": "",
        "secrets": str(tmp_path / "secrets.json"),
        "state": str(tmp_path / "durum"),
        "manifests": str(tmp_path / "manifests"),
        "metrics": str(tmp_path / "metrics"),
        "jobs": {"eposta": {"rpo_seconds": 1}},
    }
    (tmp_path / "settings.json").write_text(json.dumps(settings), encoding="utf-8")
    records.save(tmp_path / "durum" / "eposta", records.Record(repository_id="depo-1"))
    words = ["-m", "exporters.backup_run", "run", "eposta", "--settings", str(tmp_path / "settings.json")]
    path = {"PATH": f"{tmp_path}:/usr/bin:/bin"}
    root = Path(__file__).parents[3]
    with subprocess.Popen([sys.executable, *words], cwd=root, env=path, stderr=subprocess.PIPE) as process:
        for _ in range(200):
            if (tmp_path / "pre").exists():
                break
            time.sleep(0.05)
        process.send_signal(signal.SIGTERM)
        _, said = process.communicate(timeout=20)
    assert (process.returncode, b"told to stop" in said) == (7, True)
    assert (tmp_path / "post").exists()
    assert records.load(tmp_path / "durum" / "eposta").failure == 1
