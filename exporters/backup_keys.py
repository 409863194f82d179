"""Gives a repository its further keys: the keeper's on the repository's host, the envelope's for the day of loss.

    python3 -m exporters.backup_keys keeper JOB --settings F   on the repository's host; standard input: client's key
    python3 -m exporters.backup_keys escrow JOB                on the client; standard input: the envelope's new key

Keys travel by standard input and pipes only. Exit codes: 0 done, 2 used wrongly, 5 the repository refused.
"""

from __future__ import annotations

import argparse
import json
import os
import secrets
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from exporters import backup_run
from exporters.backup_restic import Repository, RepositoryError

KEEPER_SETTINGS = Path("/etc/estate/backup_repository.json")


@dataclass(frozen=True)
class Keeper:
    """Holds what the repository's host knows of one repository: where it is, who it is, its own key."""

    path: str
    repository_id: str
    key: str = field(repr=False)

    @property
    def repository(self) -> Repository:
        """Opens the repository where it lies."""
        return Repository(self.path, self.key)


def keeper_file(settings: dict[str, Any], job: str) -> Path:
    """Names the file that registers the repository of a job."""
    return Path(settings["state"]) / f"{job}.keeper.json"


def repository_path(settings: dict[str, Any], job: str) -> str:
    """Names the folder of a job's repository; raises ValueError for one that could not be right."""
    root, host = settings["path"], settings["jobs"][job]["host"]
    path = f"{root}/{host}/{job}"
    if not root.startswith("/") or len(Path(root).parts) < 3 or not host or ".." in Path(path).parts:
        raise ValueError(f"{path!r} is no place of a repository; expected /one/folder/host/job")
    return path


def load_keeper(settings: dict[str, Any], job: str) -> Keeper | None:
    """Reads the registration of a job's repository; None when there is none yet."""
    path = keeper_file(settings, job)
    return Keeper(**json.loads(path.read_text(encoding="utf-8"))) if path.exists() else None


def register_keeper(settings: dict[str, Any], job: str, client_key: str) -> bool:
    """Adds the keeper's key and registers the repository's identity; tells whether it was new.

    A registered repository that is another one today is refused: pruning it would be pruning a stranger's.
    """
    path = repository_path(settings, job)
    found = Repository(path, client_key).id()
    known = load_keeper(settings, job)
    if known and (known.path, known.repository_id) != (path, found):
        raise RepositoryError(
            f"{path}: found repository {found[:8]}, registered is {known.repository_id[:8]} at {known.path}. "
            "See the RUNBOOK of the backup repository before accepting it."
        )
    if known:
        return False
    key = secrets.token_urlsafe(32)
    _add_key(Repository(path, client_key), key, "keeper")
    _write_secret(keeper_file(settings, job), {"path": path, "repository_id": found, "key": key})
    return True


def add_escrow_key(job: backup_run.Job, key: str) -> dict[str, str]:
    """Adds the envelope's key to the job's repository and gives what the envelope has to name."""
    _add_key(job.repository, key, "escrow")
    ca = Path(job.repository.ca_certificate).read_text(encoding="utf-8")
    return {
        "repository_url": job.repository.url,
        "repository_id": job.repository.id(),
        "username": job.repository.username,
        "ca_certificate": ca,
    }


def _add_key(repository: Repository, key: str, holder: str) -> None:
    answer = repository.run("key", "add", "--host", holder, "--user", "estate", new_key=key)
    if answer.code:
        raise repository.error("key add", answer)


def _write_secret(path: Path, content: dict[str, str]) -> None:
    aside = path.with_name(f".{path.name}.new")
    aside.unlink(missing_ok=True)
    with os.fdopen(os.open(aside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as stream:
        json.dump(content, stream)
        stream.flush()
        os.fsync(stream.fileno())
    aside.replace(path)


def main(arguments: list[str] | None = None) -> int:
    """Adds one key and gives the exit code."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("holder", choices=("keeper", "escrow"))
    parser.add_argument("job")
    parser.add_argument("--settings", type=Path)
    options = parser.parse_args(arguments)
    key = sys.stdin.read().strip()
    if not key:
        parser.error("standard input: expected a key")
    try:
        if options.holder == "keeper":
            settings = json.loads((options.settings or KEEPER_SETTINGS).read_text(encoding="utf-8"))
            print("registered" if register_keeper(settings, options.job, key) else "known")
        else:
            job = backup_run.load_job(options.settings or backup_run.SETTINGS, options.job)
            print(json.dumps(add_escrow_key(job, key)))
    except (backup_run.SettingsError, ValueError, KeyError, OSError) as error:
        print(f"{options.job}: {error}", file=sys.stderr)
        return 2
    except RepositoryError as error:
        print(f"{options.job}: {error}", file=sys.stderr)
        return 5
    return 0


if __name__ == "__main__":
    sys.exit(main())
