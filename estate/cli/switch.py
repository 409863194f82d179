"""Offers `estate switch`: what each switch shall be told, what would change, how all stand; backup and restore."""

from __future__ import annotations

import json
from dataclasses import asdict
from datetime import date
from pathlib import Path
from typing import Annotated
from zoneinfo import ZoneInfo

import typer

from estate.declared import Estate, load
from estate.records import to_json
from estate.records.captures import Capture
from estate.runs import clock, switch_keeping
from estate.runs.environment import Environment
from estate.runs.refused import Exit, RefusedError, told
from estate.switches import comparing, display, table
from estate.switches.guards import Limits, Waiver
from estate.switches.intended import intended
from estate.switches.reading import ConfigurationError

app = typer.Typer(
    no_args_is_help=True,
    help="Shows what switches shall be told, plans those that were read, looks at all, backs them up and restores.",
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
        [name] = switch_keeping.named(estate, [switch])
        found = estate.switches.switch(name)
        assert found is not None, name  # `named` refused others
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


@app.command()
def state(
    switches: Annotated[list[str] | None, typer.Argument(help="Which switches (default: all).")] = None,
    environment: Chosen = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the records as one JSON list.")] = False,
) -> None:
    """Looks at switches without a change: ports, errors, what was saved, drift of four kinds, addresses out of place.

    Exit: 0 all answered, however they stand; 2 refused; 3 the look ended early; 4 a switch did not answer; 5 another
    run holds the lock.
    """
    with told():
        chosen = Environment.chosen(environment)
        estate = load(chosen.inventory)
        found = switch_keeping.look(chosen, switch_keeping.named(estate, switches or ()))
    zone = ZoneInfo(estate.organisation.time_zone)
    typer.echo(to_json(found, indent=1) if as_json else "\n".join(table.lines(found, zone)))
    raise typer.Exit(Exit.UNREACHABLE if any(each.failure for each in found) else Exit.OK)


@app.command()
def backup(
    names: Annotated[
        list[str] | None, typer.Argument(metavar="[NAME]...", help="All when none is named.")
    ] = None,
    environment: Chosen = None,
    anew: Annotated[
        str, typer.Option(metavar="REASON", help="Do not compare with what was kept before; say why.")
    ] = "",
    as_json: Annotated[bool, typer.Option("--json", help="Print the records as one JSON list.")] = False,
) -> None:
    """Reads what switches run and start from; keeps it sealed for a restore, and redacted in Git for people.

    What is not whole, not of this switch or not of now is refused, and the last good capture stays.
    Exit: 0 all kept, 2 a wrong input, 3 a capture was refused, 4 a switch did not answer (the others are kept in both
    cases), 5 another run holds the lock, 6 a tool ended before it read a switch.
    """
    with told():
        chosen = Environment.chosen(environment)
        asked = switch_keeping.named(load(chosen.inventory), names or ())
        ended = switch_keeping.backup(chosen, asked, anew)
    typer.echo(to_json(ended.records, indent=1) if as_json else "\n".join(map(_kept, ended.records)))
    raise typer.Exit(ended.code)


@app.command()
def restore(
    name: Annotated[str, typer.Argument(help="The name of the switch.")],
    generation: Annotated[str, typer.Option("--from", help="Which capture (default: the newest).")] = "",
    dry: Annotated[bool, typer.Option("--dry", help="Show what would be sent, and send nothing.")] = False,
    environment: Chosen = None,
    user: Annotated[str, typer.Option(help="Who gets in now, on a switch without the declared login.")] = "",
    waive: Annotated[list[str] | None, typer.Option(help="GUARD=REASON; may be given again.")] = None,
    timer: Annotated[int | None, typer.Option(help="After how many minutes it goes back by itself.")] = None,
) -> None:
    """Brings a switch, blank or changed, back to what was captured of it; the way back is proven as in every push.

    Exit: 0 it runs and starts from the capture, or planned; 2 a wrong input, 3 refused or gone wrong: the reason stands
    in the output; 4 it did not answer, 5 another run holds the lock.
    """
    with told():
        chosen = Environment.chosen(environment)
        switch_keeping.named(load(chosen.inventory), [name])
        waivers = ";".join(f"{each.guard}={each.reason}" for each in map(_waiver, waive or ()))
        typed = {"generation": generation, "switch_user": user, "waive": waivers, "timer": timer or ""}
        data = {key: str(value) for key, value in typed.items() if value}
        code = switch_keeping.restore(chosen, name, data, dry)
    raise typer.Exit(code)


def _kept(record: Capture) -> str:
    last = f"{record.taken_at:%Y-%m-%d %H:%M:%S} UTC" if record.taken_at else "never"
    if record.refused:
        return f"{record.switch}: NOT kept: {record.refused}; last good capture: {last}"
    starts = "" if record.startup_is_running else "; it would start from something else: nobody saved it"
    return f"{record.switch}: kept, {record.bytes} bytes{starts}"


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
    switch_keeping.named(estate, list(found))
    return found


def _waiver(text: str) -> Waiver:
    guard, _, reason = text.partition("=")
    if ";" in text:
        raise RefusedError(
            f"--waive {text!r}: `;` parts waivers; write a comma, and --waive again for another guard"
        )
    try:
        return Waiver(guard, reason)
    except ValueError as wrong:
        raise RefusedError(f"--waive {text!r}: {wrong}") from None
