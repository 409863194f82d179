"""First passwords are strong and written once; sheets wait for one person, and what happened stays on record."""

import io
import stat
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from pypdf import PdfReader

from estate.declared.estate import Estate
from estate.handover.keeping import ASIDE
from estate.handover.papers import Papers, PapersError, deleted_accounts
from estate.handover.printing import FEW, printed
from estate.handover.welcome import DIGITS, LARGE, SMALL, first_password, page
from tests.unit.directory.conftest import TODAY

Makes = Callable[..., Any]
PASSWORD = "bfyu-Bb77-fYDT-agV9"


def text_of(html: str) -> str:
    """Reads the sheet as it is printed."""
    reader = PdfReader(io.BytesIO(printed({"one": html})["one"]))
    assert len(reader.pages) == 1
    return reader.pages[0].extract_text()


def test_every_first_password_meets_the_rules_and_is_another(person: Makes) -> None:
    made = {first_password(person(given_name="Su", surname="Er"), 12) for _ in range(500)}
    assert len(made) == 500
    for password in made:
        letters = password.replace("-", "")
        assert (len(letters), len(password)) == (16, 19)
        assert all(set(letters) & set(kind) for kind in (SMALL, LARGE, DIGITS))
        assert set(letters) <= set(SMALL + LARGE + DIGITS)


def test_a_longer_rule_gives_a_longer_password(person: Makes) -> None:
    assert len(first_password(person(), 18)) == 20 + 4


def test_no_part_of_the_name_is_in_the_password(person: Makes, monkeypatch: pytest.MonkeyPatch) -> None:
    offered = iter("selin234ABCDabcd" + "kmnp234ABCDabcd5")
    monkeypatch.setattr("estate.handover.welcome.secrets.choice", lambda _: next(offered))
    assert first_password(person(), 12) == "kmnp-234A-BCDa-bcd5"


def test_the_sheet_says_all_that_somebody_needs_on_one_page(lab: Estate, person: Makes) -> None:
    text = text_of(page(lab, person(given_name="Işıl Gül", surname="Büyükçağlayangil"), PASSWORD, TODAY))
    told = ["Işıl Gül Büyükçağlayangil", "selin.aydin", PASSWORD, "2805", "Bilgi İşlem Müdürlüğü", "2800"]
    assert [one for one in told if one not in text] == []
    assert "Hesabın" not in text


def test_the_sheet_of_who_starts_later_and_leaves_again_names_both_days(lab: Estate, person: Makes) -> None:
    vendor = person(status="firma", unit=None, mail=None, start="2026-12-05", end="2027-01-31")
    text = text_of(page(lab, vendor, PASSWORD, TODAY))
    assert "05.12.2026" in text
    assert "31.01.2027" in text
    assert "E-posta" not in text


def test_a_sheet_waits_for_its_owner_alone_and_goes_when_it_is_handed_over(tmp_path: Path) -> None:
    papers = Papers(tmp_path)
    papers.lay_aside({"100136": b"%PDF"}, [])
    assert papers.sheets().interrupted == {"100136"}
    assert papers.sheets().known == frozenset()
    papers.settle()
    pdf = papers.sheets_folder / "100136.pdf"
    assert stat.S_IMODE(pdf.stat().st_mode) == 0o600
    assert stat.S_IMODE(papers.sheets_folder.stat().st_mode) == 0o700
    assert papers.sheets().known == {"100136"}
    papers.hand_over("100136", "ugur@yonetim1")
    assert not pdf.exists()
    assert (papers.sheets().known, papers.sheets().interrupted) == ({"100136"}, frozenset())
    assert [paper.who for paper in papers.handed_over()] == ["ugur@yonetim1"]
    with pytest.raises(PapersError, match=r"no sheet of 100136 waits .*handed over on .* by ugur@yonetim1"):
        papers.hand_over("100136", "ugur@yonetim1")


def test_what_a_dead_run_left_is_replaced_by_the_next(tmp_path: Path) -> None:
    papers = Papers(tmp_path)
    papers.lay_aside({"100136": b"old", "100137": b"old"}, [])
    papers.lay_aside({"100136": b"new"}, [])
    papers.settle()
    assert {path.name: path.read_bytes() for path in papers.sheets_folder.iterdir()} == {"100136.pdf": b"new"}


def test_a_deletion_is_recorded_also_when_the_run_died_after_it(tmp_path: Path) -> None:
    papers = Papers(tmp_path)
    gone = deleted_accounts(["100137", "100138"], "dizin1", "run-1", {"100137": "kept until 2026-12-30"})
    papers.lay_aside({}, gone)
    papers.settle_deletions(present=["100138"])
    [record] = papers.deletions()
    assert (record.personnel_number, record.run, record.why) == ("100137", "run-1", "kept until 2026-12-30")
    assert [path.name.endswith(ASIDE) for path in sorted(papers.deletions_folder.iterdir())] == [False, True]
    assert record.at.date() >= date(2026, 1, 1)


@pytest.mark.slow
def test_many_sheets_are_printed_by_several_processes_and_none_is_mistaken() -> None:
    pages = {str(i): f"<html lang='tr'><body>Çağrı {i:03}</body></html>" for i in range(2 * FEW + 1)}
    pdfs = printed(pages, processors=2)
    assert list(pdfs) == list(pages)
    for key, pdf in pdfs.items():
        assert PdfReader(io.BytesIO(pdf)).pages[0].extract_text() == f"Çağrı {int(key):03}"
