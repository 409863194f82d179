"""Shows and verifies the evidence of drills."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from estate.drill import evidence
from estate.runs.environment import Environment
from estate.runs.refused import RefusedError, told

app = typer.Typer(no_args_is_help=True, help="Shows and verifies the evidence of drills.")
Chosen = Annotated[str | None, typer.Option("--environment", help="Which inventory (default: lab).")]
AsJson = Annotated[bool, typer.Option("--json", help="Print for programs.")]


def _verified(folder: Path) -> list[evidence.Finding]:
    if not (folder / "record.json").is_file():
        raise RefusedError(f"there is no evidence {folder.name!r}; `drill list` names what there is")
    try:
        return evidence.verify(folder)
    except evidence.EvidenceError as error:
        raise RefusedError(str(error)) from None


@app.command("verify")
def verify(
    run: Annotated[str, typer.Argument(help="Run id, or `all`.")] = "all",
    environment: Chosen = None,
    as_json: AsJson = False,
) -> None:
    """Checks signature, attachments and chain of one record or all.

    Exit: 0 all hold, 1 something was altered or removed, 2 there is no such evidence.
    """
    with told():
        store = Environment.chosen(environment).var / "evidence"
        ids = sorted(path.parent.name for path in store.glob("*/record.json")) if run == "all" else [run]
        if not ids:
            raise RefusedError(f"{store}: no evidence yet; hold a drill: ./scripts/estate drill run mail")
        found = {each: _verified(store / Path(each).name) for each in ids}
    if as_json:
        typer.echo(json.dumps({each: [vars(one) for one in rows] for each, rows in found.items()}, indent=1))
    else:
        for each, rows in found.items():
            typer.echo(each)
            for one in rows:
                typer.echo(f"  {'holds ' if one.holds else 'BROKEN'}  {one.check}: {one.found}")
    if not all(one.holds for rows in found.values() for one in rows):
        raise typer.Exit(1)
