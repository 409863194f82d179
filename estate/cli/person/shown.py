"""Shows the record of a person, or the list of all."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import Annotated, Any

import typer

from estate.cli.person.words import AsJson, AsOf, Chosen, Unit, read, today_of
from estate.declared import load
from estate.handover.papers import Papers
from estate.people import desks, telling, values
from estate.people.roster import EditError, Roster
from estate.records import runs_below
from estate.records.damaged import Damaged
from estate.review import receipt
from estate.review.history import histories, recorded_since
from estate.runs.environment import Environment
from estate.runs.refused import RefusedError, left_out, told
from estate.telephony.telephone import telephone


def show(
    number: Annotated[
        str | None, typer.Argument(help="The personnel number; all people when left out.")
    ] = None,
    unit: Unit = None,
    as_json: AsJson = False,
    as_of: AsOf = None,
    environment: Chosen = None,
) -> None:
    """Shows the record of a person, all that is held, since when and by which change; or lists people in Turkish order.

    Exit: 0 shown, 2 refused, 3 shown without runs that cannot be read; these are named, and may have changed it.
    """
    damaged = Damaged()
    with told():
        day = today_of(as_of)
        chosen = Environment.chosen(environment)
        estate = load(chosen.inventory, day)
        if number is not None:
            person = _known(roster := Roster(estate, day), number)
            runs = list(runs_below(chosen.var))
            entries = histories(runs, damaged).get(number, [])
            # Where a run cannot be read, nobody knows that none ever made what is declared.
            first = None if damaged.any("runs") else recorded_since(run.head() for run in runs)
            held = receipt.receipt(estate, day, number, entries, Papers(chosen.var), first)
            seat, phone = desks.seat(estate, person, day), telephone(estate, person, day)
            also = {"desk": seat and asdict(seat), "telephone": phone and phone.plain()}
            found: Any = {**telling.record(person, estate.identities), **also, **receipt.plain(held)}
            shown = ["", f"desk  {seat}"] if seat else []
            told_of = phone.lines() if phone else telling.without_telephone(roster, person)
            shown += ["", *told_of] if told_of else []
            lines = [*telling.lines(person, estate.identities), *shown, *receipt.lines(held)]
        else:
            slug = unit and read("--unit", lambda text: values.unit(text, estate), unit)
            people = telling.listed(one for one in estate.people if slug is None or one.unit == slug)
            found = [telling.record(one, estate.identities) for one in people]
            lines = ["  ".join(telling.row(one, day)).rstrip() for one in people]
    typer.echo(json.dumps(found, indent=1, ensure_ascii=False) if as_json else "\n".join(lines))
    if code := left_out(damaged):
        raise typer.Exit(code)


def _known(roster: Roster, number: str) -> Any:
    try:
        return roster.person(number)
    except EditError as error:
        raise RefusedError(str(error)) from None
