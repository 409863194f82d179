"""Declares single people as a person does: names that nobody had, and what may not be written."""

from __future__ import annotations

from datetime import date

import pytest

from tests.unit.people.conftest import ADD, Checkout, lines_changed


def test_a_joiner_gets_names_that_nobody_had(checkout: Checkout) -> None:
    before = checkout.texts()
    told = checkout.done("add", "100161", "--given", "Mustafa", "--surname", "Kaya", *ADD)
    person = checkout.person("100161")
    assert (person.user, person.mail) == ("mustafa.kaya3", "mustafa.kaya3@gumuscagil.bel.example")
    assert person.start == date(2026, 12, 1)
    assert told["edits"][0]["names_given"] == [
        {
            "personnel_number": "100161",
            "since": "2026-11-30",
            "user": "mustafa.kaya3",
            "sam_account_name": "mustafa.kaya3",
            "mail": "mustafa.kaya3@gumuscagil.bel.example",
        }
    ]
    assert [line[0] for line in lines_changed(before, checkout.texts())] == ["+"] * 16


def test_names_in_capitals_become_names_as_in_an_import(checkout: Checkout) -> None:
    place = ["--status", "memur", "--unit", "park", "--site", "ANA", "--start", "1.12.2026"]
    capitals = ["--given", "İLKER ŞÜKRÜ", "--surname", "ÇIĞDEMOĞLU", "--title", "BİLGİSAYAR İŞLETMENİ"]
    checkout.done("add", "100161", *capitals, *place)
    added = checkout.person("100161")
    assert (added.display_name, added.title) == ("İlker Şükrü Çığdemoğlu", "Bilgisayar İşletmeni")
    assert checkout.done("rename", "100161", "--surname", "ÇIĞDEMOĞLU")["result"] == "unchanged"
    checkout.done("rename", "100161", "--surname", "ÇİĞDEMOĞLU", "--given", "İlker McŞükrü")
    checkout.done("move", "100161", "--title", "VHKİ")
    renamed = checkout.person("100161")
    assert (renamed.display_name, renamed.title) == ("İlker McŞükrü Çiğdemoğlu", "VHKİ")


def test_names_of_programs_and_shared_mailboxes_are_taken(checkout: Checkout) -> None:
    mail = checkout.inventory / "group_vars/all/mail.yml"
    text = mail.read_text(encoding="utf-8")
    mail.write_text(text.replace("alias: abuse,", "alias: nuri.isik,"), encoding="utf-8")
    checkout.done("add", "100161", "--given", "Nuri", "--surname", "Işık", *ADD)
    assert checkout.person("100161").user == "nuri.isik2"


def test_somebody_may_have_no_account_or_no_mailbox(checkout: Checkout) -> None:
    checkout.done("add", "100161", "--given", "Nuri", "--surname", "Işık", *ADD, "--no-account")
    person = checkout.person("100161")
    assert (person.user, person.sam_account_name, person.mail) == (None, None, None)
    checkout.done("add", "100162", "--given", "Nuri", "--surname", "Işık", *ADD, "--no-mailbox")
    assert checkout.person("100162").user == "nuri.isik"
    assert checkout.person("100162").mail is None


def test_a_record_alone_gets_an_account_later(checkout: Checkout) -> None:
    checkout.done("add", "100161", "--given", "Nuri", "--surname", "Işık", *ADD, "--no-account")
    checkout.done("account", "100161", "--no-mailbox")
    assert (checkout.person("100161").user, checkout.person("100161").mail) == ("nuri.isik", None)
    checkout.done("account", "100161")
    assert checkout.person("100161").mail == "nuri.isik@gumuscagil.bel.example"
    assert checkout.done("account", "100161")["result"] == "unchanged"
    assert checkout.done("account", "100161", "--no-mailbox")["result"] == "unchanged"
    before = checkout.person("100136")
    checkout.done("rename", "100136", "--surname", "Kaya", "--new-mail")
    checkout.done("account", "100136")
    assert checkout.person("100136").user == before.user
    assert checkout.person("100136").mail == "selin.kaya@gumuscagil.bel.example"


def test_people_of_vendors_have_an_end_and_no_mailbox(checkout: Checkout) -> None:
    words = ["--given", "Ali", "--surname", "Usta", "--title", "Teknisyen", "--status", "firma"]
    words += ["--start", "2026-12-01"]
    told = checkout.refused("add", "100161", *words)
    assert "f.ali.usta works for a vendor and has no end; write the contract's last day" in told
    checkout.done("add", "100161", *words, "--end", "2027-02-28")
    person = checkout.person("100161")
    assert (person.user, person.mail, person.closed_from) == ("f.ali.usta", None, date(2027, 3, 1))


@pytest.mark.parametrize(
    "words, told",
    [
        (
            ["add", "100101", "--given", "A", "--surname", "B", *ADD],
            "100101 is Ayşe Yılmaz, who has not left on",
        ),
        (
            ["add", "1001", "--given", "A", "--surname", "B", *ADD],
            '"1001" is no personnel number; write six digits',
        ),
        (["add", "100161", "--given", "-", "--surname", "B", *ADD], 'the given name "-" does not begin'),
        (["add", "100161", "--given", "A", "--surname", "B", *ADD, "--unit", "parka"], "did you mean park?"),
        (
            ["add", "100161", "--given", "A", "--surname", "B", *ADD, "--extension", "2801"],
            "not an extension of park",
        ),
        (
            ["add", "100161", "--given", "A", "--surname", "B", *ADD, "--end", "31.2.2027"],
            "is not in the calendar",
        ),
        (
            ["move", "100999", "--unit", "fen"],
            "nobody has the personnel number 100999; see `./scripts/estate person show`",
        ),
        (["move", "100129"], "say what changes"),
        (["move", "100129", "--unit", "fen", "--on", "2026-12-01"], "2026-12-01 lies ahead"),
        (["move", "100129", "--acting", "fen"], "needs both --acting UNIT and --until DAY"),
        (
            ["move", "100129", "--acting", "kultur", "--until", "29.11.2026"],
            "--until: 2026-11-29 is past; standing in ends today (2026-11-30) at the earliest",
        ),
        (["move", "100129", "--acting", "kultur", "--until", "31.12.9999"], "needs a last day"),
        (["move", "--unit", "fen"], "say who moves"),
        (["move", "100129", "--everybody-of", "plan", "--unit", "fen"], "say who moves"),
        (["move", "--everybody-of", "plan", "--site", "GR1"], "--everybody-of needs --unit"),
        (
            ["move", "--everybody-of", "plan", "--unit", "imar", "--title", "Şef"],
            "nothing that is one person's",
        ),
        (["move", "--everybody-of", "plan", "--unit", "plan"], "move everybody of plan to plan itself"),
        (["move", "--everybody-of", "plann", "--unit", "imar"], "did you mean plan?"),
        (["move", "100129", "--extension", "3700"], "3700 is not an extension of bilgiislem"),
        (["rename", "100129"], "say what changes"),
        (["rename", "100159", "--surname", "Usta", "--new-mail"], "has no mailbox"),
        (["leave", "100129"], "say what changes"),
        (["leave", "100129", "--hand-over", "100131"], "leaves on no known day"),
        (["leave", "100129", "--on", "30.11.2026", "--hand-over", "100129"], "handed to its own owner"),
        (["leave", "100129", "--on", "30.11.2026", "--hand-over", "100137"], "Mustafa Kaya has left as well"),
        (["leave", "100129", "--on", "30.11.2026", "--hand-over", "100159"], "Veli Firma has no mailbox"),
        (["leave", "100129", "--on", "1.1.2001"], "is before the start 2017-03-20"),
        (["leave", "100129", "--withdrawn", "--on", "1.1.2027"], "goes with no other word"),
        (["show", "100999"], "nobody has the personnel number 100999"),
    ],
)
def test_what_may_not_be_written_is_refused_and_leaves_the_files(
    checkout: Checkout, words: list[str], told: str
) -> None:
    refusal = checkout.refused(*words)
    assert told in refusal
    assert "Traceback" not in refusal


def test_who_has_no_telephone_is_told_and_the_command_that_gives_one(checkout: Checkout) -> None:
    words = ["100161", "--given", "Nuri", "--surname", "Işık", *ADD]
    told = checkout.run("add", *words).stdout.splitlines()[1]
    command = told.partition("`./scripts/estate person ")[2].partition("`")[0]
    assert told.startswith("100161 Nuri Işık: no telephone; ") and command.startswith(
        "move 100161 --extension "
    )
    assert told.partition(": ")[2] in checkout.run("show", "100161").stdout.splitlines()
    checkout.done(*command.split())
    assert checkout.person("100161").extension == command.split()[-1]
    assert "no telephone" not in checkout.run("show", "100161").stdout


def test_who_joins_with_an_extension_or_where_none_is_free_is_told_no_command(checkout: Checkout) -> None:
    words = ["add", "100161", "--given", "Nuri", "--surname", "Işık", *ADD, "--dry"]
    assert checkout.done(*words, "--extension", "3799")["notes"] == []
    path = checkout.inventory / "group_vars/all/organisation.yml"
    text = path.read_text("utf-8")
    path.write_text(text.replace('first: "3700", last: "3799"', 'first: "3701", last: "3702"'), "utf-8")
    told = "no telephone; no number of park is free: widen its block in organisation.yml"
    assert checkout.done(*words)["notes"] == [f"100161 Nuri Işık: {told}"]


def test_a_full_block_of_extensions_is_told_by_its_unit(checkout: Checkout) -> None:
    move = ["move", "100105", "--extension", "4202"]
    told = checkout.refused(*move)
    assert "extension 4202 is that of Şükrü Gümüşçü (100122); zabita has 4200 to 4299, 4200 is free" in told
    organisation = checkout.inventory / "group_vars/all/organisation.yml"
    text = organisation.read_text(encoding="utf-8")
    organisation.write_text(
        text.replace('{first: "4200", last: "4299"}', '{first: "4201", last: "4203"}'), "utf-8"
    )
    full = "zabita has 4201 to 4203, none is free: widen the block in organisation.yml"
    assert full in checkout.refused(*move)
    words = ["--given", "Nuri", "--surname", "Işık", *ADD, "--unit", "zabita"]
    assert full in checkout.refused("add", "100161", *words, "--extension", "4203")
    assert "4204 is not an extension of zabita" in checkout.refused(
        "add", "100161", *words, "--extension", "4204"
    )
    assert checkout.done("move", "100105", "--extension", "4201")["result"] == "unchanged"


def test_a_dry_edit_is_judged_and_not_written(checkout: Checkout) -> None:
    before = checkout.texts()
    told = checkout.done("move", "100129", "--title", "Şef", "--dry")
    assert told["result"] == "dry"
    assert told["edits"][0]["changes"] == {"title": {"from": "Sistem Uzmanı (Mühendis)", "to": "Şef"}}
    assert "fen" in checkout.refused("move", "100129", "--extension", "9999", "--unit", "fen", "--dry")
    assert checkout.texts() == before


def test_the_number_of_the_help_desk_is_given_to_nobody(checkout: Checkout) -> None:
    checkout.done("move", "100107", "--unit", "bilgiislem")
    assert checkout.person("100107").extension not in (None, "2800")
