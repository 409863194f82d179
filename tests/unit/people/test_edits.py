"""Edits single records as a person does, and keeps everything that is not edited."""

from __future__ import annotations

import difflib
import subprocess
import sys
from datetime import date
from pathlib import Path

import pytest

from estate.runs import filing
from estate.runs.environment import Environment
from estate.runs.filing import opened
from estate.runs.refused import Exit, RefusedError
from tests.unit.people.conftest import TODAY, Checkout

ADD = ["--title", "Memur", "--status", "memur", "--unit", "park", "--site", "ANA", "--start", "1.12.2026"]


def lines_changed(before: dict[str, str], after: dict[str, str]) -> list[str]:
    found = []
    for file in before:
        found += difflib.unified_diff(before[file].splitlines(), after[file].splitlines(), n=0, lineterm="")
    return [line for line in found if line[0] in "+-" and not line.startswith(("+++", "---"))]


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
        "100129 Uğur Şahin: extension 2803 -> 3600, unit bilgiislem -> fen, site ANA -> GR1"
    )
    assert lines_changed(before, checkout.texts()) == [
        '-    extension: "2803" # the blue one',
        '+    extension: "3600" # the blue one',
        "-    unit: bilgiislem",
        "-    site: ANA",
        "+    unit: fen",
        "+    site: GR1",
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
    assert (moved["100107"], moved["100130"]) == (("imar", "3200"), ("imar", "3204"))
    assert (moved["100161"], moved["100133"]) == (("imar", None), ("kultur", "4303"))
    assert told["notes"] == [
        "100130 Öznur Özgür: stands in for the director of kultur until 2027-06-30, as before"
    ]
    again = checkout.done("move", "--everybody-of", "kultur", "--unit", "imar")
    assert (again["result"], again["edits"]) == ("unchanged", [])


def test_who_finds_the_new_block_full_or_directs_on_is_told(checkout: Checkout) -> None:
    path = checkout.inventory / "group_vars/all/organisation.yml"
    text = path.read_text(encoding="utf-8")
    path.write_text(text.replace('{first: "3200", last: "3399"}', '{first: "3200", last: "3204"}'), "utf-8")
    checkout.done("move", "100107", "--title", "Müdür")
    told = checkout.run("move", "--everybody-of", "kultur", "--unit", "imar", "--dry").stdout.splitlines()
    assert told[3:6] == [
        "100107 Ayşenur Demir: keeps the title Müdür, so directs imar from now on; give another with --title",
        "100130 Öznur Özgür: stands in for the director of kultur until 2027-06-30, as before",
        "100133 Lâle Kâhya: no extension of imar is free; widen its block, then give one with --extension",
    ]


def test_the_number_of_the_help_desk_is_given_to_nobody(checkout: Checkout) -> None:
    checkout.done("move", "100107", "--unit", "bilgiislem")
    assert checkout.person("100107").extension not in (None, "2800")


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


EDIT = """
import sys, time
from datetime import date
from pathlib import Path
from estate.people import changes
from estate.people.roster import Roster
from estate.runs.environment import Environment
from estate.runs.filing import opened

root, number, today = Path(sys.argv[1]), sys.argv[2], date.fromisoformat(sys.argv[3])
with opened(Environment("lab", root), f"edit {number}", today) as desk:
    time.sleep(0.5)
    desk.write([changes.move(Roster(desk.estate, today), number, {"title": f"Şef {number}"})])
"""


def test_two_edits_at_once_are_both_kept(checkout: Checkout) -> None:
    root = checkout.inventory.parents[1]
    call = [sys.executable, "-c", EDIT, str(root)]
    edits = [subprocess.Popen([*call, number, str(TODAY)]) for number in ("100129", "100131")]
    assert [edit.wait(60) for edit in edits] == [0, 0]
    assert (checkout.person("100129").title, checkout.person("100131").title) == ("Şef 100129", "Şef 100131")


def test_an_edit_that_waited_in_vain_is_refused(checkout: Checkout, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(filing, "WAIT_SECONDS", 0.2)
    with opened(Environment("lab", checkout.inventory.parents[1]), "person import", TODAY):
        told = checkout.refused("move", "100129", "--title", "Şef", code=Exit.LOCKED)
    assert "run person import" in told
    assert checkout.done("move", "100129", "--title", "Şef")["result"] == "written"


def test_an_edit_by_hand_in_between_is_not_overwritten(checkout: Checkout) -> None:
    from estate.people import changes
    from estate.people.roster import Roster

    path = checkout.inventory / "estate/people.yml"
    with opened(Environment("lab", checkout.inventory.parents[1]), "person move", TODAY) as desk:
        by_hand = path.read_text(encoding="utf-8") + "# by hand\n"
        path.write_text(by_hand, encoding="utf-8")
        edit = changes.move(Roster(desk.estate, TODAY), "100129", {"title": "Şef"})
        with pytest.raises(RefusedError, match="the files changed while the edit was made"):
            desk.write([edit])
    assert path.read_text(encoding="utf-8") == by_hand


def test_a_run_killed_between_the_files_is_made_good_by_the_next(
    checkout: Checkout, monkeypatch: pytest.MonkeyPatch
) -> None:
    wrote = []

    def killed(path: Path, text: str, mode: int) -> None:
        if wrote:
            raise KeyboardInterrupt
        wrote.append(path.name)
        path.write_text(text, encoding="utf-8")

    words = ["add", "100161", "--given", "Mustafa", "--surname", "Kaya", *ADD]
    with monkeypatch.context() as patched:
        patched.setattr(filing, "write_text", killed)
        assert checkout.run(*words).exit_code != 0
    assert wrote == ["identities.yml"]
    assert checkout.estate().people[-1].personnel_number == "100160"
    checkout.done(*words)
    assert checkout.person("100161").user == "mustafa.kaya3"
    assert checkout.texts()["estate/identities.yml"].count('"100161"') == 1


def test_files_keep_their_mode(checkout: Checkout) -> None:
    path = checkout.inventory / "estate/people.yml"
    path.chmod(0o640)
    checkout.done("move", "100129", "--title", "Şef")
    assert path.stat().st_mode & 0o777 == 0o640
