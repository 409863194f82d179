"""Backups are taken, or their failure is seen at once and changes nothing that was stored."""

import json
import time

import pytest

from tests.lab.backup.jobs import (
    CLIENT,
    KEY,
    PROGRAM,
    REPOSITORY,
    ROOM,
    SERVER,
    back_up,
    counted,
    fails_alone,
    manifest,
    snapshots,
    write,
)
from tests.lab.reaching import on, sure

pytestmark = pytest.mark.lab


def test_a_path_that_is_not_there_is_a_failure_though_restic_alone_would_go_on() -> None:
    before, kept = counted(), snapshots()
    manifest(paths=[f"{ROOM}/kaynak", "/srv/paylasim/yok"])
    assert fails_alone(back_up(), "/srv/paylasim/yok: No such file or directory", 3, before)
    manifest()
    assert snapshots() == kept


def test_an_empty_mount_point_is_a_failure() -> None:
    mounted = f"{ROOM}/kaynak/bagli"
    sure(CLIENT, f"mkdir -p {mounted} && mount -t tmpfs -o size=1m tmpfs {mounted}")
    manifest(require_mounts=[mounted])
    assert back_up().returncode == 0
    before = counted()
    sure(CLIENT, f"umount {mounted}")
    assert fails_alone(back_up(), f"{mounted}: nothing is mounted here", 3, before)
    manifest()


def test_a_shrunken_source_is_a_failure_until_a_person_accepts_it() -> None:
    assert back_up().returncode == 0
    before = counted()
    sure(CLIENT, f"mkdir {ROOM}/yana && mv {ROOM}/kaynak/ileti-[1-3]*.eml {ROOM}/yana/")
    assert fails_alone(back_up(), "the source shrank from", 3, before)
    assert back_up("deneme", "--accept-shrink").returncode == 0
    sure(CLIENT, f"mv {ROOM}/yana/* {ROOM}/kaynak/ && rmdir {ROOM}/yana")
    assert back_up().returncode == 0


def test_a_failed_pre_hook_is_a_failure_and_the_post_hook_still_runs() -> None:
    """A dump of 20 bytes that ended well, or a dump program of the wrong version, must not look like a backup."""
    before = counted()
    manifest(pre=["sh", "-c", "echo server version mismatch; exit 1"], post=["touch", f"{ROOM}/post"])
    assert fails_alone(back_up(), "server version mismatch", 4, before)
    sure(CLIENT, f"test -e {ROOM}/post && rm {ROOM}/post")
    manifest(min_bytes=10**9)
    assert fails_alone(
        back_up(), "at least 1000000000 are expected", 3, (before[0], before[1] + 1, before[2])
    )
    manifest()


def _killed_when(sign: str) -> None:
    """Starts the job through systemd and kills its main process as soon as the sign is seen."""
    unit = "/etc/systemd/system/estate-backup@deneme.service.d"
    run = f"/usr/bin/python3 -B -m exporters.backup_run {{}} deneme --settings {ROOM}/settings.json"
    own = f"[Service]\nPrivateTmp=no\nExecStart=\nExecStart={run.format('run')}\n"
    own += f"ExecStopPost=\nExecStopPost=-{run.format('settle')}\n"
    sure(CLIENT, f"mkdir -p {unit}")
    write(CLIENT, f"{unit}/test.conf", own)
    sure(CLIENT, "systemctl daemon-reload; systemctl start --no-block estate-backup@deneme")
    wait = f"for i in $(seq 300); do {sign} && break; sleep 0.1; done; {sign}"
    sure(CLIENT, f"{wait}; systemctl kill --signal=KILL --kill-whom=main estate-backup@deneme")
    done = "systemctl is-active estate-backup@deneme | grep -qE 'inactive|failed'"
    sure(CLIENT, f"for i in $(seq 300); do {done} && break; sleep 0.2; done; {done}")


@pytest.mark.parametrize("moment", ["pre hook", "copy", "post hook"])
def test_a_run_killed_at_any_moment_counts_as_failed_and_owes_nothing(moment: str) -> None:
    before = counted()
    sure(CLIENT, f"rm -f {ROOM}/sign {ROOM}/post {ROOM}/kaynak/buyuk")
    if moment == "copy":
        sure(CLIENT, f"head -c 150000000 /dev/urandom > {ROOM}/kaynak/buyuk")
        manifest(post=["touch", f"{ROOM}/post"])
        sign = "pgrep -f '[r]estic --json backup' >/dev/null"
    elif moment == "pre hook":
        manifest(pre=["sh", "-c", f"touch {ROOM}/sign; sleep 60"], post=["touch", f"{ROOM}/post"])
        sign = f"test -e {ROOM}/sign"
    else:
        once = f"test -e {ROOM}/sign && touch {ROOM}/post || {{ touch {ROOM}/sign; sleep 60; }}"
        manifest(post=["sh", "-c", once])
        sign = f"test -e {ROOM}/sign"
    _killed_when(sign)
    assert counted() == (before[0], before[1] + 1, before[2])
    sure(CLIENT, f"test -e {ROOM}/post")
    manifest()
    sure(CLIENT, f"rm -f {ROOM}/kaynak/buyuk")
    assert back_up("deneme", "--accept-shrink").returncode == 0, "a killed run blocks nothing"


def test_no_secret_is_seen_while_a_backup_runs() -> None:
    sure(CLIENT, f"head -c 60000000 /dev/urandom > {ROOM}/kaynak/buyuk")
    secrets = json.loads(sure(CLIENT, f"cat {ROOM}/secrets.json"))
    look = "for i in $(seq 60); do ps -eo args >> /run/seen; pgrep -f '[r]estic --json backup' >/dev/null && break; "
    look += (
        "sleep 0.1; done; for i in 1 2 3; do ps -eo args >> /run/seen; sleep 0.2; done; wait; cat /run/seen; "
    )
    run = f"{PROGRAM} exporters.backup_run run deneme --settings {ROOM}/settings.json & {look} rm /run/seen"
    said = on(CLIENT, run)
    assert "restic --json backup" in said.stdout
    assert KEY not in said.stdout + said.stderr and secrets["password"] not in said.stdout + said.stderr
    sure(CLIENT, f"rm -f {ROOM}/kaynak/buyuk")
    assert back_up("deneme", "--accept-shrink").returncode == 0


def test_a_full_disk_fails_at_once_and_leaves_the_last_success() -> None:
    place = f"{REPOSITORY.path}/{CLIENT}/dolu"
    owner = sure(SERVER, f"stat -c %u:%g {REPOSITORY.path}").strip()
    small = f"mkdir -p {place} && mount -t tmpfs -o size=24m,mode=700 tmpfs {place} && chown {owner} {place}"
    again = "systemctl restart restic-rest-server"  # its own view of the mounts is made when it starts
    sure(SERVER, f"{small} && {again}")
    manifest("dolu")
    sure(CLIENT, f"{PROGRAM} exporters.backup_run prepare dolu --settings {ROOM}/settings.json")
    assert back_up("dolu").returncode == 0
    before = counted("dolu")
    sure(CLIENT, f"head -c 80000000 /dev/urandom > {ROOM}/kaynak/buyuk")
    began = time.monotonic()
    said = back_up("dolu")
    took = time.monotonic() - began
    sure(CLIENT, f"rm {ROOM}/kaynak/buyuk")
    sure(SERVER, f"umount {place} && rmdir {place} && {again}")
    assert (said.returncode, "the repository is full" in said.stderr) == (5, True), said
    assert counted("dolu") == (before[0], before[1] + 1, before[2])
    assert took < 120, "restic alone would try on for a quarter of an hour"
    assert back_up().returncode == 0, "normal afterwards"
