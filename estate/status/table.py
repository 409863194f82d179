"""Lays a status out: a table for a terminal, plain data for programs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from rich.markup import escape
from rich.table import Table

from estate.status import wording
from estate.status.shapes import Fact, Light, Row, Status

MARKS: Mapping[Light, str] = {
    "red": "[bold red]●[/]",
    "unknown": "[magenta]?[/]",
    "yellow": "[yellow]●[/]",
    "green": "[green]●[/]",
    "none": " ",
}
SHOWN = 6
"""So many facts of a row that is not green stand in the table; all of them in the JSON."""


def table(status: Status, language: str, everything: bool) -> Table:
    """Gives a row per service and side: light, name, why, age; of what is green the first fact alone unless asked."""
    made = Table(box=None, pad_edge=False, show_header=False)
    for _ in range(4):
        made.add_column(overflow="fold")
    for row in (*status.services, *status.estate):
        for number, (words, age) in enumerate(_lines(row, status.at, language, everything)):
            first = number == 0
            told = f"{MARKS[row.light]} {wording.light(row.light, language)}" if first else ""
            made.add_row(told, wording.name(row, language) if first else "", words, f"[dim]{age}[/]")
    return made


def _lines(row: Row, now: datetime, language: str, everything: bool) -> Iterator[tuple[str, str]]:
    telling = [fact for fact in row.facts if fact.light in ("red", "unknown", "yellow")] or list(
        row.facts[:1]
    )
    facts = list(row.facts) if everything else telling
    shown = facts if everything else facts[:SHOWN]
    for fact in shown:
        yield escape(wording.fact(fact, language)), wording.age(fact.at, now, language)
    if left := len(facts) - len(shown):
        yield f"(+{left}: --all)", ""


def plain(status: Status, exit_code: int) -> dict[str, Any]:
    """Gives the same for programs: lights, facts with their codes, values, texts, ages in seconds and sources."""
    return {
        "environment": status.environment,
        "at": status.at.isoformat(),
        "light": status.light,
        "exit": exit_code,
        "unasked": status.unasked,
        "refused": status.refused,
        "services": [_row(row, status) for row in status.services],
        "estate": [_row(row, status) for row in status.estate],
    }


def _row(row: Row, status: Status) -> dict[str, Any]:
    return {
        "id": row.id,
        "name": wording.name(row, "tr"),
        "light": row.light,
        "facts": [_fact(fact, status) for fact in row.facts],
    }


def _fact(fact: Fact, status: Status) -> dict[str, Any]:
    return {
        "what": fact.what,
        "light": fact.light,
        "source": fact.source,
        "at": fact.at.isoformat() if fact.at else None,
        "age_seconds": max(0, round((status.at - fact.at).total_seconds())) if fact.at else None,
        "values": dict(fact.values),
        "text": wording.fact(fact, "en"),
        "text_tr": wording.fact(fact, "tr"),
    }
