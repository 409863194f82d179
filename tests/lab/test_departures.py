"""Somebody leaves while reading mail and holding a session of the file server, and every system is seen to refuse."""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from estate.declared.estate import Estate
from estate.records.departures import Proof, kept
from tests.lab.mailing import MAILDIRS
from tests.lab.peopling import (
    OWN,
    Deploys,
    bound,
    bringing,
    deploy_of,
    first_password,
    record,
    second_checkout,
    ticket,
)
from tests.lab.reaching import ESTATE, LAB, Answer, on, ran, sure, undone_by, until
from tests.lab.sharing import CLIENT, GROUP, NAME, SERVER

pytestmark = pytest.mark.lab
READER = "mon1"
"""A host with the clients of mail."""
LEAVER, REOPENED = "299011", "299012"
ENDED = str(date.today() - timedelta(days=2))
SYSTEMS = {"ldap", "kerberos", "imap", "submission", "files", "proxy", "telephone"}
EXTENSIONS = {LEAVER: "2899", REOPENED: "2898"}
READING = """
import imaplib, ssl, sys, time
user, password = sys.stdin.read().splitlines()
context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
context.load_verify_locations("/etc/ssl/certs/ca-certificates.crt")
server = imaplib.IMAP4_SSL("eposta.gumuscagil.bel.example", ssl_context=context, timeout=30)
server.login(user, password)
server.select()
print("open", flush=True)
try:
    while True:
        server.noop()
        time.sleep(0.5)
except Exception as fault:
    print("gone", fault, flush=True)
"""


@pytest.fixture(scope="module")
def checkout(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return second_checkout(tmp_path_factory.mktemp("departures"))


def forgotten() -> None:
    """Removes what these tests leave on hosts and on record; programs that wait for it end."""
    for host in (READER, CLIENT):
        sure(host, "touch /run/deneme-2990.go; sleep 1; rm -f /run/deneme-2990*")
    sure("mail1", f"rm -rf {MAILDIRS}/deneme.sinav011 {MAILDIRS}/deneme.sinav012")
    for path in (LAB.var / "departures").glob("299*.json"):
        path.unlink()


@pytest.fixture(scope="module")
def deploys(checkout: Path, server: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Deploys]:
    forgotten()
    with bringing(checkout, server, tmp_path_factory.mktemp("changes")) as deploy:
        yield deploy
    forgotten()


def tried(checkout: Path, *options: str) -> Answer:
    """Brings the proofs that are missing, as the second checkout declares its people."""
    return ran(deploy_of(checkout, "departures", SERVER, *options), cwd=checkout, PYTHONPATH=str(checkout))


def telephones(checkout: Path, exchange: str) -> None:
    """Gives the exchange the telephones of the people of the test."""
    done = ran(deploy_of(checkout, "telephony", exchange), cwd=checkout, PYTHONPATH=str(checkout))
    assert done.returncode == 0, done.stdout + done.stderr


def missing(checkout: Path, tmp_path: Path) -> list[dict[str, Any]]:
    file = tmp_path / "changes.json"
    done = tried(checkout, "--dry", "--data", f"changes_file={file}")
    assert done.returncode == 0, done.stdout + done.stderr
    changes: list[dict[str, Any]] = json.loads(file.read_text("utf-8"))
    return changes


def user_of(number: str) -> str:
    return str(record(number)["user"])


def joined(deploys: Deploys, declared: Estate, server: str, number: str, *others: dict[str, Any]) -> None:
    """Gives a person an account and a password of its own."""
    code, told, _ = deploys(*others, record(number, extension=EXTENSIONS[number]))
    assert code == 0, told
    done = ticket(server, declared, user_of(number), first_password(number), OWN, OWN)
    assert done.returncode == 0, done.stdout + done.stderr


def reading(user: str) -> str:
    """Opens the mailbox and keeps it open; gives the file that tells how it goes."""
    out = f"/run/deneme-2990-{user}"
    sure(READER, f"umask 077; cat > {out}.login", f"{user}@gumuscagil.bel.example\n{OWN}\n")
    call = f"timeout 300 python3 -c {shlex.quote(READING)} < {out}.login > {out} 2>&1"
    sure(READER, f"({call} &) >/dev/null 2>&1")
    assert until(lambda: "open" in on(READER, f"cat {out}").stdout, 60), on(READER, f"cat {out}").stdout
    return out


def holding(user: str) -> None:
    """Opens a session of the file server and keeps it open."""
    login = f"/run/deneme-2990-{user}.smb"
    sure(CLIENT, f"umask 077; cat > {login}", f"username={user}\npassword={OWN}\ndomain={GROUP}\n")
    held = "(while [ ! -e /run/deneme-2990.go ]; do sleep 0.2; done)"
    sure(
        CLIENT,
        f"({held} | timeout 300 smbclient '//{NAME}/IPC$' -A {login} > {login}.out 2>&1 &) >/dev/null 2>&1",
    )
    assert until(lambda: connected(user), 30), on(CLIENT, f"cat {login}.out").stdout


def connected(user: str) -> bool:
    return f'{user}"' in sure(SERVER, "smbstatus --processes --json")


def results(proof: Proof) -> dict[str, set[str]]:
    """Gives the systems by result."""
    found: dict[str, set[str]] = {}
    for one in proof.tries:
        found.setdefault(one.result, set()).add(one.system)
    return found


def test_who_left_is_cut_off_and_refused_everywhere(
    deploys: Deploys, declared: Estate, server: str, checkout: Path, tmp_path: Path
) -> None:
    user = user_of(LEAVER)
    joined(deploys, declared, server, LEAVER)
    telephones(checkout, declared.telephony.exchange)
    out = reading(user)
    holding(user)
    code, told, _ = deploys(record(LEAVER, end=ENDED, extension=EXTENSIONS[LEAVER]))
    assert code == 0, told
    assert f"proof that {user} ({LEAVER}) is refused" in [one["key"] for one in missing(checkout, tmp_path)]
    assert kept(LAB.var, LEAVER) == [], "a dry run tries nothing"

    done = tried(checkout)
    assert f"{user} ({LEAVER}) left and is let in by telephone" in done.stdout + done.stderr
    telephones(checkout, declared.telephony.exchange)
    done = tried(checkout)
    assert done.returncode == 0, done.stdout + done.stderr
    first, proof = kept(LAB.var, LEAVER)
    assert results(first) == {"refused": SYSTEMS - {"telephone"}, "let_in": {"telephone"}}
    assert (proof.verdict, proof.account, results(proof)) == ("passed", True, {"refused": SYSTEMS}), proof
    said = {one.system: one.said for one in proof.tries}
    for system, words in {
        "ldap": "^49 .*data 533",
        "kerberos": "revoked|database has expired|policy rejects",
        "imap": "AUTHENTICATIONFAILED",
        "submission": "^535 ",
        "files": "NT_STATUS_ACCOUNT_DISABLED",
        "proxy": "^407 ",
        "telephone": "^40[13] ",
    }.items():
        assert re.search(words, said[system]), proof
    assert {one.system for one in proof.control if one.result == "let_in"} == SYSTEMS
    assert (first.cut["mail"] >= 1, first.cut["files"] >= 1) == (True, True), first
    assert until(lambda: "gone" in sure(READER, f"cat {out}"), 30)
    assert until(lambda: not connected(user), 10)
    assert bound(server, declared, user, OWN).returncode == 49

    assert missing(checkout, tmp_path) == []
    done = tried(checkout)
    assert (done.returncode, kept(LAB.var, LEAVER)[-1]) == (0, proof), done.stdout + done.stderr
    shown = ran([*ESTATE, "person", "show", LEAVER], cwd=checkout, PYTHONPATH=str(checkout))
    assert "    ldap: refused, " in shown.stdout, shown.stdout + shown.stderr


def test_an_account_that_somebody_opened_again_is_let_in_and_the_run_is_red(
    deploys: Deploys, declared: Estate, server: str, checkout: Path, tmp_path: Path
) -> None:
    user, other = user_of(REOPENED), record(LEAVER, end=ENDED, extension=EXTENSIONS[LEAVER])
    joined(deploys, declared, server, REOPENED, other)
    code, told, _ = deploys(other, record(REOPENED, end=ENDED, extension=EXTENSIONS[REOPENED]))
    assert code == 0, told
    with undone_by(server, f"samba-tool user disable {user}"):
        sure(server, f"samba-tool user enable {user}; samba-tool user setexpiry {user} --noexpiry")
        done = tried(checkout)
    assert done.returncode != 0
    line = f"{user} ({REOPENED}) left and is let in by ldap, kerberos, imap, submission, files, proxy"
    assert line in done.stdout + done.stderr, done.stdout + done.stderr
    assert [results(one) for one in kept(LAB.var, REOPENED)] == [
        {"let_in": SYSTEMS - {"telephone"}, "refused": {"telephone"}}
    ]
    assert [one["key"] for one in missing(checkout, tmp_path)] == [
        f"proof that {user} ({REOPENED}) is refused"
    ]

    done = tried(checkout)
    assert done.returncode == 0, done.stdout + done.stderr
    assert [one.verdict for one in kept(LAB.var, REOPENED)] == ["failed", "passed"]
