"""People join, move and leave in the real directory, tried with the clients of any house: kinit and ldapsearch."""

from __future__ import annotations

import stat
import subprocess
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta
from pathlib import Path

import pytest

from estate.declared.estate import Estate
from tests.lab.peopling import (
    OWN,
    PAPERS,
    Deploys,
    bound,
    bringing,
    first_password,
    record,
    second_checkout,
    started,
    ticket,
    without_accounts,
)
from tests.lab.reaching import ran, ssh, sure, until

pytestmark = pytest.mark.lab
MANY = [str(299100 + i) for i in range(40)]
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


@pytest.fixture(scope="module")
def checkout(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return second_checkout(tmp_path_factory.mktemp("people"))


@pytest.fixture(scope="module")
def deploys(checkout: Path, server: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Deploys]:
    with bringing(checkout, server, tmp_path_factory.mktemp("changes")) as deploy:
        yield deploy


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
    without_accounts(server, "299")
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
