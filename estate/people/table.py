"""Reads an export of a personnel system into rows with their lines, whatever encoding and separator it came in."""

from __future__ import annotations

import csv
from dataclasses import dataclass

from estate.declared.turkish import fold, tidy

COLUMNS = ("sicil", "ad", "soyad", "birim", "unvan", "statu", "yer", "baslangic", "bitis")
_ALSO = {
    "sicilno": "sicil",
    "sicilnumarasi": "sicil",
    "adi": "ad",
    "soyadi": "soyad",
    "mudurluk": "birim",
    "birimi": "birim",
    "unvani": "unvan",
    "statusu": "statu",
    "yeri": "yer",
    "baslangictarihi": "baslangic",
    "baslamatarihi": "baslangic",
    "bitistarihi": "bitis",
    "ayrilistarihi": "bitis",
}
_REQUIRED = frozenset(COLUMNS) - {"bitis", "yer"}
_MARKS = ((b"\xef\xbb\xbf", "utf-8-sig"), (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16"))
_SEPARATORS = ";,\t"
_BROKEN_UTF8 = ("Ã¼", "Ã§", "Ã¶", "Ä±", "ÅŸ", "ÄŸ", "Ä°", "Ã‡", "Ãœ", "Ã–")
"""What Turkish letters of UTF-8 look like when read as Windows-1254."""


class TableError(Exception):
    """Says why a file as a whole cannot be read as an export; nothing of it is used."""


@dataclass(frozen=True, order=True)
class Fault:
    """What is wrong with one row, or one cell of it; `line` counts from 1, `column` is empty for a whole row."""

    line: int
    column: str
    wrong: str
    right: str

    def sentence(self) -> str:
        """Gives `line N: column: what is wrong; what would be right`."""
        column = f"{self.column}: " if self.column else ""
        return f"line {self.line}: {column}{self.wrong}; {self.right}"


@dataclass(frozen=True)
class Row:
    """One line of the export: its cells by the names of COLUMNS; a column the file lacks is empty."""

    line: int
    cells: dict[str, str]


def read(content: bytes) -> tuple[list[Row], list[Fault]]:
    """Gives the rows of an export and the rows that are none; raises TableError when it is no export at all."""
    lines = _decoded(content).replace("\r\n", "\n").replace("\r", "\n").split("\n")
    header, separator, skipped = _header(lines)
    rows, faults = [], []
    for at, line in enumerate(lines[skipped:], start=skipped + 1):
        try:
            cells = next(csv.reader([line], delimiter=separator, strict=True), [])
        except csv.Error:
            wrong = "a quotation mark opens a cell and does not close it on this line"
            faults.append(Fault(at, "", wrong, "close it, or write it twice when it belongs to the text"))
            continue
        while len(cells) > len(header) and not cells[-1].strip():
            cells.pop()
        if not any(cell.strip() for cell in cells):
            continue
        if len(cells) != len(header):
            right = f"write {len(header)} cells with {_named(separator)} between"
            faults.append(Fault(at, "", f"{len(cells)} cells, the heading has {len(header)}", right))
        else:
            found = dict(zip(header, cells, strict=True))
            rows.append(Row(at, {column: found.get(column, "") for column in COLUMNS}))
    return rows, faults


def _decoded(content: bytes) -> str:
    if not content.strip():
        raise TableError("the file is empty; export it again")
    encoding = next((name for mark, name in _MARKS if content.startswith(mark)), "utf-8")
    try:
        text = content.decode(encoding)
    except UnicodeDecodeError as error:
        if encoding != "utf-8":
            raise TableError(
                f"the file says it is {encoding} and is not: {error.reason}; export it again"
            ) from None
        text = _windows(content)
    if "\0" in text:
        raise TableError("the file is no text (it holds zero bytes); export it as CSV")
    return text


def _windows(content: bytes) -> str:
    try:
        text = content.decode("cp1254")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        wrong = f"line {line}: byte 0x{content[error.start]:02x} is neither UTF-8 nor Windows-1254"
        raise TableError(f"{wrong}; export the file again in one of the two") from None
    if broken := next((letters for letters in _BROKEN_UTF8 if letters in text), None):
        line = text.count("\n", 0, text.index(broken)) + 1
        wrong = f"line {line}: UTF-8 and other bytes are mixed, or the file was cut off"
        raise TableError(f"{wrong}; export it again as UTF-8")
    return text


def _header(lines: list[str]) -> tuple[list[str], str, int]:
    """Gives the columns, the separator and how many lines stand before the first row."""
    at = next(
        (i for i, line in enumerate(lines) if line.strip() and not line.lower().startswith("sep=")), None
    )
    if at is None:
        raise TableError("the file has no heading; export it again")
    fitting = []
    for separator in _SEPARATORS:
        names = [_column(cell) for cell in next(csv.reader([lines[at]], delimiter=separator))]
        while names and not names[-1]:
            names.pop()
        if set(names) >= _REQUIRED:
            fitting.append((names, separator, at + 1))
    if len(fitting) != 1:
        found = tidy(lines[at])[:80]
        raise TableError(
            f'line {at + 1}: the heading is "{found}"; write {";".join(COLUMNS)} (bitis and yer may lack)'
        )
    names = fitting[0][0]
    if twice := sorted({name for name in names if name and names.count(name) > 1}):
        raise TableError(f"line {at + 1}: the column {twice[0]} stands twice; keep one of them")
    return fitting[0]


def _column(cell: str) -> str:
    folded = fold(cell)
    return _ALSO.get(folded, folded)


def _named(separator: str) -> str:
    return {";": "a semicolon", ",": "a comma", "\t": "a tab"}[separator]
