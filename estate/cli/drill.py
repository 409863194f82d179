"""Holds and lists drills."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import Annotated

import typer
from pydantic import BaseModel, ConfigDict

from estate.cli import drill_mutations, drill_times
from estate.drill import holding, scenario
from estate.records import read
from estate.records.damaged import Damaged
from estate.runs.environment import Environment
from estate.runs.refused import RefusedError, left_out, told

app = typer.Typer(no_args_is_help=True, help="Holds drills: loses a service on paper, rebuilds it for real.")
Chosen = Annotated[str | None, typer.Option("--environment", help="Which inventory (default: lab).")]
AsJson = Annotated[bool, typer.Option("--json", help="Print for programs.")]
EXIT = {"passed": 0, "failed": 1, "error": 3}
app.command("due")(drill_times.due)
app.command("calendar")(drill_times.calendar)
app.command("mutations")(drill_mutations.mutations)


class _Row(BaseModel):
    """The part of an evidence record that a line of the list shows; the other keys are for programs."""

    model_config = ConfigDict(extra="allow", frozen=True)
    id: str
    scenario: str
    result: str
    rto_seconds: float | None
    rpo_seconds: float | None


def _phase(name: str) -> scenario.Phase:
    for phase in scenario.PHASES:
        if phase == name:
            return phase
    raise RefusedError(f"--from {name!r} is no phase; phases are {', '.join(scenario.PHASES)}")


@app.command("run")
def run(
    drill: Annotated[str, typer.Argument(help="Id of the drill in drills.yml.")],
    reason: Annotated[
        str, typer.Option(help="Why it is held; stands in the evidence.")
    ] = "scheduled exercise",
    begin: Annotated[
        str, typer.Option("--from", help="Rehearse from this phase (configured, restored, accepted).")
    ] = "host_up",
    quiet: Annotated[bool, typer.Option(help="Send no letters before and after.")] = False,
    environment: Chosen = None,
    as_json: AsJson = False,
) -> None:
    """Rebuilds a lost service from code and backup on another host and seals the evidence.

    Exit: 0 passed, 1 failed (not back as promised), 2 refused before anything was touched, 3 no verdict reached.
    """
    with told():
        where = Environment.chosen(environment)
        done = holding.hold(where, drill, reason, _phase(begin), quiet)
    for letter in filter(None, (done.before, done.after)):
        typer.echo(letter, err=True)
    typer.echo(json.dumps(asdict(done), ensure_ascii=False) if as_json else f"{done.result}: {done.record}")
    raise typer.Exit(EXIT[done.result])


@app.command("list")
def listed(environment: Chosen = None, as_json: AsJson = False) -> None:
    """Lists the drills that were held, newest last.

    Exit: 0 listed, 2 for an unknown environment, 3 listed without evidence that cannot be read; it is named.
    """
    damaged = Damaged()
    with told(reads=True):
        store = Environment.chosen(environment).var / "evidence"
    found = damaged.each("evidence", sorted(store.glob("*/record.json")), lambda path: read(path, _Row))
    rows = [row.model_dump(mode="json") for row in found]
    if as_json:
        typer.echo(json.dumps(rows, ensure_ascii=False, indent=1))
        raise typer.Exit(left_out(damaged))
    if not rows:
        typer.echo("no drill that can be read" if damaged.counts else "no drill was held yet")
    for row in rows:
        loss = "not measured" if row["rpo_seconds"] is None else f"{row['rpo_seconds']:.0f} s"
        back = "not back" if row["rto_seconds"] is None else f"{row['rto_seconds']:.0f} s"
        typer.echo(f"{row['id']}  {row['scenario']}  {row['result']}  back after {back}, lost {loss}")
    raise typer.Exit(left_out(damaged))
