"""Mail of who was expired goes with a record of it; mail of nobody declared is told and never touched."""

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from estate.declared.estate import Estate
from estate.declared.mail import Account, Alias
from estate.handover.deletions import ACCOUNT, MAILBOX, Deletion, Deletions, deleted_mailboxes
from estate.handover.papers import Papers, deleted_accounts
from estate.plan.mail_folders import HeldFolders, Owners, Stored, changes, owners, purges, strays, told
from estate.plan.mail_wanted import wanted
from estate.plan.mailboxes import SUBJECT, MailTables, plan, removable
from estate.plan.removals import refusals, refused
from estate.runs import applying
from pyinfra_deploys.operations.mail_tables import Purging, answer_with
from tests.unit.directory.conftest import TODAY
from tests.unit.directory.conftest import declares as declares
from tests.unit.directory.conftest import lab as lab
from tests.unit.directory.conftest import person as person

Makes = Callable[..., Any]
SHARED = Account(user="bilgi", name="Bilgi", type="ortak")


@pytest.fixture
def expired(lab: Estate) -> date:
    """Gives the last day of work of somebody whose mail was kept long enough today."""
    return TODAY - timedelta(days=lab.directory.retention_days + 1)


@pytest.fixture
def whose(declares: Makes, person: Makes, expired: date) -> Owners:
    """Somebody who works, one who left, one who is held by law, one expired, one expired without an address."""
    long_ago = expired.isoformat()
    people = (
        person(),
        person("100137", user="mustafa.kaya", end="2026-11-01"),
        person("100138", user="su.er", end=long_ago, legal_hold=True),
        person("100139", user="ali.eski", end=long_ago),
        person("100140", user="veli.eski", end=long_ago, mail=None),
    )
    return owners(declares(*people, accounts=(SHARED,)), TODAY)


def test_the_mailbox_of_who_is_expired_goes_and_its_change_says_what_is_lost(
    whose: Owners, expired: date
) -> None:
    held = HeldFolders(
        frozenset({"selin.aydin", "mustafa.kaya", "su.er", "ali.eski"}), {"ali.eski": Stored(12, 34567)}
    )
    [change] = changes(purges(whose, held), "mail1")
    assert (change.action, change.key, change.after) == ("delete", "mailbox of ali.eski (100139)", None)
    closed, kept = expired + timedelta(days=1), TODAY - timedelta(days=1)
    assert change.before == f"closed since {closed}, kept until {kept}\n12 messages, 34567 bytes"


def test_on_the_last_day_it_is_kept_nothing_goes(declares: Makes, person: Makes, expired: date) -> None:
    held = HeldFolders(frozenset({"selin.aydin"}))
    for last, number in ((expired, 1), (expired + timedelta(days=1), 0)):
        whose = owners(declares(person(end=last.isoformat())), TODAY)
        assert len(purges(whose, held)) == number


def test_mail_without_an_address_goes_too_and_what_lies_aside_is_finished(whose: Owners) -> None:
    held = HeldFolders(frozenset({"veli.eski"}), {"veli.eski": Stored(1, 10)}, {"ali.eski": Stored(2, 20)})
    one, two = changes(purges(whose, held), "mail1")
    assert (one.key, two.key) == ("mailbox of ali.eski (100139)", "mailbox of veli.eski (100140)")
    size = "2 messages, 20 bytes"
    assert str(one.before).endswith(f"\n{size}\nof these {size} lie aside: a run died while it removed them")


def test_mail_of_nobody_declared_is_told_and_never_goes(whose: Owners) -> None:
    """One that never was declared, one whose record is gone though the ledger has the name, and one left aside."""
    held = HeldFolders(
        frozenset({"selin.aydin", "hayalet", "purged.person"}),
        {"hayalet": Stored(3, 30)},
        {"gitti": Stored(4, 40)},
    )
    assert purges(whose, held) == ()
    found = strays(whose, held)
    assert (found.nobodys, found.unborn) == (("gitti", "hayalet", "purged.person"), 3)
    assert told(found, held) == (
        "mail of nobody declared: gitti, 4 messages, 40 bytes; kept, look whose it is",
        "mail of nobody declared: hayalet, 3 messages, 30 bytes; kept, look whose it is",
        "mail of nobody declared: purged.person, 0 messages, 0 bytes; kept, look whose it is",
        "3 mailboxes have no folder yet; the first letter makes it",
    )


@pytest.mark.parametrize(("addresses", "boxes"), [(1, 5), (1, 1), (5, 0), (0, 5), (3, 4), (0, 4)])
def test_the_number_that_apply_names_lets_the_deploy_through(
    declares: Makes,
    person: Makes,
    expired: date,
    monkeypatch: pytest.MonkeyPatch,
    addresses: int,
    boxes: int,
) -> None:
    """Of 5 addresses and 40 mailboxes; replies do not count."""
    users = [f"eski{n}" for n in range(40)]
    people = [
        person(str(100200 + n), user=user, **({"end": expired.isoformat()} if n < boxes else {}))
        for n, user in enumerate(users)
    ]
    aliases = tuple(Alias(alias=f"birim{n}", members=("eski39",)) for n in range(5))
    estate = declares(*people, aliases=aliases[addresses:])
    whose, wants = owners(estate, TODAY), wanted(estate, TODAY)
    there = replace(
        wants, aliases=wanted(declares(*people, aliases=aliases), TODAY).aliases, replies={"x": "y"}
    )
    planned = plan(wants, there, "mail1") + changes(purges(whose, HeldFolders(frozenset(users))), "mail1")
    assert len(planned) == addresses + boxes + 1
    monkeypatch.setattr(applying, "today", lambda _: TODAY)
    said = refusals(planned, applying.declared_shares(estate), None)
    share = removable(estate.mail, len(whose.boxes))
    number = int(said[0].rpartition(" ")[2]) if said else 0
    assert number == addresses + (boxes if boxes > 4 else 0)
    assert refused(planned, SUBJECT, share, number) is None
    assert not said or f"--confirm-removals {number}" in str(refused(planned, SUBJECT, share, 0))


def purging(var: Path, whose: Owners, held: HeldFolders, present: set[str]) -> Purging:
    records = Deletions(Papers(var).deletions_folder, MAILBOX, "mail1")
    gone = deleted_mailboxes(purges(whose, held), "mail1", "run-1", records.unsettled())
    return Purging(records, gone, frozenset(present))


def on_record(var: Path) -> list[tuple[str, str, int | None]]:
    return [(one.kind, one.personnel_number, one.messages) for one in Papers(var).deletions()]


def test_a_purge_is_on_record_with_what_was_lost(tmp_path: Path, whose: Owners) -> None:
    held = HeldFolders(frozenset({"ali.eski"}), {"ali.eski": Stored(12, 34567)})
    made = purging(tmp_path, whose, held, {"100139"})
    made.lay_aside()
    assert on_record(tmp_path) == []
    made.settle()
    [record] = Papers(tmp_path).deletions()
    assert (record.kind, record.messages, record.bytes, record.run) == ("mailbox", 12, 34567, "run-1")
    assert record.why.startswith("closed since ")


def test_a_run_that_died_half_way_is_finished_with_the_whole_count(tmp_path: Path, whose: Owners) -> None:
    full = HeldFolders(frozenset({"ali.eski"}), {"ali.eski": Stored(12, 34567)})
    purging(tmp_path, whose, full, {"100139"}).lay_aside()
    rest = HeldFolders(aside={"ali.eski": Stored(5, 50)})
    again = purging(tmp_path, whose, rest, {"100139"})
    again.lay_aside()
    again.settle()
    assert on_record(tmp_path) == [("mailbox", "100139", 12)]


def test_a_run_that_died_after_the_purge_keeps_its_record(tmp_path: Path, whose: Owners) -> None:
    purging(tmp_path, whose, HeldFolders(frozenset({"ali.eski"})), {"100139"}).lay_aside()
    purging(tmp_path, whose, HeldFolders(), set()).lay_aside()
    assert on_record(tmp_path) == [("mailbox", "100139", 0)]


def test_accounts_and_other_hosts_settle_nothing_of_a_mailbox(tmp_path: Path, whose: Owners) -> None:
    """The account is gone already while the mail is still there: its run must not say that the mail went."""
    purging(tmp_path, whose, HeldFolders(frozenset({"ali.eski"})), {"100139"}).lay_aside()
    papers = Papers(tmp_path)
    papers.settle_deletions(present=[])
    papers.lay_aside({}, deleted_accounts(["100139"], "dizin1", "run-1", {}))
    papers.settle()
    Deletions(papers.deletions_folder, MAILBOX, "mail2").settle()
    assert on_record(tmp_path) == [(ACCOUNT, "100139", None)]
    assert set(Deletions(papers.deletions_folder, MAILBOX, "mail1").unsettled()) == {"100139"}


def test_a_record_of_before_mailboxes_were_purged_is_still_read(tmp_path: Path) -> None:
    folder = tmp_path / "deletions"
    folder.mkdir()
    old = {"kind": ACCOUNT, "personnel_number": "100137", "at": "2026-01-01T00:00:00Z", "host": "dizin1"}
    (folder / "100137-20260101T000000Z.json").write_text(json.dumps({**old, "run": "r", "why": ""}), "utf-8")
    [record] = Papers(tmp_path).deletions()
    assert isinstance(record, Deletion) and record.messages is None


def test_the_program_is_told_names_and_no_more(whose: Owners) -> None:
    held = HeldFolders(frozenset({"ali.eski"}))
    asked = json.loads(answer_with(MailTables(), purges(whose, held), "a.example"))
    assert (asked["purged"], asked["domain"]) == (["ali.eski"], "a.example")
