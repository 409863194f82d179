"""Offers `estate verify`: uses the services as people do and says, check by check, what that proved."""

from __future__ import annotations

from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from estate.declared import load
from estate.records import Verdict, to_json
from estate.runs import verifying
from estate.runs.environment import Environment
from estate.runs.refused import told


def command(
    subject: Annotated[str, typer.Argument(help="The service to use, or all.")] = "all",
    environment: Annotated[str | None, typer.Option(help="Which environment (default: lab).")] = None,
    reason: Annotated[str, typer.Option(help="Why; kept in the head of the run.")] = "",
    as_json: Annotated[bool, typer.Option("--json", help="Print the verdicts as a JSON list.")] = False,
) -> None:
    """Uses the services and judges what came of it; changes nothing that is declared.

    Exit: 0 every check passed, 1 a check failed, 2 refused, or no verdict could be reached for a check.
    """
    with told():
        chosen = Environment.chosen(environment)
        verdicts, folder, code = verifying.verify(chosen, load(chosen.inventory), subject, reason)
    if as_json:
        typer.echo(to_json(verdicts, indent=1))
    else:
        _show(verdicts)
        typer.echo(f"verdicts {folder / 'verdicts.json'}")
    raise typer.Exit(code)


def _show(verdicts: list[Verdict]) -> None:
    table = Table("subject", "check", "host", "result", "found", "expected", box=None)
    for verdict in verdicts:
        found = f"{verdict.found} ({verdict.seconds:.1f} s)" if verdict.seconds else verdict.found
        expected = "" if verdict.result == "passed" else verdict.expected
        table.add_row(verdict.subject, verdict.check, verdict.host, verdict.result, found, expected)
    Console(markup=False).print(table)
