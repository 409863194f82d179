"""Writes the report as CSV that Turkish Excel opens by double click: UTF-8 mark, `;`, decimal comma, CRLF.

A text that a spreadsheet would run as a formula is neutralised by a leading apostrophe; numbers and dates are told
from texts by their type, so a negative number stays a number and a telephone number stays readable text.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from datetime import UTC, datetime

from estate.report.charts import lengths
from estate.report.document import Document
from estate.report.figures import Figure
from estate.report.summary import title
from estate.report.wording import Language, rounded

Cell = str | int | float | datetime | None
COLUMNS = ("section", "code", "name", "detail", "value", "unit", "status", "coverage", "date", "source")
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "＝", "＋", "－", "＠")
_DECIMALS = 6


def safe(text: str) -> str:
    """Gives a text on one line that no spreadsheet takes for a formula."""
    flat = " ".join(text.replace("\x00", "").splitlines())
    return f"'{flat}" if flat.lstrip().startswith(_FORMULA) or text.startswith(_FORMULA) else flat


def written(cell: Cell, language: Language) -> str:
    """Gives the characters of one cell: 1234,5 - 05.01.2026 - text made safe; nothing for None."""
    if cell is None:
        return ""
    if isinstance(cell, str):
        return safe(cell)
    if isinstance(cell, datetime):
        return language.date(cell)
    text = f"{rounded(cell, _DECIMALS):f}"
    text = text.rstrip("0").rstrip(".") if "." in text else text
    return "0" if text == "-0" else text.replace(".", ",")


def to_csv(document: Document) -> bytes:
    """Gives the whole report as one table: every figure, duty, drill phase and count of runs."""
    language = document.language
    stream = io.StringIO(newline="")
    writer = csv.writer(stream, delimiter=";", lineterminator="\r\n")
    writer.writerow([safe(language.say(f"csv_columns_{name}")) for name in COLUMNS])
    for row in _rows(document):
        writer.writerow([written(cell, language) for cell in row])
    return b"\xef\xbb\xbf" + stream.getvalue().encode("utf-8")


def _rows(document: Document) -> Iterator[list[Cell]]:
    for figure in document.figures.values():
        yield from _figure(figure, document)
    yield from _drills(document)
    yield from _runs(document)
    yield from _duties(document)


def _figure(figure: Figure, document: Document) -> Iterator[list[Cell]]:
    language, row = document.language, figure.indicator
    coverage = None if figure.coverage is None else figure.coverage * 100
    for value in figure.values:
        number, unit = value.number, language.word("units", row.unit)
        date = None
        shown: Cell = number
        if number is None:
            shown = language.value(value, row.unit)
        elif row.unit == "ratio":
            shown = number * 100
        elif row.unit == "moment":
            shown, date = None, datetime.fromtimestamp(number, UTC)
        status = language.word("statuses", value.status.value)
        detail = language.labels(value.labels)
        name = title(figure, language)
        yield [row.section, row.id, name, detail, shown, unit, status, coverage, date, figure.source]


def _drills(document: Document) -> Iterator[list[Cell]]:
    language = document.language
    unit = language.word("units", "seconds")
    titles = {scenario.id: scenario.title for scenario in document.inputs.scenarios}
    for drill in document.drills:
        name, result = titles.get(drill.scenario, drill.scenario), language.word("results", drill.result)
        numbers: list[tuple[str, float | None]] = [
            (language.word("phases", phase), length) for phase, length in lengths(drill)
        ]
        numbers += [
            (language.say("rto"), drill.rto_seconds),
            (f"{language.say('rto')} – {language.say('target')}", drill.rto_target_seconds),
            (language.say("rpo"), drill.rpo_seconds),
            (f"{language.say('rpo')} – {language.say('target')}", drill.rpo_target_seconds),
        ]
        for detail, seconds in numbers:
            value: Cell = language.say("not_measured") if seconds is None else seconds
            yield [8, drill.id, name, detail, value, unit, result, None, drill.started, drill.file]


def _runs(document: Document) -> Iterator[list[Cell]]:
    language = document.language
    unit = language.say("count")
    for row in document.kinds_of_runs():
        for result, count in row.counts.items():
            name, detail = language.word("kinds", row.kind), language.word("runs", result)
            yield [5, row.kind, name, detail, count, unit, "", None, row.newest.started, "runs/*/run.json"]


def _duties(document: Document) -> Iterator[list[Cell]]:
    language = document.language
    for row in document.matrix:
        name = row.duty.tr if language.code == "tr" else row.duty.en
        covered = ", ".join(f"{language.word('coverage', c.kind)}: {c.name}" for c in row.duty.covered_by)
        state = language.word("states", row.state.value)
        at, source = (row.evidence.at, row.evidence.source) if row.evidence else (None, "")
        yield [16, row.duty.id, name, covered, None, "", state, None, at, source]
