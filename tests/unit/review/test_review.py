"""A receipt names what gave each thing; a pack for a director holds everybody who may open something of the unit."""

import csv
import io
import json
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from pypdf import PdfReader

from estate.declared.estate import Estate
from estate.declared.identities import Identity
from estate.handover.papers import Papers
from estate.plan import ordered
from estate.plan.directory import plan
from estate.plan.directory_held import HeldDirectory
from estate.plan.directory_wanted import wanted
from estate.records import Change, Outcome, Plan, RunDirectory, runs_below, write
from estate.records.departures import keep
from estate.review.access import COLUMNS, packs
from estate.review.history import Entry, histories, recorded_since, since
from estate.review.receipt import lines, plain, receipt
from tests.unit.directory.conftest import TODAY
from tests.unit.directory.memory import carried_out

Makes = Callable[..., Any]


def applied(var: Path, estate: Estate, held: HeldDirectory, status: str = "changed") -> HeldDirectory:
    """Leaves the records of an apply that brought the declared people to a directory."""
    made = plan(wanted(estate, TODAY), held, "dizin1")
    run = RunDirectory.start(var, "apply", environment="lab", commit="c", who="ugur@y1", reason="ticket 7")
    whole = Plan(run.path.name, "lab", "c", "", "d", "h", ordered(made.changes), (), {})
    write(run.path / "plan.json", whole)
    run.record(Outcome("dizin1", "pyinfra", "people", "give", status))  # type: ignore[arg-type]
    run.finish("changed")
    return carried_out(held, made.steps) if status == "changed" else held


def history(var: Path) -> list[Entry]:
    return histories(runs_below(var)).get("100136", [])


@pytest.fixture
def moved(tmp_path: Path, declares: Makes, person: Makes) -> tuple[Path, Estate]:
    held = applied(tmp_path, declares(person()), HeldDirectory())
    after = declares(person(unit="fen", title="Şef"))
    applied(tmp_path, after, held)
    return tmp_path, after


def test_every_thing_held_names_the_change_that_gave_it(moved: tuple[Path, Estate]) -> None:
    var, _ = moved
    joined, went = history(var)
    given = since([joined, went])
    assert (given["account"], given["group tum-personel"]) == (joined, joined)
    assert (given["group birim-fen"], given["unit: Fen İşleri Müdürlüğü"]) == (went, went)
    assert "group birim-bilgiislem" not in given


def test_a_run_that_changed_nothing_is_no_history(tmp_path: Path, declares: Makes, person: Makes) -> None:
    applied(tmp_path, declares(person()), HeldDirectory(), "failed")
    assert history(tmp_path) == []


@pytest.mark.parametrize(("subject", "known"), [("mailboxes", 1), ("people", 0)])
def test_the_purge_of_a_mailbox_belongs_to_its_owner_when_its_deploy_changed_something(
    tmp_path: Path, subject: str, known: int
) -> None:
    run = RunDirectory.start(tmp_path, "apply", environment="lab", commit="c", who="ugur@y1", reason="")
    purge = Change("mail1", "pyinfra", "mailboxes", "delete", "mailbox of selin.aydin (100136)", "3 messages")
    write(run.path / "plan.json", Plan(run.path.name, "lab", "c", "", "d", "h", (purge,), (), {}))
    run.record(Outcome("mail1", "pyinfra", subject, "give", "changed"))
    run.finish("changed")
    assert [entry.applied for entry in history(tmp_path)] == [run.head().ended] * known


def test_a_receipt_tells_what_is_held_and_every_change(moved: tuple[Path, Estate]) -> None:
    var, estate = moved
    told = receipt(estate, TODAY, "100136", history(var), Papers(var))
    text = "\n".join(lines(told))
    first, second = (entry.run for entry in history(var))
    day = f"{datetime.now(UTC):%Y-%m-%d}"
    rows = [" ".join(line.split()) for line in text.splitlines()]
    assert f"group birim-fen {day} {second} (ugur@y1, ticket 7)" in rows
    assert f"account selin.aydin {day} {first} (ugur@y1, ticket 7)" in rows
    assert f"share fen (writes) {day} {second} (ugur@y1, ticket 7)" in rows
    assert f"internet standart {day} {second} (ugur@y1, ticket 7)" in rows
    assert "-loses: birim-bilgiislem, internet-genis" in rows
    assert "first password no sheet on record" in rows


def test_a_receipt_for_programs_says_the_same(moved: tuple[Path, Estate]) -> None:
    var, estate = moved
    told = plain(receipt(estate, TODAY, "100136", history(var), Papers(var)))
    assert json.loads(json.dumps(told)) == told
    joined, went = (entry.run for entry in history(var))
    held = {(item["kind"], item["what"]): item["run"] for item in told["holds"]}
    assert held["group", "birim-fen"] == went
    assert held["group", "tum-personel"] == held["account", "selin.aydin"] == joined
    assert held["address", "selin.aydin@gumuscagil.bel.example"] == joined
    assert [change["run"] for change in told["changes"]] == [joined, went]


def test_what_was_only_declared_is_told_from_what_is_older_than_the_records(
    declares: Makes, person: Makes, tmp_path: Path
) -> None:
    run = RunDirectory.start(tmp_path, "apply", environment="lab", commit="c", who="u", reason="")
    run.finish("failed")
    first = recorded_since(run.head() for run in runs_below(tmp_path))
    assert first is not None
    made = declares(person())

    def sources(since: date, recorded: date | None) -> tuple[set[str], bool]:
        ledger = (Identity(personnel_number="100136", since=str(since), user="selin.aydin"),)
        told = receipt(replace(made, identities=ledger), TODAY, "100136", [], Papers(tmp_path), recorded)
        rows = lines(told)
        shown = rows[rows.index("holds") + 1 : rows.index("changes  none on record") - 1]
        return {row.split("  ")[-1].strip() for row in shown}, plain(told)["unmade"]

    assert sources(first, first) == ({"declared, no run has made it"}, True)
    assert sources(first - timedelta(1), first) == ({"-"}, False)
    assert sources(first, None) == ({"-"}, False)
    applied(tmp_path, made, HeldDirectory())
    ledger = (Identity(personnel_number="100136", since=str(first), user="selin.aydin"),)
    held = receipt(
        replace(made, identities=ledger), TODAY, "100136", history(tmp_path), Papers(tmp_path), first
    )
    assert not held.unmade
    papers = Papers(tmp_path)
    papers.sheets_folder.mkdir(parents=True)
    (papers.sheets_folder / "100136.pdf").write_bytes(b"")
    assert sources(first, first) == ({"-"}, False)


def test_a_receipt_of_who_left_lists_every_try(
    declares: Makes, person: Makes, proof: Makes, tmp_path: Path
) -> None:
    estate, papers = declares(person(end="2026-11-26")), Papers(tmp_path)
    assert lines(receipt(estate, TODAY, "100136", [], papers))[-1] == "refused  not proven yet"
    keep(tmp_path, proof())
    keep(tmp_path, proof(personnel_number="100137", user="su.er"))
    told = receipt(estate, TODAY, "100136", [], papers)
    rows = lines(told)
    head = rows[rows.index("refused") + 1]
    assert head == "  2026-11-27 09:00 run-7 (ugur@y1): passed; sessions cut by this proof: 1 of mail"
    [ldap] = [row for row in rows if row.startswith("    ldap: refused, 0.2 s  49 ")]
    assert ldap.endswith("data 533, v1db1")
    known = "403 (authenticated; no profile opens what was asked)"
    assert f"    open account, proxy: let_in, 0.2 s  {known}" in rows
    assert "    proxy: refused, 0.2 s  407 Proxy Authentication Required" in rows
    [written] = plain(told)["proofs"]
    assert (written["verdict"], len(written["tries"]), len(written["control"])) == ("passed", 7, 7)


def test_a_receipt_says_where_sessions_of_mail_ended_when_the_proof_found_none(
    declares: Makes, person: Makes, proof: Makes, tmp_path: Path
) -> None:
    keep(tmp_path, proof(cut={"mail": 0, "files": 2}))
    told = "\n".join(
        lines(receipt(declares(person(end="2026-11-26")), TODAY, "100136", [], Papers(tmp_path)))
    )
    said = "sessions cut by this proof: 2 of files; those of mail end already with the automatic reply"
    assert f"passed; {said}\n" in told


def test_a_pack_holds_the_people_of_the_unit_and_who_stands_in(declares: Makes, person: Makes) -> None:
    people = (
        person("100201", user="z", given_name="Çağla", surname="Şen", unit="fen"),
        person("100202", user="s", given_name="Su", surname="Şahin", unit="fen", end="2026-12-31"),
        person("100203", user="m", unit="ik", title="Müdür", acting={"unit": "fen", "end": "2026-12-31"}),
        person("100204", user="i", unit="ik"),
        person("100205", user=None, sam_account_name=None, mail=None, unit="fen"),
    )
    found = {pack.unit: pack for pack in packs(declares(*people), TODAY, {})}
    assert [row[0] for row in found["fen"].rows] == ["100203", "100202", "100201"]
    assert found["fen"].directors == ("Selin Aydın",)
    assert [row[0] for row in found["ik"].rows] == ["100203", "100204"]
    assert found["fen"].rows[1][-1] == "31.12.2026"


@pytest.mark.parametrize(
    "title",
    [
        '=HYPERLINK("http://kotu.example";"tıkla")',
        "+cmd|' /C calc'!A0",
        "@ali",
        "-Ek Bina",
        "+905321112233",
    ],
)
def test_the_table_opens_in_excel_and_runs_no_formula(declares: Makes, person: Makes, title: str) -> None:
    pack = next(one for one in packs(declares(person(title=title)), TODAY, {}) if one.unit == "bilgiislem")
    assert pack.csv().startswith(b"\xef\xbb\xbfSicil;Ad Soyad;")
    rows = list(csv.reader(io.StringIO(pack.csv().decode("utf-8-sig")), delimiter=";"))
    assert rows[1][:4] == ["100136", "Selin Aydın", f"'{title}", "etkin"]


def test_words_from_outside_are_no_part_of_the_page(declares: Makes, person: Makes) -> None:
    found = packs(declares(person(title="<i>Şef</i> & =1+1")), TODAY, {})
    pack = next(one for one in found if one.unit == "bilgiislem")
    text = "".join(page.extract_text() for page in PdfReader(io.BytesIO(pack.pdf("Örnek"))).pages)
    assert "<i>Şef</i>&=1+1" in "".join(text.split()), "shown as written, whatever the lines are"


@pytest.mark.parametrize(
    ("changed", "last"),
    [
        ({"end": "2026-11-26"}, "26.11.2026"),
        (
            {"end": "2026-11-26", "cut_off": "2026-11-26"},
            "26.11.2026 (erişim 26.11.2026 gününden itibaren kapalı)",
        ),
        ({}, ""),
    ],
)
def test_the_last_day_of_a_pack_is_that_of_the_record(
    declares: Makes, person: Makes, changed: dict[str, str], last: str
) -> None:
    pack = next(one for one in packs(declares(person(**changed)), TODAY, {}) if one.unit == "bilgiislem")
    assert pack.rows[0][-1] == last


def test_no_day_user_name_or_address_is_broken_inside_a_word(declares: Makes, person: Makes) -> None:
    user = "mehmet.kilicarslanoglu"
    waits = person(user=user, start="2026-12-26", end="2026-12-26")
    pack = next(one for one in packs(declares(waits), TODAY, {}) if one.unit == "bilgiislem")
    words = PdfReader(io.BytesIO(pack.pdf("Örnek"))).pages[0].extract_text().split()
    heads = {word for column in COLUMNS for word in column.split()}
    assert {"26.12.2026", "başlayacak", user, "@gumuscagil.bel.example", *heads} <= set(words)


def test_the_same_pack_gives_the_same_bytes(declares: Makes, person: Makes) -> None:
    one, two = (
        next(pack for pack in packs(declares(person()), date(2026, 11, 30), {}) if pack.rows) for _ in "ab"
    )
    assert one.pdf("Belediye") == two.pdf("Belediye")
