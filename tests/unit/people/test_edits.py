"""Moves, renames and ends single records as a person does, and keeps everything that is not edited."""

from __future__ import annotations

from datetime import date

from estate.records import RunDirectory
from tests.unit.people.conftest import ADD, TODAY, Checkout, lines_changed


def test_a_number_that_somebody_gave_up_is_drawn_for_nobody_and_given_when_asked_for(
    checkout: Checkout,
) -> None:
    checkout.done("move", "100129", "--unit", "fen")
    moved = checkout.done("move", "100133", "--unit", "bilgiislem")
    drawn = checkout.person("100133").extension
    assert drawn not in (None, "2803") and moved["result"] != "unchanged"
    shown = checkout.run("show", "100129").stdout
    assert "given up" in shown and "2026-11-30: extension 2803" in shown
    checkout.done("move", "100133", "--extension", "2803")
    assert checkout.person("100133").extension == "2803"


def test_a_number_that_112_calls_back_is_drawn_for_nobody_and_given_when_asked_for(
    checkout: Checkout,
) -> None:
    prefix, site = checkout.estate().telephony.plan.did_prefix, checkout.estate().telephony.emergency.callers
    assert site["GR1"] == f"{prefix}3600"
    checkout.done("move", "100129", "--unit", "fen")
    assert checkout.person("100129").extension == "3606"
    checkout.done("move", "100129", "--extension", "3600")
    assert checkout.person("100129").extension == "3600"


def test_a_move_changes_its_own_lines_and_no_others(checkout: Checkout) -> None:
    path = checkout.inventory / "estate/people.yml"
    text = path.read_text(encoding="utf-8")
    commented = text.replace('    extension: "2803"\n', '    extension: "2803" # the blue one\n').replace(
        '  - personnel_number: "100130"\n', '  # the next has moved twice\n\n  - personnel_number: "100130"\n'
    )
    path.write_text(commented, encoding="utf-8")
    before = checkout.texts()
    told = checkout.run("move", "100129", "--unit", "Fen İşleri Müdürlüğü", "--site", "GR1")
    assert told.stdout.splitlines()[0] == (
        "100129 Uğur Şahin: extension 2803 -> 3606, unit bilgiislem -> fen, site ANA -> GR1"
    )
    assert lines_changed(before, checkout.texts()) == [
        '-    extension: "2803" # the blue one',
        '+    extension: "3606" # the blue one',
        "-    unit: bilgiislem",
        "-    site: ANA",
        "+    unit: fen",
        "+    site: GR1",
        '+  - personnel_number: "100129"',
        '+    since: "2026-11-30"',
        '+    extension_given_up: "2803"',
    ]
    assert checkout.run("move", "100129", "--unit", "fen").stdout.endswith("nothing to change\n")


def test_a_directorate_is_merged_in_one_edit(checkout: Checkout) -> None:
    """Who works there or will goes along and gets an extension of the new block; who left keeps the unit."""
    checkout.done("leave", "100133", "--on", "29.11.2026")
    joiner = ["--title", "Memur", "--status", "memur", "--start", "1.1.2027"]
    checkout.done("add", "100161", "--given", "Nuri", "--surname", "Işık", *joiner, "--unit", "kultur")
    told = checkout.done("move", "--everybody-of", "kultur", "--unit", "İmar ve Şehircilik Müdürlüğü")
    assert [edit["personnel_number"] for edit in told["edits"]] == ["100107", "100130", "100161"]
    moved = {one.personnel_number: (one.unit, one.extension) for one in checkout.estate().people}
    assert (moved["100107"], moved["100130"]) == (("imar", "3204"), ("imar", "3205"))
    assert (moved["100161"], moved["100133"]) == (("imar", None), ("kultur", "4303"))
    assert told["notes"] == [
        "100130 Öznur Özgür: stands in for the director of kultur until 2027-06-30, as before"
    ]
    again = checkout.done("move", "--everybody-of", "kultur", "--unit", "imar")
    assert (again["result"], again["edits"]) == ("unchanged", [])


def test_who_finds_the_new_block_full_or_directs_on_is_told(checkout: Checkout) -> None:
    path = checkout.inventory / "group_vars/all/organisation.yml"
    text = path.read_text(encoding="utf-8")
    path.write_text(text.replace('{first: "3200", last: "3399"}', '{first: "3200", last: "3205"}'), "utf-8")
    checkout.done("move", "100107", "--title", "Müdür")
    told = checkout.run("move", "--everybody-of", "kultur", "--unit", "imar", "--dry").stdout.splitlines()
    assert told[3:6] == [
        "100107 Ayşenur Demir: keeps the title Müdür, so directs imar from now on; give another with --title",
        "100130 Öznur Özgür: stands in for the director of kultur until 2027-06-30, as before",
        "100133 Lâle Kâhya: no extension of imar is free; widen its block, then give one with --extension",
    ]


def test_a_stand_in_has_an_end(checkout: Checkout) -> None:
    checkout.done("move", "100129", "--acting", "bilgiislem", "--until", "31.1.2027")
    person = checkout.person("100129")
    assert person.acts_for(date(2027, 1, 31)) == "bilgiislem"
    assert person.acts_for(date(2027, 2, 1)) is None
    assert '    acting: {unit: bilgiislem, end: "2027-01-31"}\n' in checkout.texts()["estate/people.yml"]


def test_a_marriage_keeps_login_and_address(checkout: Checkout) -> None:
    before = checkout.person("100136")
    checkout.done("rename", "100136", "--surname", "Yılmaz")
    after = checkout.person("100136")
    assert after.display_name == "Selin Yılmaz"
    assert (after.user, after.sam_account_name, after.addresses) == (
        before.user,
        before.sam_account_name,
        before.addresses,
    )


def test_a_new_address_keeps_the_old_one_and_both_stand_in_the_ledger(checkout: Checkout) -> None:
    checkout.done("rename", "100136", "--surname", "Kaya", "--new-mail")
    domain = "gumuscagil.bel.example"
    person = checkout.person("100136")
    assert (person.user, person.mail) == ("selin.aydin", f"selin.kaya@{domain}")
    assert person.mail_aliases == (f"selin.aydin@{domain}",)
    checkout.done("add", "100161", "--given", "Selin", "--surname", "Kaya", *ADD)
    assert checkout.person("100161").user == "selin.kaya2", "an address of hers is nobody else's login"
    ledger = checkout.texts()["estate/identities.yml"]
    checkout.done("rename", "100136", "--surname", "Aydın", "--new-mail")
    back = checkout.person("100136")
    assert back.addresses == (f"selin.aydin@{domain}", f"selin.kaya@{domain}")
    assert checkout.texts()["estate/identities.yml"] == ledger


def test_a_leaver_keeps_the_access_of_the_last_day(checkout: Checkout) -> None:
    checkout.done("leave", "100131", "--on", "31.12.2026", "--hand-over", "100129", "--legal-hold")
    person = checkout.person("100131")
    assert (person.end, person.closed_from) == (date(2026, 12, 31), date(2027, 1, 1))
    assert (person.hand_over, person.legal_hold) == ("100129", True)
    told = checkout.refused("leave", "100129", "--on", "31.12.2026")
    assert "Uğur Şahin gets the mail of Yiğit Çiçek (100131); first name somebody else" in told
    checkout.done("leave", "100131", "--hand-over", "100145", "--no-legal-hold")
    checkout.done("leave", "100129", "--on", "31.12.2026")
    checkout.done("leave", "100131", "--withdrawn")
    stays = checkout.person("100131")
    assert (stays.end, stays.closed_from, stays.hand_over) == (None, None, None)


def test_at_once_closes_every_access_today(checkout: Checkout) -> None:
    checkout.done("leave", "100131", "--at-once")
    person = checkout.person("100131")
    assert (person.end, person.cut_off, person.closed_from) == (TODAY, TODAY, TODAY)
    checkout.done("leave", "100129", "--on", "31.12.2026")
    checkout.done("leave", "100129", "--at-once")
    assert checkout.person("100129").closed_from == TODAY
    assert checkout.person("100129").end == date(2026, 12, 31)
    checkout.done("leave", "100145", "--on", "27.11.2026", "--at-once")
    assert checkout.person("100145").closed_from == date(2026, 11, 28)
    assert checkout.done("leave", "100137", "--at-once", "--legal-hold")["result"] == "written"
    assert checkout.person("100137").closed_from == date(2025, 1, 1)


def test_who_comes_back_gets_the_same_login_and_mailbox(checkout: Checkout) -> None:
    checkout.done("leave", "100136", "--on", "30.11.2026", "--hand-over", "100129")
    told = checkout.refused("add", "100136", "--given", "Selin", "--surname", "Aydın", *ADD)
    assert "who has not left on 2026-11-30" in told
    words = [
        "--given",
        "Selin",
        "--surname",
        "Yıldız",
        "--title",
        "Şef",
        "--status",
        "memur",
        "--unit",
        "fen",
    ]
    checkout.done("add", "100136", *words, "--start", "2.6.2027", today=date(2027, 5, 30))
    back = checkout.person("100136", date(2027, 5, 30))
    assert (back.user, back.mail) == ("selin.aydin", "selin.aydin@gumuscagil.bel.example")
    assert (back.end, back.hand_over, back.start) == (None, None, date(2027, 6, 2))
    assert back.display_name == "Selin Yıldız"
    assert checkout.texts()["estate/identities.yml"].count("selin.aydin\n") == 2


def test_who_was_purged_comes_back_under_the_old_names(checkout: Checkout) -> None:
    path = checkout.inventory / "estate/people.yml"
    blocks = path.read_text(encoding="utf-8").split("  - personnel_number: ")
    path.write_text(
        "  - personnel_number: ".join(b for b in blocks if not b.startswith('"100137"')), encoding="utf-8"
    )
    ledger = checkout.texts()["estate/identities.yml"]
    told = checkout.refused("move", "100137", "--unit", "fen")
    assert (
        "nobody has the personnel number 100137 (purged; the names are kept in estate/identities.yml)" in told
    )
    checkout.done("add", "100161", "--given", "Mustafa", "--surname", "Kaya", *ADD)
    assert checkout.person("100161").user == "mustafa.kaya3", "a purged person's name is still his"
    checkout.done("add", "100137", "--given", "Mustafa", "--surname", "Kaya", *ADD)
    assert checkout.person("100137").user == "mustafa.kaya"
    assert checkout.texts()["estate/identities.yml"].startswith(ledger)


def test_a_list_is_in_the_order_of_the_alphabet(checkout: Checkout) -> None:
    found = [line.split("  ")[1] for line in checkout.run("show", "--unit", "bilgiislem").stdout.splitlines()]
    assert found == [
        "Selin Aydın",
        "Çağrı Bağcı",
        "Yiğit Çiçek",
        "Zübeyde Işıl",
        "Uğur Şahin",
        "Müjgân Tığlı",
        "Oğuz Yağız",
        "Mehmet Yılmaz",
    ]


def test_a_record_is_shown_with_every_name_ever_given(checkout: Checkout) -> None:
    checkout.done("rename", "100136", "--surname", "Kaya", "--new-mail")
    shown = checkout.run("show", "100136").stdout.splitlines()
    assert "display_name      Selin Kaya" in shown
    assert [line for line in shown if line.startswith("given ")] == [
        "given             2025-02-03: selin.aydin, selin.aydin, selin.aydin@gumuscagil.bel.example",
        "given             2026-11-30: selin.kaya@gumuscagil.bel.example",
    ]
    told = checkout.done("show", "100136")
    assert [row["since"] for row in told["names_given"]] == ["2025-02-03", "2026-11-30"]


def test_a_desk_stays_behind_when_its_owner_goes_to_another_site(checkout: Checkout) -> None:
    kept = checkout.run("move", "100136", "--title", "Şef")
    assert "outlet" not in kept.stdout
    moved = checkout.run("move", "100136", "--unit", "fen", "--site", "GR1")
    assert "site ANA -> GR1, outlet ANA-3-115 -> nothing" in moved.stdout


def test_a_person_is_shown_beside_a_run_that_cannot_be_read(checkout: Checkout) -> None:
    var = checkout.inventory.parents[1] / "var/lab"
    run = RunDirectory.start(var, "apply", environment="lab", commit="c", who="w", reason="")
    (run.path / "run.json").write_text("{", "utf-8")
    shown = checkout.run("show", "100129")
    assert shown.exit_code == 3 and "Uğur Şahin" in shown.stdout
    assert f"runs: {run.path}/run.json: not a valid record" in shown.stderr
