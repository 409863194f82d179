"""Gives every test of backups the jobs of the test, and removes them in the end."""

import json
from collections.abc import Iterator

import pytest

from tests.lab.backup.jobs import (
    CLIENT,
    KEEPER,
    KEY,
    PROGRAM,
    REPOSITORY,
    ROOM,
    SERVER,
    back_up,
    counted,
    manifest,
    write,
)
from tests.lab.reaching import sure


@pytest.fixture(scope="package", autouse=True)
def room() -> Iterator[None]:
    """Lays out the test's own jobs: settings, keys, source and a first backup of each."""
    _clear()
    sure(CLIENT, f"mkdir -p {ROOM}/kaynak {ROOM}/manifests {ROOM}/metrics && chmod 700 {ROOM}")
    sure(CLIENT, f"for i in $(seq 40); do head -c 50000 /dev/urandom > {ROOM}/kaynak/ileti-$i.eml; done")
    settings = json.loads(sure(CLIENT, "cat /etc/estate/backup_client.json"))
    secrets = json.loads(sure(CLIENT, "cat /etc/estate/backup_client.secrets.json"))
    declared = {"rpo_seconds": 3600, "min_bytes": 1000, "max_shrink_ratio": 0.5}
    settings |= {"secrets": f"{ROOM}/secrets.json", "jobs": {"deneme": declared, "dolu": declared}}
    settings |= {key: f"{ROOM}/{key}" for key in ("manifests", "metrics", "state", "cache")}
    write(CLIENT, f"{ROOM}/secrets.json", json.dumps({**secrets, "keys": {"deneme": KEY, "dolu": KEY}}))
    write(CLIENT, f"{ROOM}/settings.json", json.dumps(settings))
    manifest()
    sure(CLIENT, f"{PROGRAM} exporters.backup_run prepare deneme --settings {ROOM}/settings.json")
    assert counted() == (0, 0, 0), "both results and the time are there before the first run"
    assert back_up().returncode == 0
    yield
    _clear()


def _clear() -> None:
    place = f"{REPOSITORY.path}/{CLIENT}"
    sure(SERVER, f"! umount {place}/dolu 2>/dev/null || systemctl restart restic-rest-server")
    sure(SERVER, f"rm -rf {place}/deneme {place}/dolu {place}/kopya {KEEPER}")
    sure(CLIENT, f"umount {ROOM}/kaynak/bagli 2>/dev/null || true; rm -rf {ROOM}")
    unit = "/etc/systemd/system/estate-backup@deneme.service.d"
    sure(
        CLIENT,
        f"rm -rf {unit}; systemctl daemon-reload; systemctl reset-failed 'estate-backup@deneme*' || true",
    )
