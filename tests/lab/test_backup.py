"""Backups are taken, kept from their own client, thinned out and given back, on real hosts with real restic.

Works with jobs of its own (`deneme`, `dolu`) beside the declared one, and removes them.
"""

import json
import shlex
import subprocess
import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest

from estate.declared import load
from estate.escrow import restore_command
from estate.runs.environment import Environment

pytestmark = pytest.mark.lab
WHERE = Environment.chosen("lab")
REPOSITORY = load(WHERE.inventory).backups.repository
SERVER = str(REPOSITORY.host)
CLIENT = str(load(WHERE.inventory).backups.jobs[0].host)
ROOM = "/var/tmp/estate-test-backup"
KEEPER = "/var/tmp/estate-test-keeper"
KEY = "KANARYA-anahtar-7c1f"
PROGRAM = "env PYTHONPATH=/usr/local/lib/estate python3 -B -m"


@dataclass(frozen=True)
class Said:
    """Holds what a host said."""

    code: int
    out: str
    err: str


def on(host: str, script: str, text: str = "") -> Said:
    """Runs a script on a host as root."""
    call = ["ssh", "-F", str(WHERE.ssh_config), "-o", "BatchMode=yes", host, script]
    done = subprocess.run(call, input=text, capture_output=True, text=True, timeout=300)
    return Said(done.returncode, done.stdout, done.stderr)


def sure(host: str, script: str, text: str = "") -> str:
    """Runs what must work and gives what it printed."""
    said = on(host, script, text)
    if said.code:
        pytest.fail(f"{host}: {script}\n{said.out}{said.err}")
    return said.out


def write(host: str, path: str, text: str) -> None:
    sure(host, f"cat > {path}", text)


def manifest(job: str = "deneme", **more: Any) -> None:
    """Drops the manifest of a job of the test."""
    content = {"job": job, "service": job, "paths": [f"{ROOM}/kaynak"], "min_bytes": 1000, **more}
    write(CLIENT, f"{ROOM}/manifests/{job}.yml", json.dumps(content))


def back_up(job: str = "deneme", *words: str) -> Said:
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


def fails_alone(said: Said, words: str, code: int, before: tuple[float, float, float]) -> bool:
    """Tells whether a run failed for this reason and left the last success as it was."""
    assert (said.code, words in said.err) == (code, True), said
    return counted() == (before[0], before[1] + 1, before[2])


@pytest.fixture(scope="module", autouse=True)
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
    assert back_up().code == 0
    yield
    _clear()


def _clear() -> None:
    place = f"{REPOSITORY.path}/{CLIENT}"
    sure(SERVER, f"! umount {place}/dolu 2>/dev/null || systemctl restart restic-rest-server")
    sure(SERVER, f"rm -rf {place}/deneme {place}/dolu {place}/kopya {KEEPER}")
    sure(CLIENT, f"umount {ROOM}/kaynak/bagli 2>/dev/null; rm -rf {ROOM}")
    unit = "/etc/systemd/system/estate-backup@deneme.service.d"
    sure(
        CLIENT,
        f"rm -rf {unit}; systemctl daemon-reload; systemctl reset-failed 'estate-backup@deneme*' || true",
    )


ATTACK = """
import base64, json, ssl, sys, urllib.error, urllib.request
settings, secrets = (json.load(open(path)) for path in sys.argv[1:3])
token = base64.b64encode(f"{secrets['username']}:{secrets['password']}".encode()).decode()
context = ssl.create_default_context(cafile=settings["ca_certificate"])
root = settings["repository_url"].rsplit("/", 1)[0]
for method, path in json.load(sys.stdin):
    body = b"nothing" if method == "POST" else None
    request = urllib.request.Request(f"{root}/{path}", method=method, data=body)
    request.add_header("Authorization", f"Basic {token}")
    try:
        print(urllib.request.urlopen(request, context=context, timeout=20).status)
    except urllib.error.HTTPError as error:
        print(error.code)
"""


def test_a_client_cannot_delete_or_alter_what_it_stored_nor_look_at_another() -> None:
    before = snapshots()
    place = f"{REPOSITORY.path}/{CLIENT}/deneme"
    pack = sure(SERVER, f"cd {place}/data && ls */* | head -1").strip()
    digest = sure(SERVER, f"sha256sum {place}/data/{pack}")
    own = f"{CLIENT}/deneme"
    tries = [
        ("DELETE", f"{own}/snapshots/{before[0]}"),
        ("DELETE", f"{own}/data/{pack.rsplit('/', 1)[-1]}"),
        ("DELETE", f"{own}/config"),
        ("POST", f"{own}/data/{pack.rsplit('/', 1)[-1]}"),
        ("POST", f"{own}/config"),
        ("GET", "another/deneme/config"),
        ("POST", "another/deneme/?create=true"),
    ]
    files = f"{ROOM}/settings.json {ROOM}/secrets.json"
    codes = sure(CLIENT, f"python3 -c {shlex.quote(ATTACK)} {files}", json.dumps(tries)).split()
    assert {*codes} <= {"401", "403"} and len(codes) == len(tries), codes
    forget = on(CLIENT, _restic(f"forget --keep-last 1 --prune {before[0]}"))
    assert forget.code != 0, forget
    assert snapshots() == before
    assert sure(SERVER, f"sha256sum {place}/data/{pack}") == digest


def _restic(words: str, job: str = "deneme") -> str:
    """Gives a script that calls restic alone with the client's own credential."""
    return (
        f'eval $(python3 -c \'import json,shlex; s=json.load(open("{ROOM}/secrets.json")); '
        'print("export RESTIC_REST_USERNAME="+shlex.quote(s["username"]), '
        '"RESTIC_REST_PASSWORD="+shlex.quote(s["password"]))\'); '
        f"export RESTIC_PASSWORD={KEY} RESTIC_CACERT=/etc/estate/backup_client.ca.pem "
        f"RESTIC_CACHE_DIR={ROOM}/cache; restic -r rest:https://{SERVER}.{load(WHERE.inventory).networks.domain}"
        f":{REPOSITORY.port}/{CLIENT}/{job}/ {words}"
    )


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
    assert back_up().code == 0
    before = counted()
    sure(CLIENT, f"umount {mounted}")
    assert fails_alone(back_up(), f"{mounted}: nothing is mounted here", 3, before)
    manifest()


def test_a_shrunken_source_is_a_failure_until_a_person_accepts_it() -> None:
    assert back_up().code == 0
    before = counted()
    sure(CLIENT, f"mkdir {ROOM}/yana && mv {ROOM}/kaynak/ileti-[1-3]*.eml {ROOM}/yana/")
    assert fails_alone(back_up(), "the source shrank from", 3, before)
    assert back_up("deneme", "--accept-shrink").code == 0
    sure(CLIENT, f"mv {ROOM}/yana/* {ROOM}/kaynak/ && rmdir {ROOM}/yana")
    assert back_up().code == 0


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
    assert back_up("deneme", "--accept-shrink").code == 0, "a killed run blocks nothing"


def test_no_secret_is_seen_while_a_backup_runs() -> None:
    sure(CLIENT, f"head -c 60000000 /dev/urandom > {ROOM}/kaynak/buyuk")
    secrets = json.loads(sure(CLIENT, f"cat {ROOM}/secrets.json"))
    look = "for i in $(seq 60); do ps -eo args >> /run/seen; pgrep -f '[r]estic --json backup' >/dev/null && break; "
    look += (
        "sleep 0.1; done; for i in 1 2 3; do ps -eo args >> /run/seen; sleep 0.2; done; wait; cat /run/seen; "
    )
    run = f"{PROGRAM} exporters.backup_run run deneme --settings {ROOM}/settings.json & {look} rm /run/seen"
    said = on(CLIENT, run)
    assert "restic --json backup" in said.out
    assert KEY not in said.out + said.err and secrets["password"] not in said.out + said.err
    sure(CLIENT, f"rm -f {ROOM}/kaynak/buyuk")
    assert back_up("deneme", "--accept-shrink").code == 0


def test_a_full_disk_fails_at_once_and_leaves_the_last_success() -> None:
    place = f"{REPOSITORY.path}/{CLIENT}/dolu"
    owner = sure(SERVER, f"stat -c %u:%g {REPOSITORY.path}").strip()
    small = f"mkdir -p {place} && mount -t tmpfs -o size=24m,mode=700 tmpfs {place} && chown {owner} {place}"
    again = "systemctl restart restic-rest-server"  # its own view of the mounts is made when it starts
    sure(SERVER, f"{small} && {again}")
    manifest("dolu")
    sure(CLIENT, f"{PROGRAM} exporters.backup_run prepare dolu --settings {ROOM}/settings.json")
    assert back_up("dolu").code == 0
    before = counted("dolu")
    sure(CLIENT, f"head -c 80000000 /dev/urandom > {ROOM}/kaynak/buyuk")
    began = time.monotonic()
    said = back_up("dolu")
    took = time.monotonic() - began
    sure(CLIENT, f"rm {ROOM}/kaynak/buyuk")
    sure(SERVER, f"umount {place} && rmdir {place} && {again}")
    assert (said.code, "the repository is full" in said.err) == (5, True), said
    assert counted("dolu") == (before[0], before[1] + 1, before[2])
    assert took < 120, "restic alone would try on for a quarter of an hour"
    assert back_up().code == 0, "normal afterwards"


def _keeper(**job: Any) -> None:
    """Registers the test's repository with a keeper of the test."""
    settings = json.loads(sure(SERVER, "cat /etc/estate/backup_repository.json"))
    declared = {**settings["jobs"]["eposta"], "retention": {"daily": 7}, **job}
    settings |= {
        "state": KEEPER,
        "log": f"{KEEPER}/log.jsonl",
        "keep_within": "",
        "jobs": {"deneme": declared},
    }
    sure(SERVER, f"install -d -o restic-rest-server {KEEPER}")
    write(SERVER, f"{KEEPER}/settings.json", json.dumps(settings))


def _as_keeper(words: str, text: str = "") -> Said:
    return on(
        SERVER, f"runuser -u restic-rest-server -- {PROGRAM} {words} --settings {KEEPER}/settings.json", text
    )


@pytest.fixture
def ten_days() -> Iterator[list[str]]:
    """Gives a repository with exactly ten daily snapshots of ten paths and ten host names."""
    place = f"{REPOSITORY.path}/{CLIENT}/deneme"
    sure(SERVER, f"rm -rf {KEEPER}; rm -f {place}/snapshots/* {place}/locks/*")
    for day in range(10):
        path = f"{ROOM}/gecici-{day}"
        sure(CLIENT, f"mkdir -p {path} && cp {ROOM}/kaynak/ileti-1.eml {path}/")
        when = f"$(date -d '-{day} days' '+%Y-%m-%d %H:%M:%S')"
        sure(CLIENT, _restic(f'backup -q --time "{when}" --host h{day} --tag job=deneme {path}'))
    _keeper()
    registered = _as_keeper("exporters.backup_keys keeper deneme", KEY)
    assert registered.out.strip() == "registered", registered
    yield snapshots()
    sure(SERVER, f"rm -rf {KEEPER}")


def _received_when_claimed() -> None:
    """Lets the server have received each snapshot on the day it claims, as if ten days had passed."""
    listed = json.loads(sure(CLIENT, _restic("snapshots --json")))
    place = f"{REPOSITORY.path}/{CLIENT}/deneme/snapshots"
    sure(SERVER, " && ".join(f"touch -d {item['time']} {place}/{item['id']}" for item in listed))


def test_retention_removes_by_the_servers_clock_never_by_the_clients_word(ten_days: list[str]) -> None:
    """One story: false times refused, foreign repository refused, then ten daily snapshots become seven."""
    assert len(ten_days) == 10
    refused = _as_keeper("exporters.backup_retention")
    assert (refused.code, "bear a time that cannot be true" in refused.err) == (1, True), refused
    assert snapshots() == ten_days

    _received_when_claimed()
    sure(SERVER, f'sed -i.good \'s/"repository_id": "......../&00000000/\' {KEEPER}/deneme.keeper.json')
    foreign = _as_keeper("exporters.backup_retention")
    assert (foreign.code, "registered is" in foreign.err) == (1, True), foreign
    assert snapshots() == ten_days
    sure(SERVER, f"mv {KEEPER}/deneme.keeper.json.good {KEEPER}/deneme.keeper.json")

    _keeper(minimum_snapshots=8)
    few = _as_keeper("exporters.backup_retention")
    assert (few.code, "would leave 7 snapshots, at least 8 must stay" in few.err) == (1, True), few
    assert snapshots() == ten_days

    _keeper()
    done = _as_keeper("exporters.backup_retention")
    assert (done.code, done.out.strip()) == (0, "deneme: kept 7, removed 3"), done
    assert len(snapshots()) == 7
    again = _as_keeper("exporters.backup_retention")
    assert again.out.strip() == "deneme: kept 7, removed 0", again
    assert sure(CLIENT, _restic("check --read-data")).strip().endswith("no errors were found")
    log = [json.loads(line) for line in sure(SERVER, f"cat {KEEPER}/log.jsonl").splitlines()]
    assert [len(line.get("removed", [])) for line in log] == [0, 0, 0, 3, 0]


def _envelope(job: str, **more: str) -> str:
    secrets = json.loads(sure(CLIENT, f"cat {ROOM}/secrets.json"))
    settings = json.loads(sure(CLIENT, f"cat {ROOM}/settings.json"))
    record = json.loads(sure(CLIENT, f"cat {ROOM}/state/deneme/record.json"))
    content = {
        "job": "deneme",
        "repository_url": f"{settings['repository_url']}/{job}",
        "repository_id": record["repository_id"],
        "username": secrets["username"],
        "password": secrets["password"],
        "key": KEY,
        "ca_certificate": sure(CLIENT, "cat /etc/estate/backup_client.ca.pem"),
    }
    return json.dumps({**content, **more})


def _restored(envelope: str, *words: str) -> dict[str, Any]:
    """Restores below a scratch folder of the server with nothing but the envelope."""
    sure(SERVER, f"rm -rf {KEEPER}-hedef && mkdir -p {KEEPER}-hedef")
    said = on(SERVER, restore_command(["restore", "--target", f"{KEEPER}-hedef", *words]), envelope)
    sure(SERVER, f"rm -rf {KEEPER}-hedef")
    assert KEY not in said.err and KEY not in said.out
    answer: dict[str, Any] = json.loads(said.out)
    return answer


def _copied(damage: str) -> None:
    """Damages a copy of the repository; the repository itself stays whole."""
    place = f"{REPOSITORY.path}/{CLIENT}"
    sure(SERVER, f"rm -rf {place}/kopya && cp -a {place}/deneme {place}/kopya")
    largest = f"find {place}/kopya/data -type f -size +200k | head -1"
    sure(SERVER, damage.format(pack=f"$({largest})"))


FLIP = (
    "python3 -c \"import sys; path = sys.argv[1]; held = bytearray(open(path, 'rb').read()); held[999] ^= 1; "
    "open(path, 'wb').write(held)\" {pack}"
)


def test_a_restore_gives_back_every_file_and_a_damaged_one_names_what_is_lost() -> None:
    assert back_up("deneme", "--accept-shrink").code == 0
    whole = _restored(_envelope("deneme"))
    assert (whole["result"], whole["reason"], whole["files"]) == ("passed", "equal", 40), whole
    for damage in (FLIP, "rm -f {pack}"):
        _copied(damage)
        hurt = _restored(_envelope("kopya"))
        named = [item["path"] for item in hurt["mismatches"]] + hurt["missing"]
        assert hurt["result"] == "failed", hurt
        assert named and all(path.startswith(f"{ROOM}/kaynak/") for path in named)


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"key": "not-the-key"}, "wrong_key"),
        ({"repository_id": "0" * 64}, "other_repository"),
        ({"repository_url": "https://127.0.0.1:1/x/y"}, "unreachable"),
    ],
)
def test_an_envelope_that_does_not_fit_is_found_before_the_day_of_loss(
    change: dict[str, str], reason: str
) -> None:
    said = on(SERVER, restore_command(["check"]), _envelope("deneme", **change))
    assert json.loads(said.out)["reason"] == reason
    assert KEY not in said.out + said.err


def test_a_snapshot_newer_than_the_loss_is_never_taken() -> None:
    answer = _restored(_envelope("deneme"), "--not-after", "2020-01-01T00:00:00Z")
    assert (answer["result"], answer["reason"]) == ("failed", "no_snapshot")
    assert "the earliest is of" in answer["words"]


def test_the_sealed_envelopes_open_their_repositories() -> None:
    done = subprocess.run(
        [str(WHERE.root / ".venv/bin/python"), "-m", "estate", "escrow", "check", "--json"],
        cwd=WHERE.root,
        capture_output=True,
        text=True,
    )
    assert [answer["result"] for answer in json.loads(done.stdout)] == ["passed"]


@pytest.mark.parametrize(
    ("limit", "words"), [([], "no --limit was given"), (["--limit", CLIENT], "not in the group")]
)
def test_nothing_is_restored_into_a_living_host(limit: list[str], words: str) -> None:
    call = [
        str(WHERE.root / ".venv/bin/pyinfra"),
        "-y",
        "pyinfra_deploys/inventory.py",
        "pyinfra_deploys/restore.py",
    ]
    call += [
        *limit,
        "--data",
        "envelope=var/lab/escrow/eposta.json",
        "--data",
        "result_file=/nowhere/result.json",
    ]
    done = subprocess.run(call, cwd=WHERE.root, capture_output=True, text=True)
    assert (done.returncode != 0, words in done.stdout + done.stderr) == (True, True), done


@pytest.mark.parametrize("playbook", ["backup_repositories", "backup_clients"])
def test_a_second_run_changes_nothing_and_check_mode_predicts_that(playbook: str) -> None:
    call = [str(WHERE.root / ".venv/bin/ansible-playbook"), f"playbooks/{playbook}.yml"]
    runs = [
        subprocess.run([*call, *mode], cwd=WHERE.root, capture_output=True, text=True).stdout
        for mode in ([], [], ["--check"])
    ]
    recaps = [[line for line in run.splitlines() if "changed=" in line] for run in runs]
    assert all("failed=0" in line for recap in recaps for line in recap) and all(recaps), runs
    assert all("changed=0" in line for recap in recaps[1:] for line in recap), runs[1:]
