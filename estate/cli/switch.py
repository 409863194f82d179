"""Offers `estate switch`: what each switch shall be told, and what would change on one whose configuration was read."""

from __future__ import annotations

import json
from dataclasses import asdict
from datetime import date
from pathlib import Path
from typing import Annotated

import typer

from estate.declared import Estate, load
from estate.runs import clock
from estate.runs.environment import Environment
from estate.runs.refused import Exit, RefusedError, told
from estate.switches import comparing, display
from estate.switches.guards import Limits, Waiver
from estate.switches.intended import intended
from estate.switches.reading import ConfigurationError

app = typer.Typer(
    no_args_is_help=True, help="Shows what switches shall be told, and plans those that were read."
)
Chosen = Annotated[str | None, typer.Option("--environment", help="Which environment (default: lab).")]
ENDING = ".cfg"


@app.command("intended")
def intended_(
    switch: Annotated[str, typer.Argument(help="The name of the switch.")], environment: Chosen = None
) -> None:
    """Prints the configuration a switch shall have, as it would show it; `<vault:KEY>` stands for secrets.

    Exit: 0 printed, 2 refused.
    """
    with told():
        estate, today = _declared(environment)
        found = estate.switches.switch(switch)
        if found is None:
            raise RefusedError(_unknown(estate, switch))
        text = intended(estate, found, today).text
    typer.echo(text, nl=False)


@app.command()
def plan(
    read: Annotated[
        Path, typer.Argument(help=f"A folder with SWITCH{ENDING}: what `show running-config` gave.")
    ],
    environment: Chosen = None,
    waive: Annotated[list[str] | None, typer.Option(help="GUARD=REASON; may be given again.")] = None,
    ports: Annotated[
        int, typer.Option(help="How many ports of one switch may change at once.")
    ] = Limits.ports,
    switches: Annotated[int, typer.Option(help="How many switches may change at once.")] = Limits.switches,
    as_json: Annotated[bool, typer.Option("--json", help="Print the plans as one JSON object.")] = False,
) -> None:
    """Shows what would change on switches, what is left alone, and what speaks against it; asks no switch anything.

    Exit: 0 planned, with or without changes; 2 refused: by a guard (the table in docs/switches.md), or a wrong input.
    """
    with told():
        estate, today = _declared(environment)
        waivers, limits = [_waiver(text) for text in waive or ()], Limits(ports=ports, switches=switches)
        running = _running(estate, read)
        try:
            found, many = comparing.plans(estate, running, today, limits, waivers)
        except ConfigurationError as wrong:
            raise RefusedError(f"{read}: {wrong}") from None
    if as_json:
        shown = {
            name: {**asdict(each), "lines": display.shown_lines(each.lines), "rollback": len(each.rollback)}
            for name, each in found.items()
        }
        typer.echo(json.dumps(shown, indent=1, ensure_ascii=False))
    else:
        typer.echo("\n".join([*display.lines(found), *(f"REFUSED {one.guard}: {one}" for one in many)]))
    raise typer.Exit(Exit.REFUSED if many or any(each.refusals for each in found.values()) else Exit.OK)


def _declared(environment: str | None) -> tuple[Estate, date]:
    estate = load(Environment.chosen(environment).inventory)
    return estate, clock.today(estate)


def _running(estate: Estate, folder: Path) -> dict[str, str]:
    if not folder.is_dir():
        raise RefusedError(
            f"{folder} is no folder; put one file SWITCH{ENDING} for each switch into a folder"
        )
    found = {
        path.stem: path.read_text("utf-8", errors="surrogateescape")
        for path in sorted(folder.glob(f"*{ENDING}"))
    }
    if not found:
        raise RefusedError(f"{folder} holds no file that ends with {ENDING}; name them after the switches")
    unknown = [name for name in found if estate.switches.switch(name) is None]
    if unknown:
        raise RefusedError("\n".join(_unknown(estate, name) for name in unknown))
    return found


def _waiver(text: str) -> Waiver:
    guard, _, reason = text.partition("=")
    try:
        return Waiver(guard, reason)
    except ValueError as wrong:
        raise RefusedError(f"--waive {text!r}: {wrong}") from None


def _unknown(estate: Estate, name: str) -> str:
    return (
        f"no switch {name!r} is declared; known: {', '.join(each.name for each in estate.switches.switches)}"
    )
