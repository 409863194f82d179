"""Offers `estate plan`: one diff of what an apply would change on every host, written with a hash."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer

from estate.declared import load
from estate.plan import display
from estate.records import RunDirectory, to_json, write
from estate.runs import fast as leaving_out
from estate.runs import planning, slicing
from estate.runs.environment import Environment
from estate.runs.refused import refuse_astray, told

Slice = Annotated[
    str | None,
    typer.Option("--slice", help="Only slice I/N of these hosts (or ESTATE_SLICE, CI_NODE_INDEX/TOTAL)."),
]


def command(
    environment: Annotated[str | None, typer.Option(help="Which inventory to plan (default: lab).")] = None,
    limit: Annotated[
        str | None,
        typer.Option(help="Hosts, groups, switches (or `switches`), comma between; all hosts when left out."),
    ] = None,
    slice_: Slice = None,
    out: Annotated[Path | None, typer.Option(help="Also write the plan to this file.")] = None,
    reason: Annotated[str, typer.Option(help="Why; kept in the head of the run.")] = "",
    fast: Annotated[
        bool,
        typer.Option("--fast", help="Leave hosts out of Ansible whose inputs and receipt both still hold."),
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print the plan as one JSON object.")] = False,
) -> None:
    """Shows what an apply would change on every host, and changes nothing.

    What a deploy will refuse at the apply is told with its reason (`refusals` in JSON), and what it leaves alone.

    Exit: 0 planned (with or without changes), 2 refused, 3 a host failed in check mode, 4 a host did not answer
    (the plan is marked incomplete in both cases), 6 a tool ended before it reached a host, 130 interrupted.
    """
    with told(reads=True):
        refuse_astray(out)
        chosen = Environment.chosen(environment)
        load(chosen.inventory)
        narrow, part = slicing.limit_of(chosen, planning.normal(limit), slicing.asked(slice_))
        left_out = leaving_out.holding(chosen, narrow) if fast else {}
        made, path, code = planning.plan(chosen, narrow, reason, holding=left_out)
        if part is not None:
            made = replace(made, part=part)
            write(path, made)
    if out is not None:
        write(out, made)
    if as_json:
        typer.echo(to_json(made, indent=1))
    else:
        failed = display.failures(RunDirectory(path.parent).outcomes())
        typer.echo("\n".join([*failed, *display.lines(made), f"plan {out or path}"]))
    raise typer.Exit(code)
