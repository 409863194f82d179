"""Offers `estate drill due` and `estate drill calendar`: which drills are to be held, and when."""

from __future__ import annotations

import json
import sys
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Annotated, Any
from zoneinfo import ZoneInfo

import typer

from estate.declared import Estate, load
from estate.declared.drills import Drill
from estate.drill import holding
from estate.drill.attempts import standings
from estate.drill.events import Event, events, ics
from estate.drill.timing import Standing
from estate.records import write_text
from estate.records.damaged import Damaged
from estate.runs.environment import Environment
from estate.runs.lock import refuse_held
from estate.runs.refused import Exit, RefusedError, left_out, refuse_astray, told

YEAR = timedelta(days=365)
Chosen = Annotated[str | None, typer.Option("--environment", help="Which inventory (default: lab).")]
AsJson = Annotated[bool, typer.Option("--json", help="Print for programs.")]
ENDS = {"passed": 0, "failed": 1, "refused": 2, "error": 3}
WORST = ("failed", "error", "refused", "passed")
"""Results of several drills, the one that decides the exit code first."""


def due(
    hold: Annotated[bool, typer.Option(help="Hold those that are due and inside their window.")] = False,
    environment: Chosen = None,
    as_json: AsJson = False,
) -> None:
    """Lists where every drill stands; with --hold holds, one after another, what a timer shall hold now.

    Exit: 0 listed, or all that was held passed, or nothing was to be held; 1 a drill failed, 3 one ended without a
    verdict, 2 one could not begin; 5 another run holds the lock of this environment or of drills: nothing more is held.
    3 also when evidence cannot be read: it is named, what it told counts as not held, the drills are held all the same.
    """
    damaged = Damaged()
    with told(reads=True):
        where = Environment.chosen(environment)
        estate = load(where.inventory)
        if not hold:
            _listed(estate, where, as_json, damaged)
            raise typer.Exit(left_out(damaged))
        results = _held(where, estate, damaged)
    if as_json:
        typer.echo(json.dumps(results, ensure_ascii=False, indent=1))
    elif not results:
        typer.echo("no drill is to be held now")
    for one in [] if as_json else results:
        typer.echo(f"{one['drill']}: {one['result']}: {one['record'] or one['words']}")
        for letter in filter(None, (one["before"], one["after"])):
            typer.echo(f"  {letter}")
    code = ENDS[min((one["result"] for one in results), key=WORST.index, default="passed")]
    missing = left_out(damaged)
    raise typer.Exit(code or missing)


def _held(where: Environment, estate: Estate, damaged: Damaged) -> list[dict[str, Any]]:
    """Holds what is to be held, the longest overdue first; looks at the clock and the locks anew before each."""
    results: list[dict[str, Any]] = []
    tried: set[str] = set()
    while wanted := [
        row
        for row in _by_need(_rows(where, estate, damaged))
        if row[0].id not in tried and row[1].to_hold(_now())
    ]:
        drill, standing = wanted[0]
        tried.add(drill.id)
        try:
            for name in ("lock", holding.LOCK):
                refuse_held(where.var / name, estate.pipeline.lock_limit)
            done = holding.hold(where, drill.id, f"timer: {standing.state}")
            results.append({**asdict(done), "words": ""})
        except RefusedError as refusal:
            if refusal.code == Exit.LOCKED:
                for one in results:
                    print(f"{one['drill']}: {one['result']}", file=sys.stderr)
                raise
            refused = holding.Holding(drill.id, "refused", "")
            results.append({**asdict(refused), "words": str(refusal)})
        except Exception as broken:  # whatever broke it, the other drills are held all the same
            stopped = holding.Holding(drill.id, "error", "")
            results.append({**asdict(stopped), "words": f"{type(broken).__name__}: {broken}"})
    return results


def _rows(where: Environment, estate: Estate, damaged: Damaged) -> list[tuple[Drill, Standing]]:
    return [(drill, found) for drill, _, found in standings(estate, where.var / "evidence", _now(), damaged)]


def _by_need(rows: list[tuple[Drill, Standing]]) -> list[tuple[Drill, Standing]]:
    return sorted(rows, key=lambda row: (row[1].deadline is not None, row[1].deadline or _now()))


def _listed(estate: Estate, where: Environment, as_json: bool, damaged: Damaged) -> None:
    zone = ZoneInfo(estate.organisation.time_zone)
    rows = _rows(where, estate, damaged)
    if as_json:
        typer.echo(json.dumps([_plain(drill, found) for drill, found in rows], ensure_ascii=False, indent=1))
        return
    for drill, found in rows:
        last = (
            f"held {_local(found.last.ended, zone)} ({found.last.result})" if found.last else "no verdict yet"
        )
        until = f", to be held until {_local(found.deadline, zone)}" if found.deadline else ""
        window = f"{_local(found.next.opens, zone)} to {found.next.closes.astimezone(zone):%H:%M}"
        typer.echo(f"{drill.id:<12}{found.state:<8}{last}{until}; next window {window}")


def _local(moment: datetime, zone: ZoneInfo) -> str:
    return f"{moment.astimezone(zone):%Y-%m-%d %H:%M}"


def _plain(drill: Drill, found: Standing) -> dict[str, Any]:
    return {
        "drill": drill.id,
        "state": found.state,
        "last": found.last and found.last.ended.isoformat(),
        "last_result": found.last and found.last.result,
        "deadline": found.deadline and found.deadline.isoformat(),
        "next_opens": found.next.opens.isoformat(),
        "next_closes": found.next.closes.isoformat(),
        "tries": found.tries,
    }


def calendar(
    year: Annotated[int | None, typer.Option(min=2000, max=2999, help="This year alone.")] = None,
    file: Annotated[
        Path | None, typer.Option("--ics", help="Write an iCalendar file that calendars import.")
    ] = None,
    environment: Chosen = None,
    as_json: AsJson = False,
) -> None:
    """Shows the drills of the past year with their results, and the windows planned for the next one.

    Exit: 0 shown, 2 refused (no file written), 3 shown (and written) without what evidence that cannot be read told.
    """
    damaged = Damaged()
    with told(reads=True):
        refuse_astray(file)
        where = Environment.chosen(environment)
        estate = load(where.inventory)
        zone, now = ZoneInfo(estate.organisation.time_zone), _now()
        span = (now - YEAR, now + YEAR)
        if year is not None:
            span = datetime(year, 1, 1, tzinfo=zone), datetime(year + 1, 1, 1, tzinfo=zone)
        found = events(standings(estate, where.var / "evidence", now, damaged), *span, zone)
        if file is not None:
            try:
                write_text(file, ics(found, estate.organisation.domain, now))
            except OSError as error:
                raise RefusedError(f"{file}: {error.strerror}. Name a file that can be written.") from None
    if as_json:
        rows = [
            {**asdict(one), "begins": one.begins.isoformat(), "ends": one.ends.isoformat()} for one in found
        ]
        typer.echo(json.dumps(rows, ensure_ascii=False, indent=1))
        raise typer.Exit(left_out(damaged))
    for one in found:
        typer.echo(_line(one, zone))
    typer.echo(f"{len(found)} entries" + (f" -> {file}" if file else ""))
    raise typer.Exit(left_out(damaged))


def _line(one: Event, zone: ZoneInfo) -> str:
    said = f"held, {one.result}" if one.kind == "held" else f"planned until {one.ends.astimezone(zone):%H:%M}"
    return f"{_local(one.begins, zone)}  {one.scenario:<12}{said:<22}{one.title}"


def _now() -> datetime:
    return datetime.now(UTC)
