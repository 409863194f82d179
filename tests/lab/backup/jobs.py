"""Lays out and runs the test's own backup jobs (`deneme`, `dolu`) beside the declared one, with real restic."""

import json
from typing import Any

from estate.declared import load
from tests.lab.reaching import LAB, Answer, on, sure

ESTATE = load(LAB.inventory)
REPOSITORY = ESTATE.backups.repository
SERVER = str(REPOSITORY.host)
CLIENT = str(ESTATE.backups.jobs[0].host)
ROOM = "/var/tmp/estate-test-backup"
KEEPER = "/var/tmp/estate-test-keeper"
KEY = "KANARYA-anahtar-7c1f"
PROGRAM = "env PYTHONPATH=/usr/local/lib/estate python3 -B -m"


def write(host: str, path: str, text: str) -> None:
    sure(host, f"cat > {path}", text)


def manifest(job: str = "deneme", **more: Any) -> None:
    """Drops the manifest of a job of the test."""
    content = {"job": job, "service": job, "paths": [f"{ROOM}/kaynak"], "min_bytes": 1000, **more}
    write(CLIENT, f"{ROOM}/manifests/{job}.yml", json.dumps(content))


def back_up(job: str = "deneme", *words: str) -> Answer:
    settings = f"--settings {ROOM}/settings.json"
    return on(CLIENT, f"{PROGRAM} exporters.backup_run run {job} {settings} {' '.join(words)}")


def counted(job: str = "deneme") -> tuple[float, float, float]:
    """Gives what Prometheus would see: successes, failures, time of the last success."""
    text = sure(CLIENT, f"cat {ROOM}/metrics/backup_{job}.prom")
    values = dict(line.rsplit(" ", 1) for line in text.splitlines() if line[0] != "#")
    runs = "bim_backup_runs_total"
    names = (
        f'{runs}{{backup_job="{job}",result="success"}}',
        f'{runs}{{backup_job="{job}",result="failure"}}',
    )
    last = f'bim_backup_last_success_timestamp_seconds{{backup_job="{job}"}}'
    return float(values[names[0]]), float(values[names[1]]), float(values[last])


def snapshots(job: str = "deneme") -> list[str]:
    """Gives the snapshots of a job as they lie on the server's disk."""
    return sorted(sure(SERVER, f"ls {REPOSITORY.path}/{CLIENT}/{job}/snapshots").split())


def fails_alone(said: Answer, words: str, code: int, before: tuple[float, float, float]) -> bool:
    """Tells whether a run failed for this reason and left the last success as it was."""
    assert (said.returncode, words in said.stderr) == (code, True), said
    return counted() == (before[0], before[1] + 1, before[2])


def restic(words: str, job: str = "deneme") -> str:
    """Gives a script that calls restic alone with the client's own credential."""
    return (
        f'eval $(python3 -c \'import json,shlex; s=json.load(open("{ROOM}/secrets.json")); '
        'print("export RESTIC_REST_USERNAME="+shlex.quote(s["username"]), '
        '"RESTIC_REST_PASSWORD="+shlex.quote(s["password"]))\'); '
        f"export RESTIC_PASSWORD={KEY} RESTIC_CACERT=/etc/estate/backup_client.ca.pem "
        f"RESTIC_CACHE_DIR={ROOM}/cache; restic -r rest:https://{SERVER}.{ESTATE.networks.domain}"
        f":{REPOSITORY.port}/{CLIENT}/{job}/ {words}"
    )
