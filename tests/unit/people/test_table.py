"""Reads what personnel systems export, and refuses what is no export."""

from __future__ import annotations

import unicodedata

import pytest

from estate.people.table import Row, TableError, read

HEADING = "sicil;ad;soyad;birim;unvan;statu;yer;baslangic;bitis"
ROW = "100126;HATİCE;Ilıcalı Şığöüç;saglik;Hemşire;memur;ANA;1.10.2007;"


def rows(text: str, encoding: str = "utf-8") -> list[Row]:
    found, faults = read(text.encode(encoding))
    assert faults == []
    return found


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1254", "utf-16"])
@pytest.mark.parametrize("ends", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("separator", [";", ",", "\t"])
def test_every_encoding_end_and_separator(encoding: str, ends: str, separator: str) -> None:
    text = ends.join([HEADING, ROW, ""]).replace(";", separator)
    (row,) = rows(text, encoding)
    assert row.line == 2
    assert row.cells["soyad"] == "Ilıcalı Şığöüç"
    assert (row.cells["baslangic"], row.cells["bitis"]) == ("1.10.2007", "")


def test_decomposed_letters_arrive_as_they_are() -> None:
    (row,) = rows(unicodedata.normalize("NFD", f"{HEADING}\n{ROW}\n"))
    assert unicodedata.normalize("NFC", row.cells["ad"]) == "HATİCE"


@pytest.mark.parametrize(
    "heading",
    [
        "SİCİL;AD;SOYAD;BİRİM;UNVAN;STATÜ;YER;BAŞLANGIÇ;BİTİŞ",
        "Sicil No;Adı;Soyadı;Müdürlük;Ünvan;Statü;Yer;Başlangıç Tarihi;Bitiş Tarihi;",
        "SICIL;AD;SOYAD;BIRIM;UNVAN;STATU;YER;BASLANGIC;BITIS",
    ],
)
def test_headings_in_capitals_and_with_turkish_letters(heading: str) -> None:
    (row,) = rows(f"sep=;\n{heading}\n{ROW}\n")
    assert row.line == 3
    assert row.cells["unvan"] == "Hemşire"


def test_columns_in_another_order_and_others_beside_them() -> None:
    (row,) = rows("ad;TC;soyad;sicil;birim;unvan;statu;baslangic\nAli;1;Can;100101;ik;Memur;memur;1.1.2020\n")
    assert row.cells["sicil"] == "100101"
    assert (row.cells["yer"], row.cells["bitis"]) == ("", "")
    assert "TC" not in row.cells


def test_separators_inside_quotation_marks_belong_to_the_cell() -> None:
    (row,) = rows(f'{HEADING}\n100101;Ali;"Can; ""Efe""";ik;Memur;memur;ANA;1.1.2020;;;\n')
    assert row.cells["soyad"] == 'Can; "Efe"'


def test_damaged_rows_are_named_one_by_one() -> None:
    text = f'{HEADING}\n{ROW}\n\n;;;\n100102;Ali;Can\n100103;"Ali;Can;ik;Memur;memur;ANA;1.1.2020;\n{ROW}\n'
    found, faults = read(text.encode())
    assert [row.line for row in found] == [2, 7]
    assert [fault.sentence() for fault in faults] == [
        "line 5: 3 cells, the heading has 9; write 9 cells with a semicolon between",
        "line 6: a quotation mark opens a cell and does not close it on this line; "
        "close it, or write it twice when it belongs to the text",
    ]


@pytest.mark.parametrize(
    "content, words",
    [
        (b"", "the file is empty"),
        (b" \r\n ", "the file is empty"),
        (b"\xef\xbb\xbf", "the file has no heading"),
        (b"PK\x03\x04\x00\x00", "the file is no text"),
        (b"ad;soyad\nAli;Can\n", 'line 1: the heading is "ad;soyad"; write sicil;ad;soyad;birim'),
        (f"{HEADING};ad\n".encode(), "line 1: the column ad stands twice"),
        (f"{HEADING}\n{ROW}\n".encode()[:-60] + b"\xc5", "line 2: UTF-8 and other bytes are mixed"),
        (f"{HEADING}\nÇa".encode("cp1254") + b"\x81", "line 2: byte 0x81 is neither UTF-8 nor Windows-1254"),
        (b"\xef\xbb\xbf" + "Ç".encode("cp1254"), "the file says it is utf-8-sig and is not"),
        (b"<html><body>Oturum s\xc3\xbcresi doldu</body></html>", 'line 1: the heading is "<html>'),
    ],
)
def test_what_is_no_export_is_refused(content: bytes, words: str) -> None:
    with pytest.raises(TableError) as refused:
        read(content)
    assert str(refused.value).startswith(words)
