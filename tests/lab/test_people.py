"""People join, move and leave in the real directory, tried with the clients of any house: kinit and ldapsearch."""

from __future__ import annotations

import io
import json
import shlex
import shutil
import stat
import subprocess
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from pypdf import PdfReader
from ruamel.yaml import YAML

from estate.declared.estate import Estate, load
from estate.handover.papers import Papers
from tests.lab.reaching import BIN, LAB, ROOT, on, ran, ssh, sure, until

pytestmark = pytest.mark.lab
PAPERS = Papers(LAB.var)
MANY = [str(299100 + i) for i in range(40)]
OWN = "Kendi-Sectigim-77 parola"
CLEAN = """
import samba.param, samba.auth, samba.samdb
lp = samba.param.LoadParm()
lp.load_default()
db = samba.samdb.SamDB(session_info=samba.auth.system_session(), lp=lp)
for row in db.search(expression="(employeeID=299*)", attrs=["dn"]):
    db.delete(row.dn)
"""
KILLER = """
read -r go; lock=/run/lock/directory-accounts; end=$(($(date +%s) + 60))
while [ "$(date +%s)" -lt $end ]; do
  inode=$(stat -c %i $lock 2>/dev/null || echo none)
  holder=$(awk -v inode="$inode" '$6 ~ ":" inode "$" && $2 == "FLOCK" {print $5}' /proc/locks)
  if [ -n "$holder" ]; then sleep 0.2; kill -9 $holder && echo killed; exit; fi
  sleep 0.02
done
"""
"""Waits for a line, then for the program that changes accounts, and ends it: nothing on the way takes time."""
Deploys = Callable[..., tuple[int, str, list[dict[str, Any]]]]


@pytest.fixture(scope="module")
def declared() -> Estate:
    return load(LAB.inventory)


@pytest.fixture(scope="module")
def server(declared: Estate) -> str:
    return declared.directory.host


@pytest.fixture(scope="module")
def checkout(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A second checkout over the same lab, whose people a test may edit."""
    second = tmp_path_factory.mktemp("people") / "checkout"
    for name in ("estate", "pyinfra_deploys", "inventories"):
        shutil.copytree(ROOT / name, second / name, ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("ansible.cfg", "plugins", "scripts", "var"):
        (second / name).symlink_to(ROOT / name)
    return second


def started(checkout: Path, records: list[dict[str, Any]], *options: str) -> list[str | Path]:
    """Declares more people in the second checkout and gives the command that brings them to the directory."""
    names = [
        {
            "since": "2020-01-01",
            **{key: one[key] for key in ("personnel_number", "user", "sam_account_name", "mail")},
        }
        for one in records
    ]
    for subject, more in (("people", records), ("identities", names)):
        content = YAML(typ="safe").load(ROOT / f"inventories/lab/estate/{subject}.yml")
        content[f"estate_{subject}"] += more
        YAML().dump(content, checkout / f"inventories/lab/estate/{subject}.yml")
    deploy = ["pyinfra_deploys/inventory.py", "pyinfra_deploys/people.py", "--limit", "directory_servers"]
    return [BIN / "pyinfra", "-y", *deploy, *options]


@pytest.fixture(scope="module")
def deploys(checkout: Path, server: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Deploys]:
    """Brings more people to the directory; gives exit code, output and changes. In the end nobody more is left."""
    changes = tmp_path_factory.mktemp("changes") / "changes.json"

    def deploy(*records: dict[str, Any], dry: bool = False) -> tuple[int, str, list[dict[str, Any]]]:
        options = ["--data", f"changes_file={changes}", "--data", "confirm_removals=1"]
        argv = started(checkout, list(records), *options, *(["--dry"] if dry else []))
        done = ran(argv, cwd=checkout, PYTHONPATH=str(checkout))
        made = json.loads(changes.read_text(encoding="utf-8")) if changes.exists() else []
        return done.returncode, done.stdout + done.stderr, made

    code, told, _ = deploy()
    assert code == 0, told
    yield deploy
    sure(server, f"python3 -c {shlex.quote(CLEAN)}")
    for pattern in ("299*.pdf", "299*.aside"):
        for sheet in PAPERS.sheets_folder.glob(pattern):
            sheet.unlink()


def record(number: str = "299001", **changed: Any) -> dict[str, Any]:
    user = changed.get("user", f"deneme.sinav{number[-3:]}")
    return {
        "personnel_number": number,
        "user": user,
        "sam_account_name": user,
        "mail": f"{user}@gumuscagil.bel.example",
        "given_name": "Işıl",
        "surname": "Çağrışım",
        "title": "Memur",
        "status": "memur",
        "unit": "bilgiislem",
        "site": "ANA",
        "start": "2020-01-01",
        **changed,
    }


def first_password(number: str) -> str:
    """Reads the first password from the sheet, as its person does."""
    lines = (
        PdfReader(io.BytesIO((PAPERS.sheets_folder / f"{number}.pdf").read_bytes())).pages[0].extract_text()
    )
    [found] = [word for word in lines.split() if word.count("-") == 3 and len(word) == 19]
    return found


def bound(server: str, declared: Estate, user: str, password: str) -> subprocess.CompletedProcess[str]:
    """Asks over LDAPS who somebody is and what they are in, as that person; the password goes in on stdin."""
    realm, base = declared.directory.realm.lower(), declared.directory.base_dn
    call = (
        f"ldapsearch -LLL -x -H ldaps://{server}.{declared.networks.domain} -D {user}@{realm} -y /dev/stdin"
    )
    return on(server, f"{call} -b {base} '(cn={user})' memberOf", text=password)


def ticket(server: str, declared: Estate, user: str, *typed: str) -> subprocess.CompletedProcess[str]:
    """Asks for a Kerberos ticket and types what is prompted for."""
    call = f"kinit -c MEMORY: {user}@{declared.directory.realm}"
    return on(server, call, text="".join(f"{line}\n" for line in typed))


def test_somebody_joins_moves_and_leaves(deploys: Deploys, declared: Estate, server: str) -> None:
    code, told, made = deploys(record())
    assert code == 0, told
    assert [(change["action"], change["key"]) for change in made] == [
        ("create", "account deneme.sinav001 (299001)")
    ]
    sheet = PAPERS.sheets_folder / "299001.pdf"
    assert stat.S_IMODE(sheet.stat().st_mode) == 0o600
    first = first_password("299001")
    assert first not in told

    assert bound(server, declared, "deneme.sinav001", first).returncode == 49  # has to be changed first
    done = ticket(server, declared, "deneme.sinav001", first, OWN, OWN)
    assert done.returncode == 0, done.stdout + done.stderr
    seen = bound(server, declared, "deneme.sinav001", OWN)
    assert seen.returncode == 0, seen.stderr
    groups = ["birim-bilgiislem", "internet-genis", "tum-personel"]
    assert (
        sorted(line.split("CN=")[1].split(",")[0] for line in seen.stdout.splitlines() if "memberOf" in line)
        == groups
    )

    code, told, made = deploys(record(), dry=True)
    assert (code, made) == (0, []), told

    code, told, [change] = deploys(record(unit="fen", title="Şef"))
    assert code == 0, told
    assert "loses: birim-bilgiislem, internet-genis" in change["before"]
    assert "gains: birim-fen, internet-standart" in change["after"]
    seen = bound(server, declared, "deneme.sinav001", OWN)
    assert "birim-fen" in seen.stdout
    assert "birim-bilgiislem" not in seen.stdout

    ended = str(date.today() - timedelta(days=2))
    code, told, [change] = deploys(record(unit="fen", title="Şef", end=ended))
    assert (code, change["key"]) == (0, "access of deneme.sinav001 (299001)"), told
    refused = bound(server, declared, "deneme.sinav001", OWN)
    assert (refused.returncode, "Invalid credentials" in refused.stderr) == (49, True)
    assert ticket(server, declared, "deneme.sinav001", OWN).returncode != 0
    held = sure(server, "ldbsearch -H /var/lib/samba/private/sam.ldb '(employeeID=299001)' memberOf dn")
    assert "OU=Ayrilanlar,OU=Belediye" in held
    assert "memberOf" not in held


def test_a_run_that_is_killed_leaves_nothing_half_done(deploys: Deploys, checkout: Path, server: str) -> None:
    """The changing program dies in the middle of forty accounts; the next run makes all, each with its sheet."""
    sure(server, f"python3 -c {shlex.quote(CLEAN)}")
    many = [record(number) for number in MANY]
    aside = PAPERS.sheets_folder / f"{MANY[-1]}.aside"
    argv = started(checkout, many, "--data", "confirm_removals=1")
    with (
        ThreadPoolExecutor() as apart,
        subprocess.Popen(
            ssh(server, KILLER), stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        ) as killer,
    ):
        deploy = apart.submit(ran, argv, cwd=checkout, PYTHONPATH=str(checkout))
        assert until(lambda: aside.exists() or deploy.done(), 120, 0.02)
        killed, _ = killer.communicate("now\n", timeout=90)
        done = deploy.result()
    assert (killed, done.returncode != 0) == ("killed\n", True), done.stdout + done.stderr
    assert aside.exists()
    count = "ldbsearch -H /var/lib/samba/private/sam.ldb '(employeeID=2991*)' dn | grep -c ^dn: || true"
    assert sure(server, count) == "0"
    code, told, made = deploys(*many)
    assert (code, len([change for change in made if change["action"] == "create"])) == (0, 40), told
    assert sure(server, count) == "40"
    assert len([sheet for sheet in PAPERS.waiting() if sheet.stem in MANY]) == 40
    assert deploys(*many, dry=True)[2] == []
