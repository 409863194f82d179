"""Offers `estate verify`: uses the services as people do and says, check by check, what that proved."""

from __future__ import annotations

from typing import Annotated

import typer

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
    with told(reads=True):
        chosen = Environment.chosen(environment)
        verdicts, folder, code = verifying.verify(chosen, load(chosen.inventory), subject, reason)
    typer.echo(to_json(verdicts, indent=1) if as_json else "\n".join(_told(verdicts)))
    if not as_json:
        typer.echo(f"verdicts {folder / 'verdicts.json'}")
    raise typer.Exit(code)


def _told(verdicts: list[Verdict]) -> list[str]:
    lines = []
    for verdict in verdicts:
        seconds = f" ({verdict.seconds:.1f} s)" if verdict.seconds else ""
        lines.append(
            f"{verdict.result:<6}  {verdict.host} {verdict.subject}/{verdict.check}: {verdict.found}{seconds}"
        )
        if verdict.result != "passed":
            lines.append(f"        expected: {verdict.expected}")
    return lines
