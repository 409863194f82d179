"""Mail kept long enough goes from the real mail server with a record; mail held by law, or of nobody, stays."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from estate.declared.estate import load
from estate.handover.papers import Papers
from tests.lab.mailing import DOMAIN, MAILDIRS, deploy
from tests.lab.peopling import deploy_of, second_checkout
from tests.lab.reaching import LAB, ran, sure

pytestmark = pytest.mark.lab
GONE, HELD, FORGOTTEN = "deneme.silinen", "deneme.tutulan", "deneme.unutulan"
NUMBERS = {GONE: "299201", HELD: "299202", FORGOTTEN: "299203"}
PAPERS = Papers(LAB.var)
Runs = Callable[..., tuple[int, str, list[dict[str, Any]]]]
CLEAN = f"""
mountpoint -q {MAILDIRS}/{GONE}/Maildir/new && umount {MAILDIRS}/{GONE}/Maildir/new
mountpoint -q {MAILDIRS}/.purged/{GONE}/Maildir/new && umount {MAILDIRS}/.purged/{GONE}/Maildir/new
for user in {" ".join(NUMBERS)}; do rm -rf {MAILDIRS}/$user {MAILDIRS}/.purged/$user; done
[ ! -d {MAILDIRS}/.purged ] || rmdir --ignore-fail-on-non-empty {MAILDIRS}/.purged
"""


def letters(user: str, number: int) -> str:
    """Gives the commands that put letters into a mailbox, as Dovecot keeps them."""
    box = f"{MAILDIRS}/{user}/Maildir"
    return (
        f"mkdir -p {box}/cur {box}/new {box}/tmp; "
        f"for i in $(seq {number}); do printf 'Subject: eski\\n\\nmerhaba\\n' >{box}/cur/$i.M1.mail1:2,S; done; "
        f"chown -R vmail:vmail {MAILDIRS}/{user}"
    )


def _cleaned() -> None:
    sure("mail1", CLEAN)
    for number in NUMBERS.values():
        for paper in PAPERS.deletions_folder.glob(f"{number}-*"):
            paper.unlink()


def _declared(checkout: Path) -> None:
    """Declares somebody whose mail was kept long enough, somebody like that held by law, and a name in the ledger."""
    left = date.today() - timedelta(days=load(LAB.inventory).directory.retention_days + 30)
    for subject in ("people", "identities"):
        path = checkout / f"inventories/lab/estate/{subject}.yml"
        content = YAML(typ="safe").load(path)
        for user, number in NUMBERS.items():
            names = {
                "personnel_number": number,
                "user": user,
                "sam_account_name": user,
                "mail": f"{user}@{DOMAIN}",
            }
            person = {"given_name": "Işıl", "surname": "Çağrışım", "title": "Memur", "status": "memur"}
            person |= {"unit": "bilgiislem", "site": "ANA", "start": "2015-01-01", "end": str(left)}
            if subject == "identities":
                content["estate_identities"].append({"since": "2015-01-01", **names})
            elif user != FORGOTTEN:
                held = {"legal_hold": True} if user == HELD else {}
                content["estate_people"].append({**names, **person, **held})
        YAML().dump(content, path)


@pytest.fixture
def runs(tmp_path: Path) -> Iterator[Runs]:
    """Runs the deploy in a second checkout with its own people; in the end the host is as declared."""
    checkout, changes = second_checkout(tmp_path), tmp_path / "changes.json"
    _declared(checkout)

    def run(*options: str) -> tuple[int, str, list[dict[str, Any]]]:
        told = "--data", f"changes_file={changes}"
        argv = deploy_of(checkout, "mailboxes", "mail_servers", *told, *options)
        done = ran(argv, cwd=checkout, PYTHONPATH=str(checkout))
        made = json.loads(changes.read_text(encoding="utf-8")) if changes.exists() else []
        return done.returncode, done.stdout + done.stderr, made

    _cleaned()
    yield run
    _cleaned()
    deploy("mailboxes", "mail_servers")


def purged(made: list[dict[str, Any]]) -> list[tuple[str, str]]:
    """Gives the mailboxes that a plan purges, with what it says of them."""
    return [(one["key"], one["before"]) for one in made if one["key"].startswith("mailbox of ")]


def there() -> list[str]:
    """Names the mailboxes of this test that lie on the disk, aside or not."""
    found = sure("mail1", f"ls -A {MAILDIRS} {MAILDIRS}/.purged 2>/dev/null || true").split()
    return sorted(set(found) & set(NUMBERS))


def test_expired_mail_goes_with_a_record_also_when_the_first_try_fails(runs: Runs) -> None:
    """The first try meets a folder that cannot be removed; the next one finishes it and knows the whole count."""
    sure("mail1", "; ".join(letters(user, number) for user, number in ((GONE, 3), (HELD, 2), (FORGOTTEN, 1))))
    code, told, made = runs("--dry")
    [(key, before)] = purged(made)
    assert (code, key) == (0, f"mailbox of {GONE} ({NUMBERS[GONE]})"), told
    assert before.endswith("\n3 messages, 69 bytes")
    assert f"mail of nobody declared: {FORGOTTEN}, 1 messages, 23 bytes" in told
    assert there() == [GONE, HELD, FORGOTTEN]

    sure("mail1", f"mount -t tmpfs tmpfs {MAILDIRS}/{GONE}/Maildir/new")
    code, told, _ = runs()
    assert (code != 0, "mail tables: " in told) == (True, True), told
    assert [one for one in PAPERS.deletions() if one.personnel_number == NUMBERS[GONE]] == []
    sure("mail1", f"[ ! -e {MAILDIRS}/{GONE} ]; umount {MAILDIRS}/.purged/{GONE}/Maildir/new")
    _, told, made = runs("--dry")
    [(_, before)] = purged(made)
    assert "lie aside: a run died while it removed them" in before, told

    code, told, _ = runs()
    assert (code, there()) == (0, [HELD, FORGOTTEN]), told
    [record] = [one for one in PAPERS.deletions() if one.personnel_number in NUMBERS.values()]
    assert (record.kind, record.personnel_number, record.host) == ("mailbox", NUMBERS[GONE], "mail1")
    assert (record.messages, record.bytes, record.run) == (3, 69, "by hand")
    assert runs("--dry")[2] == []
    assert sure("mail1", f"ls -A {MAILDIRS}/{HELD}/Maildir/cur | wc -l") == "2"
