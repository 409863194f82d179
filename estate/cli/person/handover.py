"""Records that a first password reached its person, and destroys the sheet it stood on."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from estate.cli.person.words import AsJson, Chosen
from estate.declared import load
from estate.handover.papers import Papers, PapersError
from estate.records import to_json
from estate.runs.clock import today
from estate.runs.environment import Environment
from estate.runs.refused import RefusedError, told
from estate.runs.session import who


def handed_over(
    number: Annotated[
        str | None, typer.Argument(help="The personnel number; lists the waiting sheets when left out.")
    ] = None,
    as_json: AsJson = False,
    environment: Chosen = None,
) -> None:
    """Records that the sheet of a person was handed over, and removes it: the password is written nowhere then.

    Exit: 0 recorded or listed, 2 no such sheet waits.
    """
    with told():
        chosen = Environment.chosen(environment)
        papers = Papers(chosen.var)
        if number is None:
            waiting = papers.waiting()
            typer.echo(
                to_json(waiting) if as_json else "\n".join(_lines(chosen, waiting)) or "no sheet waits"
            )
            return
        try:
            paper = papers.hand_over(number, who())
        except PapersError as error:
            raise RefusedError(str(error)) from None
    typer.echo(to_json(paper) if as_json else f"{number}: handed over by {paper.who}; the sheet is removed")


def _lines(chosen: Environment, waiting: list[Path]) -> list[str]:
    """Tells each sheet that waits, and of whose owner has left that it is good for nothing."""
    if not waiting:
        return []
    estate = load(chosen.inventory)
    left = {one.personnel_number: one.closed_from for one in estate.people if one.has_left(today(estate))}
    void = "  left (closed from {}): it opens nothing; remove it"
    return [f"{path}{void.format(left[path.stem]) if path.stem in left else ''}" for path in waiting]
