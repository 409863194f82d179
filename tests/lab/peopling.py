"""Lets invented people join, move and leave in the real directory, by a second checkout over the same lab."""

from __future__ import annotations

import io
import json
import shlex
import shutil
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from pypdf import PdfReader
from ruamel.yaml import YAML

from estate.declared.estate import Estate
from estate.handover.papers import Papers
from tests.lab.reaching import BIN, LAB, ROOT, on, ran, sure

PAPERS = Papers(LAB.var)
OWN = "Kendi-Sectigim-77 parola"
"""The password that invented people choose."""
CLEAN = """
import json, sys, samba.param, samba.auth, samba.samdb
lp = samba.param.LoadParm()
lp.load_default()
db = samba.samdb.SamDB(session_info=samba.auth.system_session(), lp=lp)
users = []
for row in db.search(expression="(employeeID=" + sys.argv[1] + "*)", attrs=["cn"]):
    users.append(str(row["cn"]))
    db.delete(row.dn)
print(json.dumps(users))
"""
Deploys = Callable[..., tuple[int, str, list[dict[str, Any]]]]


def second_checkout(folder: Path) -> Path:
    """Makes a second checkout over the same lab, whose records a test may edit."""
    second = folder / "checkout"
    for name in ("estate", "exporters", "pyinfra_deploys", "inventories"):
        shutil.copytree(ROOT / name, second / name, ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("ansible.cfg", "plugins", "scripts", "var", "roles", "playbooks"):
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
    return deploy_of(checkout, "people", "directory_servers", *options)


def deploy_of(checkout: Path, name: str, limit: str, *options: str) -> list[str | Path]:
    """Gives the command that runs a deploy of the second checkout as its people are declared now."""
    deploy = ["pyinfra_deploys/inventory.py", f"pyinfra_deploys/{name}.py", "--limit", limit]
    return [BIN / "pyinfra", "-y", *deploy, *options]


@contextmanager
def bringing(checkout: Path, server: str, folder: Path) -> Iterator[Deploys]:
    """Brings more people to the directory; gives exit code, output and changes. In the end nobody more is left."""
    changes = folder / "changes.json"

    def deploy(*records: dict[str, Any], dry: bool = False) -> tuple[int, str, list[dict[str, Any]]]:
        options = ["--data", f"changes_file={changes}", "--data", "confirm_removals=1"]
        argv = started(checkout, list(records), *options, *(["--dry"] if dry else []))
        done = ran(argv, cwd=checkout, PYTHONPATH=str(checkout))
        made = json.loads(changes.read_text(encoding="utf-8")) if changes.exists() else []
        return done.returncode, done.stdout + done.stderr, made

    code, told, _ = deploy()
    assert code == 0, told
    try:
        yield deploy
    finally:
        without_accounts(server, "299")
        without_sheets("299")


def without_accounts(server: str, prefix: str) -> list[str]:
    """Deletes the accounts of people whose numbers begin so, and gives their names."""
    users: list[str] = json.loads(sure(server, f"python3 -c {shlex.quote(CLEAN)} {prefix}"))
    return users


def without_sheets(prefix: str) -> None:
    """Removes the sheets of people whose numbers begin so, those aside as well."""
    for sheet in PAPERS.sheets_folder.glob(f"{prefix}*"):
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
