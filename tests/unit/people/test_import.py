"""Imports what a personnel system says, and nothing that it may not mean."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest

from estate.declared import Estate
from estate.people import entries, feed, table
from estate.people.roster import EditError, Roster
from tests.unit.people.conftest import HEADING, TODAY, Checkout

Export = Callable[..., Path]
HR = Path(__file__).parents[2] / "golden" / "people" / "hr_export.csv"


def exported() -> list[str]:
    return HR.read_text(encoding="utf-8").splitlines()[1:]


def changed(number: str, old: str, new: str) -> list[str]:
    rows = exported()
    at = next(i for i, row in enumerate(rows) if row.startswith(number))
    assert old in rows[at]
    rows[at] = rows[at].replace(old, new)
    return rows


def judged(estate: Estate, *rows: str) -> entries.Judged:
    return entries.judged(*table.read("\n".join([HEADING, *rows]).encode()), estate, TODAY)


def test_the_second_import_of_the_same_file_changes_nothing(checkout: Checkout, export: Export) -> None:
    rows = changed("100129", "bilgiislem;Sistem Uzmanı (Mühendis)", "BİLGİ İŞLEM MÜDÜRLÜĞÜ;ŞEF")
    file = export(*rows, "100161;NURİ;IŞIK;park;MÜHENDİS;MEMUR;ana;1.12.2026;", encoding="cp1254")
    first = checkout.done("import", str(file))
    assert [edit["personnel_number"] for edit in first["edits"]] == ["100129", "100161"]
    after = checkout.texts()
    new = checkout.person("100161")
    assert (new.display_name, new.title, new.user, new.site) == ("Nuri Işık", "Mühendis", "nuri.isik", "ANA")
    assert checkout.person("100129").title == "Şef"
    second = checkout.done("import", str(file))
    assert (second["result"], second["edits"]) == ("unchanged", [])
    assert checkout.texts() == after


def test_a_corrected_letter_changes_the_name_and_no_login(checkout: Checkout, export: Export) -> None:
    names = checkout.names()
    checkout.done("import", str(export(*changed("100108", "Ilgın", "İlgin"))))
    assert checkout.person("100108").display_name == "İlgin Aksoy"
    assert checkout.names() == names


@pytest.mark.parametrize("spelled", ["ILGIN", " Ilgın\u00a0", "Ilg\u0131n\u200b"])
def test_capitals_say_nothing_new_about_a_known_name(
    checkout: Checkout, export: Export, spelled: str
) -> None:
    told = checkout.done("import", str(export(*changed("100108", "Ilgın", spelled))))
    assert told["result"] == "unchanged"


def test_capitals_do_not_respell_what_is_known(checkout: Checkout, export: Export) -> None:
    checkout.done("move", "100129", "--title", "Basın ve Yayın Uzmanı")
    rows = changed("100129", "Sistem Uzmanı (Mühendis)", "BASIN VE YAYIN UZMANI")
    assert checkout.done("import", str(export(*rows)))["result"] == "unchanged"


def test_capitals_with_other_letters_are_a_correction(checkout: Checkout, export: Export) -> None:
    checkout.done("import", str(export(*changed("100108", "Ilgın", "İLGİN"))))
    assert checkout.person("100108").given_name == "İlgin"


def test_damaged_rows_are_refused_one_by_one(checkout: Checkout, export: Export) -> None:
    good = "100161;Nuri;Işık;park;Mühendis;memur;ANA;1.12.2026;"
    damaged = [
        "100162;Þükrü;Işık;park;Mühendis;memur;ANA;31/12/2026;",
        "100163;Ali;Can;Park ve Bahçe;Mühendis;memurr;ANK;31.12.2026;1.12.2026",
        "100164;Veli;Can;park;Teknisyen;firma;;1.1.2026;",
        "100165;Veli;;;;memur;ANA;;",
        "100166;Veli;Can;park;Memur;memur;ANA;1.1.2206;",
        "100101.5;Veli;Can;park;Memur;memur;ANA;1.1.2026;",
        "100167;-;Can;park;Memur;memur;ANA;1.1.2026;",
        "100168;Ali;Can",
        good.replace("Nuri", "Nur"),
    ]
    file = export(*exported(), good, *damaged)
    told = checkout.refused("import", str(file))
    lines = [line.removeprefix(f"{file}: ") for line in told.splitlines()[1:]]
    assert told.startswith(
        f"refused: 9 damaged rows in {file}; nothing was written. Mend them, or import the others"
    )
    assert lines == EXPECTED.splitlines()
    result = checkout.run("import", str(file), "--partial", "--json")
    assert result.exit_code == 3
    partial = json.loads(result.stdout)
    assert (partial["result"], partial["edits"]) == ("unchanged", []), (
        "the good row stands twice, so neither is taken"
    )
    assert len(partial["refused"]) == len(lines)


EXPECTED = """\
line 63: ad: "Þükrü" was damaged by another encoding ("Þ"); export anew, as UTF-8 or Windows-1254
line 63: baslangic: "31/12/2026" is no day; write it as 31.12.2024 or 2024-12-31
line 64: birim: "Park ve Bahçe" is no directorate; did you mean park?
line 64: bitis: 2026-12-01 is before the start 2026-12-31; mend one of the two
line 64: statu: "memurr" is no status; did you mean memur?
line 64: yer: "ANK" is no site; known are ANA, EK1, FKM, GR1, GR2, HVB, ILM, KM1, KM2, NK1, SN1, SN2, SP1
line 65: birim: somebody of a vendor has no directorate; leave the cell empty
line 65: bitis: somebody of a vendor has no last day; write the last day of the contract
line 66: baslangic: the cell is empty; write the first day, such as 31.12.2024
line 66: birim: the cell is empty; write the directorate, as slug or by its name
line 66: soyad: the cell is empty; write it as in the personnel file
line 66: unvan: the cell is empty; write it as in the personnel file
line 67: baslangic: 2206-01-01 cannot be a first day; mend the year
line 68: sicil: "100101.5" is no personnel number; write six digits, such as 100101
line 69: ad: the given name "-" does not begin with a letter that folds to a-z; add them by hand
line 70: 3 cells, the heading has 9; write 9 cells with a semicolon between
line 71: sicil: 100161 stands twice, first on line 62; keep the row that is right
"""


def test_the_good_rows_are_imported_only_when_asked_for(checkout: Checkout, export: Export) -> None:
    rows = [*exported(), "100161;Nuri;Işık;park;Mühendis;memur;ANA;1.12.2026;", "100162;Ali;Can"]
    checkout.refused("import", str(export(*rows)))
    result = checkout.run("import", str(export(*rows)), "--partial")
    assert result.exit_code == 3
    assert "line 63: 3 cells, the heading has 9" in result.stdout
    assert checkout.person("100161").user == "nuri.isik"


@pytest.mark.parametrize(
    "content", [b"", b"\n\n", b"Oturum s\xc3\xbcresi doldu", b"\x00\x01", HEADING.encode()]
)
def test_a_file_that_says_nothing_changes_nothing(checkout: Checkout, tmp_path: Path, content: bytes) -> None:
    (tmp_path / "export.csv").write_bytes(content)
    told = checkout.refused("import", str(tmp_path / "export.csv"), "--partial")
    assert told.startswith("refused: ")


def test_a_file_that_is_not_there_changes_nothing(checkout: Checkout, tmp_path: Path) -> None:
    assert "No such file or directory" in checkout.refused("import", str(tmp_path / "gone.csv"))


def test_a_short_file_changes_nothing(checkout: Checkout, export: Export) -> None:
    """Three of ten rows are missing: the export failed, nobody left."""
    rows = changed("100101", "Memur", "Şef")[:42]
    told = checkout.refused("import", str(export(*rows)), "--partial")
    assert "17 of 58 people are missing in the file, more than the share of 0.1" in told
    assert "--absent 17" in told
    checkout.refused("import", str(export(*rows)), "--absent", "16")
    said = checkout.done("import", str(export(*rows)), "--absent", "17")
    assert len(said["missing"]) == 17
    assert len(checkout.estate().people) == 60


def test_who_is_missing_is_told_and_kept(checkout: Checkout, export: Export) -> None:
    rows = [row for row in exported() if not row.startswith(("100101", "100137", "100159"))]
    result = checkout.run("import", str(export(*rows)))
    assert result.stdout == "100101 Ayşe Yılmaz: missing in the file; kept\nnothing to change\n"


def test_a_damaged_row_does_not_make_a_person_missing(lab: Estate) -> None:
    rows = [row if i else row.replace("memur", "memurr") for i, row in enumerate(exported())]
    found = judged(lab, *rows)
    assert [fault.column for fault in found.faults] == ["statu"]
    assert feed.compared(Roster(lab, TODAY), found).missing == ()


def test_nobody_is_missing_where_nobody_is_known(nobody: Estate) -> None:
    with pytest.raises(EditError, match="the file names nobody"):
        feed.compared(Roster(nobody, TODAY), judged(nobody))
    found = feed.compared(Roster(nobody, TODAY), judged(nobody, *exported()))
    assert len(found.edits) == 60


def test_names_are_given_in_the_order_of_the_numbers(nobody: Estate) -> None:
    found = feed.compared(Roster(nobody, TODAY), judged(nobody, *reversed(exported())))
    forth = feed.compared(Roster(nobody, TODAY), judged(nobody, *exported()))
    assert found.edits == forth.edits


def test_new_people_may_get_a_record_alone(checkout: Checkout, export: Export) -> None:
    file = export(*exported(), "100161;Nuri;Işık;park;Sürekli İşçi;isci;ANA;1.12.2026;")
    checkout.done("import", str(file), "--no-account")
    assert checkout.person("100161").user is None
    assert checkout.done("import", str(file))["result"] == "unchanged", (
        "an account is given by a person's word"
    )


def test_a_leaver_of_the_file_gets_an_end(checkout: Checkout, export: Export) -> None:
    checkout.done("import", str(export(*changed("100136", "2014-02-24;", "2014-02-24;31.12.2026"))))
    assert checkout.person("100136").closed_from == date(2027, 1, 1)


def test_an_end_that_only_we_know_is_kept_and_told(checkout: Checkout, export: Export) -> None:
    checkout.done("leave", "100136", "--on", "31.12.2026")
    told = checkout.done("import", str(export(*exported())))
    assert told["notes"] == ["100136 Selin Aydın: the last day here is 2026-12-31, the file knows none; kept"]
    assert told["result"] == "unchanged"
    later = checkout.run("import", str(export(*exported())), today=date(2027, 1, 2))
    assert "100136 Selin Aydın: left here (access closed from 2027-01-01)" in later.stdout
    assert checkout.person("100136").end == date(2026, 12, 31)


def test_a_mover_loses_the_extension_of_the_old_unit(checkout: Checkout, export: Export) -> None:
    checkout.done("import", str(export(*changed("100129", ";bilgiislem;", ";ZABITA MÜDÜRLÜĞÜ;"))))
    person = checkout.person("100129")
    assert (person.unit, person.extension, person.user) == ("zabita", None, "ugur.sahin")
    assert [row.extension_given_up for row in checkout.estate().identities][-1] == "2803"


def test_who_comes_back_by_the_file_is_the_same_person(checkout: Checkout, export: Export) -> None:
    rows = changed(
        "100137", "park;Sürekli İşçi;isci;ANA;2005-04-04;2024-12-31", "fen;Şef;isci;ANA;2025-09-01;"
    )
    checkout.done("import", str(export(*rows)))
    person = checkout.person("100137")
    assert (person.user, person.mail) == ("mustafa.kaya", "mustafa.kaya@gumuscagil.bel.example")
    assert (person.unit, person.start, person.end) == ("fen", date(2025, 9, 1), None)


def test_a_contract_that_goes_on_opens_what_was_closed(checkout: Checkout, export: Export) -> None:
    checkout.done("import", str(export(*changed("100159", "2025-12-31", "31.12.2026"))))
    assert checkout.person("100159").closed_from == date(2027, 1, 1)
