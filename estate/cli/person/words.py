"""Reads the words of a person's command line, writes its edits and tells what they did."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import date
from typing import Annotated, Any

import typer

from estate.declared.people import Person
from estate.people import desks, telephones, telling, values
from estate.people.changes import Edit
from estate.runs.filing import Desk
from estate.runs.refused import RefusedError

Number = Annotated[str, typer.Argument(help="The personnel number, six digits.", metavar="NUMBER")]
AnyNumber = Annotated[
    str | None, typer.Argument(help="The personnel number, six digits.", metavar="[NUMBER]")
]
EverybodyOf = Annotated[str | None, typer.Option(help="Instead of NUMBER: all who work in this directorate.")]
Acting = Annotated[
    str | None, typer.Option(help="Stand in for the director of this directorate; needs --until.")
]
Until = Annotated[str | None, typer.Option(help="Last day of standing in.")]
HoldsFrom = Annotated[
    str | None, typer.Option("--on", help="The day it holds from; not one that lies ahead.")
]
Chosen = Annotated[str | None, typer.Option("--environment", help="Which inventory (default: lab).")]
Dry = Annotated[bool, typer.Option("--dry", help="Judge the edit and tell it; write nothing.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON object.")]
AsOf = Annotated[str | None, typer.Option("--as-of", help="Take this day for today (default: the clock's).")]
Unit = Annotated[str | None, typer.Option(help="Directorate, as slug or by its name in any case.")]
Site = Annotated[str | None, typer.Option(help="Building, as code or by its name.")]
Outlet = Annotated[
    str | None, typer.Option(help="The socket at the desk, such as ANA-3-117; `none`: no desk any more.")
]
Extension = Annotated[str | None, typer.Option(help="Telephone extension of the directorate.")]


def file_edits(
    desk: Desk,
    edits: Sequence[Edit],
    lines: Sequence[str] = (),
    extra: Mapping[str, Any] | None = None,
    *,
    dry: bool,
    as_json: bool,
) -> None:
    """Judges and writes edits, and tells them: lines for people, `extra` added to one object for programs."""
    differs = desk.write(edits, dry)
    ports = desks.changed(desk.estate, edits, desk.today)
    rung = telephones.told(desk.estate, edits)
    result = "unchanged" if not differs else "dry" if dry else "written"
    if as_json:
        told = {"result": result, "edits": [telling.plain(edit) for edit in edits], **(extra or {})}
        if rung:
            told["telephony"] = rung
        if ports:
            told |= {"ports": [asdict(port) for port in ports], "bring_ports": desks.bring(ports)}
        typer.echo(json.dumps(told, indent=1, ensure_ascii=False))
        return
    for line in [*(telling.told(edit) for edit in edits), *lines, *rung, *desks.told(edits, ports)]:
        typer.echo(line)
    last = {"unchanged": "nothing to change", "dry": "nothing was written (--dry)"}
    typer.echo(
        last.get(result, f"written: {desk.inventory / 'estate'}/people.yml; next: ./scripts/estate plan")
    )


def read(option: str, reader: Any, text: str) -> Any:
    """Reads one word of the command line, or refuses it by the name of its option."""
    try:
        return reader(text)
    except values.ValueRefusedError as error:
        raise RefusedError(f"{option}: {error}") from None


def day_of(option: str, text: str | None) -> date | None:
    """Reads a day, written the Turkish way or by ISO 8601."""
    return None if text is None else read(option, values.day, text)


def today_of(text: str | None) -> date:
    """Gives the day that counts as today."""
    return (day_of("--as-of", text) if text else None) or date.today()


def place(desk: Desk, unit: str | None, site: str | None, outlet: str | None) -> dict[str, str | None]:
    """Reads directorate, building and desk into the keys of a record."""
    found: dict[str, str | None] = {}
    if unit is not None:
        found["unit"] = read("--unit", lambda text: values.unit(text, desk.estate), unit)
    if site is not None:
        found["site"] = read("--site", lambda text: values.site(text, desk.estate), site)
    if outlet is not None:
        found["outlet"] = read("--outlet", lambda text: values.outlet(text, desk.estate), outlet)
    return found


def at_once_from(person: Person, end: date | None, today: date) -> dict[str, date]:
    """Closes every access today, unless it is closed already; today is the last day when no other is known."""
    if person.closed_from is not None and person.closed_from <= today:
        return {}
    last = end or person.end or today
    return {"end": last} if last < today else {"end": last, "cut_off": today}


def refuse_ahead(on: str | None, today: date) -> None:
    """Refuses a day that lies ahead: a record tells what holds today."""
    day = day_of("--on", on)
    if day is not None and day > today:
        raise RefusedError(f"a record tells what holds today, and {day} lies ahead; say this on that day")
