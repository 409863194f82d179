"""What was stored is kept: from its own client, from false clocks, until the server's own rules let it go."""

import json
import shlex
from collections.abc import Iterator
from typing import Any

import pytest

from tests.lab.backup.jobs import (
    CLIENT,
    KEEPER,
    KEY,
    PROGRAM,
    REPOSITORY,
    ROOM,
    SERVER,
    restic,
    snapshots,
    write,
)
from tests.lab.reaching import Answer, on, sure

pytestmark = pytest.mark.lab


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
    forget = on(CLIENT, restic(f"forget --keep-last 1 --prune {before[0]}"))
    assert forget.returncode != 0, forget
    assert snapshots() == before
    assert sure(SERVER, f"sha256sum {place}/data/{pack}") == digest


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


def _as_keeper(words: str, text: str = "") -> Answer:
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
        sure(CLIENT, restic(f'backup -q --time "{when}" --host h{day} --tag job=deneme {path}'))
    _keeper()
    registered = _as_keeper("exporters.backup_keys keeper deneme", KEY)
    assert registered.stdout.strip() == "registered", registered
    yield snapshots()
    sure(SERVER, f"rm -rf {KEEPER}")


def _received_when_claimed() -> None:
    """Lets the server have received each snapshot on the day it claims, as if ten days had passed."""
    listed = json.loads(sure(CLIENT, restic("snapshots --json")))
    place = f"{REPOSITORY.path}/{CLIENT}/deneme/snapshots"
    sure(SERVER, " && ".join(f"touch -d {item['time']} {place}/{item['id']}" for item in listed))


def test_retention_removes_by_the_servers_clock_never_by_the_clients_word(ten_days: list[str]) -> None:
    """One story: false times refused, foreign repository refused, then ten daily snapshots become seven."""
    assert len(ten_days) == 10
    refused = _as_keeper("exporters.backup_retention")
    assert (refused.returncode, "bear a time that cannot be true" in refused.stderr) == (1, True), refused
    assert snapshots() == ten_days

    _received_when_claimed()
    sure(SERVER, f'sed -i.good \'s/"repository_id": "......../&00000000/\' {KEEPER}/deneme.keeper.json')
    foreign = _as_keeper("exporters.backup_retention")
    assert (foreign.returncode, "registered is" in foreign.stderr) == (1, True), foreign
    assert snapshots() == ten_days
    sure(SERVER, f"mv {KEEPER}/deneme.keeper.json.good {KEEPER}/deneme.keeper.json")

    _keeper(minimum_snapshots=8)
    few = _as_keeper("exporters.backup_retention")
    assert (few.returncode, "would leave 7 snapshots, at least 8 must stay" in few.stderr) == (1, True), few
    assert snapshots() == ten_days

    _keeper()
    done = _as_keeper("exporters.backup_retention")
    assert (done.returncode, done.stdout.strip()) == (0, "deneme: kept 7, removed 3"), done
    assert len(snapshots()) == 7
    again = _as_keeper("exporters.backup_retention")
    assert again.stdout.strip() == "deneme: kept 7, removed 0", again
    assert sure(CLIENT, restic("check --read-data")).strip().endswith("no errors were found")
    log = [json.loads(line) for line in sure(SERVER, f"cat {KEEPER}/log.jsonl").splitlines()]
    assert [len(line.get("removed", [])) for line in log] == [0, 0, 0, 3, 0]
