"""Writes the review packs that directors sign, and records each signature."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Set
from dataclasses import replace
from datetime import UTC, datetime
from itertools import count
from pathlib import Path
from typing import Annotated

import typer

from estate.declared import Estate, load
from estate.declared.holdings import director_group, holdings
from estate.records import append, read_lines, runs_below, to_json
from estate.records.damaged import Damaged
from estate.review.access import Pack, Review, packs
from estate.review.history import histories
from estate.runs.clock import today
from estate.runs.environment import Environment
from estate.runs.refused import RefusedError, left_out, told
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

    A pack that was signed stays as it is: what differs since is written beside it, as <unit>.2.pdf.

    Exit: 0 written, 2 refused, 3 written without runs that cannot be read: they are named, and each pack says so.
    """
    damaged = Damaged()
    with told():
        chosen = Environment.chosen(environment)
        estate = load(chosen.inventory)
        signed = {one.sha256: one for one in read_lines(_file(chosen), Review) if one.signed_by}
        written = [
            _written(chosen, estate, pack, signed) for pack in _packs(chosen, estate, unit or [], damaged)
        ]
    for path, one in () if as_json else written:
        to_do = f"unchanged since {one.signed_by} signed it" if one.signed_by else "to be signed"
        typer.echo(f"{path}: {one.people} people; {to_do}")
    if as_json:
        typer.echo(to_json([one for _, one in written], indent=1))
    if code := left_out(damaged):
        raise typer.Exit(code)


@app.command("signed")
def signed(
    unit: Annotated[str, typer.Argument(help="The unit whose pack was signed.")],
    by: Annotated[str, typer.Option(help="Who signed, as in the records: a user name.")],
    deputy: Annotated[
        str | None, typer.Option(help="Why somebody signed who does not direct the unit; kept.")
    ] = None,
    as_json: AsJson = False,
    environment: Chosen = None,
) -> None:
    """Records that the newest pack of a unit was signed, with the sum of the file that was printed.

    Exit: 0 recorded, 2 refused: no pack was written or it is signed already, or that person does not direct the unit.
    """
    with told():
        chosen = Environment.chosen(environment)
        records = [one for one in read_lines(_file(chosen), Review) if one.unit == unit]
        written = [one for one in records if not one.signed_by]
        if not written:
            raise RefusedError(
                f"no pack of {unit!r} was written; write it with: ./scripts/estate access review --unit {unit}"
            )
        newest = written[-1]
        for one in records:
            if one.signed_by and one.sha256 == newest.sha256:
                raise RefusedError(
                    f"the newest pack of {unit!r}, of {one.day}, was signed by {one.signed_by}, recorded on "
                    f"{one.at:%Y-%m-%d %H:%M} by {one.who}; write a new one with: "
                    f"./scripts/estate access review --unit {unit}"
                )
        instead = _deputy(load(chosen.inventory), unit, by, deputy)
        record = replace(newest, at=datetime.now(UTC), who=who(), signed_by=by, deputy=instead)
        append(_file(chosen), record)
    why = f", who does not direct it: {record.deputy}" if record.deputy else ""
    typer.echo(to_json(record) if as_json else f"{unit}: review of {record.day} signed by {by}{why}")


def _deputy(estate: Estate, unit: str, by: str, deputy: str | None) -> str | None:
    """Gives the reason to keep, none when the unit is directed by who signed; refuses who may not sign."""
    held = {one.person.user: one for one in holdings(estate, today(estate))}
    if by not in held:
        raise RefusedError(f"--by {by}: nobody in estate/people.yml has this user name")
    if held[by].state != "active":
        raise RefusedError(f"--by {by}: does not work here today (state: {held[by].state})")
    directs = sorted(str(user) for user, one in held.items() if director_group(unit) in one.groups)
    if by in directs:
        return None
    if not (deputy or "").strip():
        raise RefusedError(
            f"--by {by}: does not direct {unit} today; {', '.join(directs) or 'nobody'} does. "
            "Who signs instead needs --deputy REASON, which is kept"
        )
    return deputy


def _packs(chosen: Environment, estate: Estate, units: list[str], damaged: Damaged) -> list[Pack]:
    known = {one.slug for one in estate.organisation.directorates}
    strange = sorted(set(units) - known)
    if strange:
        raise RefusedError(f"--unit {strange[0]}: no such unit; known are {', '.join(sorted(known))}")
    changed = histories(runs_below(chosen.var), damaged)
    made = packs(estate, today(estate), changed, damaged.counts.get("runs", 0))
    return [pack for pack in made if (pack.unit in units if units else pack.rows)]


def _written(
    chosen: Environment, estate: Estate, pack: Pack, signed: Mapping[str, Review]
) -> tuple[Path, Review]:
    """Writes and records one pack, and gives its PDF; one that was signed and is the same is left alone."""
    pdf = pack.pdf(estate.organisation.name)
    record = Review(pack.unit, pack.day, len(pack.rows), _sum(pdf), datetime.now(UTC), who())
    path = _place(chosen.var / "reviews" / str(pack.day), pack.unit, signed.keys() - {record.sha256})
    if record.sha256 in signed and path.exists():
        return path, signed[record.sha256]
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    path.write_bytes(pdf)
    path.with_suffix(".csv").write_bytes(pack.csv())
    append(_file(chosen), record)
    return path, record


def _place(folder: Path, unit: str, kept: Set[str]) -> Path:
    """Gives the first file for a unit's pack that does not hold a pack whose sum is `kept`."""
    names = (f"{unit}.pdf" if i == 1 else f"{unit}.{i}.pdf" for i in count(1))
    return next(
        path
        for path in map(folder.joinpath, names)
        if not (path.exists() and _sum(path.read_bytes()) in kept)
    )


def _sum(pdf: bytes) -> str:
    return hashlib.sha256(pdf).hexdigest()


def _file(chosen: Environment) -> Path:
    return chosen.var / "reviews.jsonl"
