"""Writes the review packs that directors sign, and records each signature."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from estate.declared import Estate, load
from estate.records import append, read_lines, runs_below, to_json
from estate.review.access import Pack, Review, packs
from estate.review.history import histories
from estate.runs.clock import today
from estate.runs.environment import Environment
from estate.runs.refused import RefusedError, told
from estate.runs.session import who

app = typer.Typer(no_args_is_help=True, help="Who may do what: packs for directors, and what they signed.")
Chosen = Annotated[str | None, typer.Option("--environment", help="Which inventory (default: lab).")]
AsJson = Annotated[bool, typer.Option("--json", help="Print for programs.")]


@app.command("review")
def review(
    unit: Annotated[list[str] | None, typer.Option(help="Only this unit; may be repeated.")] = None,
    as_json: AsJson = False,
    environment: Chosen = None,
) -> None:
    """Writes var/<environment>/reviews/<day>/<unit>.pdf and .csv for each unit with people, and records it.

    Exit: 0 written, 2 refused.
    """
    with told():
        chosen = Environment.chosen(environment)
        estate = load(chosen.inventory)
        written = [_written(chosen, estate, pack) for pack in _packs(chosen, estate, unit or [])]
    for one in () if as_json else written:
        typer.echo(f"{_folder(chosen, one) / one.unit}.pdf: {one.people} people; to be signed")
    if as_json:
        typer.echo(to_json(written, indent=1))


@app.command("signed")
def signed(
    unit: Annotated[str, typer.Argument(help="The unit whose pack was signed.")],
    by: Annotated[str, typer.Option(help="Who signed, as in the records: a user name.")],
    as_json: AsJson = False,
    environment: Chosen = None,
) -> None:
    """Records that the newest pack of a unit was signed, with the sum of the file that was printed.

    Exit: 0 recorded, 2 refused: no pack was written, or nobody has that user name.
    """
    with told():
        chosen = Environment.chosen(environment)
        if by not in {person.user for person in load(chosen.inventory).people}:
            raise RefusedError(f"--by {by}: nobody in estate/people.yml has this user name")
        mine = [one for one in read_lines(_file(chosen), Review) if one.unit == unit and not one.signed_by]
        if not mine:
            raise RefusedError(
                f"no pack of {unit!r} was written; write it with: ./scripts/estate access review --unit {unit}"
            )
        record = replace(mine[-1], at=datetime.now(UTC), who=who(), signed_by=by)
        append(_file(chosen), record)
    typer.echo(to_json(record) if as_json else f"{unit}: review of {record.day} signed by {by}")


def _packs(chosen: Environment, estate: Estate, units: list[str]) -> list[Pack]:
    known = {one.slug for one in estate.organisation.directorates}
    strange = sorted(set(units) - known)
    if strange:
        raise RefusedError(f"--unit {strange[0]}: no such unit; known are {', '.join(sorted(known))}")
    made = packs(estate, today(estate), histories(runs_below(chosen.var)))
    return [pack for pack in made if (pack.unit in units if units else pack.rows)]


def _written(chosen: Environment, estate: Estate, pack: Pack) -> Review:
    pdf = pack.pdf(estate.organisation.name)
    sum_of = hashlib.sha256(pdf).hexdigest()
    record = Review(pack.unit, pack.day, len(pack.rows), sum_of, datetime.now(UTC), who())
    folder = _folder(chosen, record)
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    (folder / f"{pack.unit}.pdf").write_bytes(pdf)
    (folder / f"{pack.unit}.csv").write_bytes(pack.csv())
    append(_file(chosen), record)
    return record


def _folder(chosen: Environment, record: Review) -> Path:
    return chosen.var / "reviews" / str(record.day)


def _file(chosen: Environment) -> Path:
    return chosen.var / "reviews.jsonl"
