"""The table opens in Turkish Excel as it was meant, and runs nothing."""

import csv
import io
from datetime import datetime

import pytest

from estate.report.cells import Cell, safe, to_csv, written
from estate.report.document import assemble
from estate.report.period import turkish_zone
from estate.report.wording import Language

from .conftest import Bent, answer, seen

TR = Language.of("tr", turkish_zone())


@pytest.mark.parametrize(
    "text",
    [
        '=HYPERLINK("http://kotu.example";"tıkla")',
        "+cmd|' /C calc'!A0",
        "@ali",
        "-Ek Bina",
        " =1+1",
        "\t=1",
        "\r=1",
        "＝1+1",
    ],
)
def test_a_text_is_never_a_formula(text: str) -> None:
    assert safe(text).startswith("'")
    assert safe(text)[1:].strip() == text.strip()


@pytest.mark.parametrize("text", ["Ek Bina-2", "ÜĞIİŞÇÖ çöğıiş", "a=b", "", "–"])
def test_other_texts_stay_as_they_are(text: str) -> None:
    assert safe(text) == text


def test_a_text_of_several_lines_stays_in_its_cell() -> None:
    assert safe("bir\r\niki\u2028üç") == "bir iki üç"


@pytest.mark.parametrize(
    ("cell", "characters"),
    [
        (-12.5, "-12,5"),
        (1234.5, "1234,5"),
        (1785, "1785"),
        (0.0, "0"),
        (-0.0, "0"),
        (1 / 3, "0,333333"),
        (1234567890123.0, "1234567890123"),
        (None, ""),
        ("+905321112233", "'+905321112233"),
        (datetime.fromisoformat("2026-01-04T21:30:00+00:00"), "05.01.2026"),
    ],
)
def test_numbers_dates_and_texts_are_told_apart_by_type(cell: Cell, characters: str) -> None:
    assert written(cell, TR) == characters


def test_the_whole_table(bent: Bent) -> None:
    duty = {
        "id": "9-x",
        "tr": '=HYPERLINK("http://kotu.example";"tıkla")',
        "en": "-",
        "max_evidence_age_days": None,
        "covered_by": [{"kind": "people", "name": "+905321112233"}],
    }
    metrics = [seen("bim_mail_probe_roundtrip_seconds")]
    inputs = bent(duties=[duty], metrics=metrics, measurements=[answer("D10", "1234.5")])
    content = to_csv(assemble(inputs, "0" * 64, "tr"))
    assert content.startswith(b"\xef\xbb\xbf")
    assert content.count(b"\n") == content.count(b"\r\n")
    rows = list(csv.reader(io.StringIO(content.decode("utf-8-sig"), newline=""), delimiter=";"))
    assert {len(row) for row in rows} == {10}
    found = {row[1]: row for row in rows}
    assert found["D10"][4:7] == ["1234,5", "sn", "ölçüldü"]
    assert found["D11"][4:7] == ["ölçülmedi", "sn", "ölçülmedi"]
    assert found["9-x"][2] == "'" + duty["tr"]
    assert not [cell for row in rows for cell in row if cell[:1] in "=+@\t" and cell]
