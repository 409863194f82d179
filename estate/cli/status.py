"""Offers `estate status`: how every service and the estate itself stand, in one screen."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from estate.runs.environment import Environment
from estate.runs.refused import RefusedError, told
from estate.status.shapes import Light, Measured, Noted, Status

if TYPE_CHECKING:
    from estate.declared import Estate

EXIT: dict[Light, int] = {"green": 0, "none": 0, "red": 1, "unknown": 3, "yellow": 4}
REFUSED = 2


def command(
    environment: Annotated[str | None, typer.Option(help="Which environment (default: lab).")] = None,
    lang: Annotated[str, typer.Option(help="en or tr.")] = "en",
    everything: Annotated[
        bool, typer.Option("--all", help="Show every fact, also of what is green.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print all facts as JSON.")] = False,
) -> None:
    """Shows a light per service and side of the estate, why it is not green, and how old each fact is.

    Asks Prometheus and Alertmanager, for a second at most, and reads the records of this checkout; changes nothing.
    What neither of them tells is `not measured`, never green.

    Exit: 0 all green, 1 something is red, 2 refused, also where something declared is (what can be seen is shown even
    so), 3 something is not known, 4 something is yellow. The first of red, not known, yellow decides. 130 interrupted.
    """
    with told(reads=True):
        from estate.status.table import plain, table
        from estate.status.wording import LANGUAGES

        if lang not in LANGUAGES:
            raise RefusedError(f"--lang {lang!r}: write one of {', '.join(LANGUAGES)}.")
        status = _status(Environment.chosen(environment))
        code = REFUSED if status.refused else EXIT[status.light]
        if as_json:
            typer.echo(json.dumps(plain(status, code), ensure_ascii=False, indent=1))
            raise typer.Exit(code)
        from rich.console import Console

        console = Console(highlight=False)
        console.print(table(status, lang, everything))
        if status.refused:
            typer.echo(f"refused: {status.refused}", err=True)
        if status.unasked:
            console.print(f"prometheus: {status.unasked}", markup=False)
        raise typer.Exit(code)


def _status(chosen: Environment) -> Status:
    """Looks once and judges."""
    from estate.status.declared import declared
    from estate.status.judging import BACKED_UP, Seen, services
    from estate.status.recorded import recorded
    from estate.status.sides import status
    from exporters import textfile

    estate, refused, lacking = declared(chosen.inventory)
    metrics = {name for service in estate.services for name in service.metrics} | {BACKED_UP}
    measured, unasked = _asked(chosen, estate, metrics)
    files = {name: entry.files for name, entry in textfile.load().items()}
    now = datetime.now(UTC)
    told = recorded(chosen.var, _lock(chosen), lambda: _drills(estate, chosen.var / "evidence", now))
    seen = Seen(estate, measured, unasked, told, now, files, refused, lacking)
    return status(chosen.name, services(seen), seen)


def _drills(estate: Estate, evidence: Path, now: datetime) -> list[Noted]:
    """Tells where each declared drill stands, when its newest try ended and how; raises RecordError."""
    from estate.drill.attempts import standings

    notes = []
    for drill, tries, found in standings(estate, evidence, now):
        last = max((one for one in tries if one.ended <= now), key=lambda one: one.ended, default=None)
        ended, result = (last.ended, last.result) if last else (None, "")
        notes.append(Noted(drill.id, found.state, ended, result))
    return notes


def _asked(chosen: Environment, estate: Estate, metrics: set[str]) -> tuple[Measured | None, str]:
    """Gives what the monitoring server tells, or None and why; of an environment that is down nobody is asked."""
    from estate.report.period import ReportError
    from estate.runs.watching import doors, watched

    try:
        chosen.refuse_when_down()
        prometheus, alertmanager = doors(estate)
    except (RefusedError, ReportError) as reason:
        return None, str(reason)
    return watched(prometheus, alertmanager, metrics)


def _lock(chosen: Environment) -> Noted | None:
    """Tells who holds the environment, or whom a kill took it from; None when it is free."""
    from estate.runs.lock import look

    lock = look(chosen.var / "lock")
    if lock.holder is None:
        return Noted("?", lock.state, None, "?") if lock.state == "held" else None
    who = lock.holder
    return Noted(f"{who.who} ({who.host})", lock.state, who.since, who.run)
