"""Offers `estate runs list` and `estate runs show ID`: what was run, by whom, why, and how it ended."""

from __future__ import annotations

from collections import Counter
from typing import Annotated

import typer

from estate.plan import display
from estate.records import Run, RunDirectory, runs_below, to_json
from estate.runs.environment import Environment
from estate.runs.refused import RefusedError, told

app = typer.Typer(no_args_is_help=True, help="Shows what was run, by whom, why, and how it ended.")


@app.command("list")
def list_runs(
    environment: Annotated[str | None, typer.Option(help="Which environment (default: lab).")] = None,
    number: Annotated[int, typer.Option(help="How many of the newest runs.")] = 20,
    as_json: Annotated[bool, typer.Option("--json", help="Print a JSON list of heads.")] = False,
) -> None:
    """Lists the newest runs, oldest first; one whose process is gone without an end is `interrupted`."""
    with told():
        chosen = Environment.chosen(environment)
        heads = [folder.head() for folder in runs_below(chosen.var)][-number:]
    if as_json:
        typer.echo(to_json(heads, indent=1))
    for head in [] if as_json else heads:
        typer.echo(_line(head))


@app.command("show")
def show(
    run: Annotated[str, typer.Argument(help="The id of a run, or its beginning.")],
    environment: Annotated[str | None, typer.Option(help="Which environment (default: lab).")] = None,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print head, outcomes and verdicts as JSON.")
    ] = False,
) -> None:
    """Shows one run: its head, the sum of its outcomes, each failure with its reason, its verdicts."""
    with told():
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


def _find(environment: Environment, named: str) -> RunDirectory:
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
