"""Offers `estate runs list` and `estate runs show ID`: what was run, by whom, why, and how it ended."""

from __future__ import annotations

from collections import Counter
from typing import Annotated

import typer

from estate.plan import display, named
from estate.records import Run, RunDirectory, runs_below, to_json
from estate.records.damaged import Damaged
from estate.runs import slicing
from estate.runs.environment import Environment
from estate.runs.refused import RefusedError, left_out, told

app = typer.Typer(no_args_is_help=True, help="Shows what was run, by whom, why, and how it ended.")


@app.command("list")
def list_runs(
    environment: Annotated[str | None, typer.Option(help="Which environment (default: lab).")] = None,
    number: Annotated[int, typer.Option(min=1, help="How many of the newest runs.")] = 20,
    as_json: Annotated[bool, typer.Option("--json", help="Print a JSON list of heads.")] = False,
) -> None:
    """Lists the newest runs, oldest first; one whose process is gone without an end is `interrupted`.

    Exit: 0 listed, 2 refused, 3 listed without records that cannot be read; these are named.
    """
    damaged = Damaged()
    with told(reads=True):
        folders = runs_below(Environment.chosen(environment).var)
        found = damaged.each("runs", (one.path for one in folders), lambda path: RunDirectory(path).head())
        heads = list(found)[-number:]
    if as_json:
        typer.echo(to_json(heads, indent=1))
    for head in [] if as_json else heads:
        typer.echo(_line(head))
    raise typer.Exit(left_out(damaged))


@app.command("show")
def show(
    run: Annotated[str, typer.Argument(help="The id of a run, or its beginning.")],
    environment: Annotated[str | None, typer.Option(help="Which environment (default: lab).")] = None,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print head, outcomes and verdicts as JSON.")
    ] = False,
) -> None:
    """Shows one run: its head, the sum of its outcomes, each failure with its reason, its verdicts."""
    with told(reads=True):
        folder = _find(Environment.chosen(environment), run)
        head, outcomes, verdicts = folder.head(), folder.outcomes(), folder.verdicts()
    if as_json:
        typer.echo(to_json({"run": head, "outcomes": outcomes, "verdicts": verdicts}, indent=1))
        return
    typer.echo(_line(head))
    typer.echo(f"  {folder.path}")
    for (host, status), count in sorted(Counter((o.host, o.status) for o in outcomes).items()):
        typer.echo(f"  {host}: {status} {count}")
    for line in display.failures(outcomes):
        typer.echo(f"  {line}")
    for verdict in verdicts:
        typer.echo(f"  {verdict.result} {verdict.subject}/{verdict.check}: {verdict.found}")
    if not outcomes and not verdicts:
        typer.echo("  nothing was recorded: the run ended before its first outcome")


@app.command("merge")
def merge(
    runs: Annotated[list[str], typer.Argument(help="Every slice of one apply: run ids, or folders of runs.")],
    environment: Annotated[str | None, typer.Option(help="Which environment (default: lab).")] = None,
    reason: Annotated[str, typer.Option(help="Why; kept in the head of the run.")] = "",
    as_json: Annotated[bool, typer.Option("--json", help="Print the slices as a JSON list.")] = False,
) -> None:
    """Puts the runs of several runners into one record, and tells what a killed one left undone.

    Exit: 0 all slices are done, 2 refused (a slice is missing, stands twice, or is of another whole), 3 one failed or
    was killed.
    """
    with told():
        chosen = Environment.chosen(environment)
        whole, portions, code = slicing.merge(chosen, [slicing.found(chosen, each) for each in runs], reason)
    if as_json:
        typer.echo(to_json(portions, indent=1))
    for each in [] if as_json else portions:
        typer.echo(f"slice {each.index}/{each.total} {each.result:<11} {each.run} ({', '.join(each.hosts)})")
        for change in each.undone:
            typer.echo(f"  NOT done: {named(change)}")
    if not as_json:
        typer.echo(f"run {whole.path.name}: {whole.head().result}")
    raise typer.Exit(code)


def _find(environment: Environment, named: str) -> RunDirectory:
    if not named:
        raise RefusedError("no run is named: give the beginning of its id; see ./scripts/estate runs list")
    found = [folder for folder in runs_below(environment.var) if folder.path.name.startswith(named)]
    if len(found) != 1:
        known = "no run" if not found else f"{len(found)} runs"
        raise RefusedError(
            f"{named!r} names {known} below {environment.var / 'runs'}; see ./scripts/estate runs list"
        )
    return found[0]


def _line(head: Run) -> str:
    lasted = f"{(head.ended - head.started).total_seconds():.0f} s" if head.ended else "-"
    why = f"  {head.reason}" if head.reason else ""
    return f"{head.id}  {head.result:<11}  {lasted:>6}  {head.commit[:12]}  {head.who}{why}"
