"""Offers `estate lab spare`: the blank switch on which a drill restores a capture."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from estate.cli.lab_refusals import guarded
from estate.lab import spare
from estate.lab.errors import LabError
from estate.lab.places import locate
from estate.records import write_text
from estate.switches import rehearsing

app = typer.Typer(no_args_is_help=True, help="The blank switch of a drill: up, try, down.")
Name = Annotated[str, typer.Argument(help="The target of a drill that declares a spare.")]


@app.command("up")
def up(
    name: Name,
    like: Annotated[
        str, typer.Option(help="Of which declared switch's model (default: the lost one's).")
    ] = "",
) -> None:
    """Raises it, blank, on a data plane of its own; one that stands begins anew."""
    model_of = guarded(lambda: spare.up(locate(), name, like))
    typer.echo(f"lab: {name} is blank, of the model of {model_of}")


@app.command("try")
def attempt(
    name: Name,
    restored: Annotated[
        Path, typer.Argument(help="What the restore left: JSON with `access`, VLAN by port.")
    ],
    answer: Annotated[Path, typer.Argument(help="Where what was seen is written, as JSON.")],
) -> None:
    """Hangs hosts on ports of one VLAN and of two, and tries who reaches whom."""
    access = guarded(lambda: _access(restored))
    seen = guarded(lambda: spare.reach(locate(), name, access, rehearsing.trials(access)))
    write_text(answer, json.dumps(seen, indent=1) + "\n")
    typer.echo(f"lab: tried {len(seen['tries'])} pairs of hosts")


def _access(restored: Path) -> dict[str, int]:
    try:
        found: dict[str, int] = json.loads(restored.read_text(encoding="utf-8"))["access"]
    except (OSError, ValueError, KeyError) as wrong:
        asked, do = (
            f"read what the restore left ({restored})",
            "Hold the drill: ./scripts/estate drill run switch",
        )
        raise LabError(asked, f"{type(wrong).__name__}: {wrong}", do) from wrong
    return found


@app.command("down")
def down(name: Name) -> None:
    """Takes it away."""
    guarded(lambda: spare.down(locate(), name))
    typer.echo(f"lab: {name} is gone")
