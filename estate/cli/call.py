"""Offers `estate call`: proves the telephone exchange by placing real calls."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer

from estate.calls.catalogue import CatalogueError, Scenario, chosen
from estate.declared import load
from estate.declared.estate import Estate
from estate.records import Verdict, to_json
from estate.runs import calling, clock
from estate.runs.environment import Environment
from estate.runs.refused import Exit, RefusedError, told
from estate.telephony.rendering import rendered
from estate.telephony.secrets import Secrets
from estate.telephony.syntax import UnwritableError
from estate.verify.calling import proof
from estate.verify.dialplan import read

NO_KEY = "unused"
"""Where calls lead does not depend on secrets."""
app = typer.Typer(no_args_is_help=True, help="Proves the telephone exchange by placing real calls.")


@app.command()
def check(
    environment: Annotated[str | None, typer.Option(help="Which environment (default: lab).")] = None,
    only: Annotated[list[str] | None, typer.Option(help="A scenario by its id; may be given again.")] = None,
    daily: Annotated[
        bool, typer.Option("--daily", help="Only what is safe in production: it rings nobody but the probe.")
    ] = False,
    mute: Annotated[
        str,
        typer.Option(metavar="LINE", help="Seed a fault: this telephone plays nothing; its talks turn red."),
    ] = "",
    smudge: Annotated[
        str,
        typer.Option(metavar="ID", help="Seed a fault: one line of this fax is sent white; it turns red."),
    ] = "",
    reason: Annotated[str, typer.Option(help="Why; kept in the head of the run.")] = "",
    as_json: Annotated[bool, typer.Option("--json", help="Print the verdicts as a JSON list.")] = False,
) -> None:
    """Places calls from the probe and judges each by what both sides heard; outside the lab only the daily ones.

    Exit: 0 every call went as it has to, 1 one did not, 2 refused, or no verdict could be reached,
    130 interrupted: the telephones sign off.
    """
    with told():
        picked = Environment.chosen(environment)
        scenarios = _picked(only or (), daily or picked.name != "lab")
        faults = _faults(scenarios, mute, smudge)
        declared = load(picked.inventory)
        verdicts, left_out, folder, code = calling.check(picked, declared, scenarios, faults, reason)
    if as_json:
        typer.echo(to_json(verdicts, indent=1))
    else:
        typer.echo("\n".join(map(_line, verdicts)))
        typer.echo("".join(f"left out  {name}: {why}\n" for name, why in left_out.items()), nl=False)
        passed = sum(each.result == "passed" for each in verdicts)
        typer.echo(f"{passed} of {len(verdicts)} passed; verdicts {folder / 'verdicts.json'}")
    raise typer.Exit(code)


@app.command("list")
def list_(
    as_json: Annotated[bool, typer.Option("--json", help="Print a JSON list.")] = False,
) -> None:
    """Lists the scenarios: id, where it is safe, what it proves."""
    known = [{"id": one.id, "daily": one.daily, "title": one.title} for one in chosen()]
    if as_json:
        typer.echo(json.dumps(known, indent=1, ensure_ascii=False))
    for one in [] if as_json else known:
        typer.echo(f"{one['id']:<24}  {'daily' if one['daily'] else 'lab':<5}  {one['title']}")


@app.command()
def walk(
    environment: Annotated[str | None, typer.Option(help="Which environment (default: lab).")] = None,
    plan: Annotated[
        Path | None, typer.Option(help="What `dialplan show` prints, or a file; else what is declared.")
    ] = None,
) -> None:
    """Follows emergency numbers and forbidden calls through the dial plan without dialling, also in production.

    Exit: 0 nothing is wrong, 1 a fault was found, 2 refused.
    """
    with told():
        picked = Environment.chosen(environment)
        estate = load(picked.inventory)
        texts = _written(estate)
        try:
            extensions = plan.read_text("utf-8") if plan else texts["extensions.conf"]
        except OSError as wrong:
            raise RefusedError(f"{plan}: {wrong.strerror}") from None
        except UnicodeDecodeError:
            raise RefusedError(f"{plan} is not UTF-8; save it as the exchange shows it") from None
        if not any(context.extensions for context in read(extensions).values()):
            raise RefusedError(f"{plan} holds no dial plan; give it what `dialplan show` prints, or a file")
    faults = proof(estate, extensions, texts["pjsip.conf"])
    typer.echo(
        "\n".join(faults)
        or "every emergency number gets out from everywhere; nothing gets further than allowed"
    )
    raise typer.Exit(Exit.VERDICT_FAILED if faults else Exit.OK)


def _written(estate: Estate) -> dict[str, str]:
    secrets = Secrets(NO_KEY, {trunk.name: NO_KEY for trunk in estate.telephony.trunks})
    try:
        return rendered(estate, clock.today(estate), secrets)
    except UnwritableError as wrong:
        raise RefusedError(str(wrong)) from None


def _picked(only: Sequence[str], daily: bool) -> tuple[Scenario, ...]:
    try:
        scenarios = chosen(only, daily)
    except CatalogueError as wrong:
        raise RefusedError(str(wrong)) from None
    if not scenarios:
        raise RefusedError("none of these scenarios is safe outside the lab; see ./scripts/estate call list")
    return scenarios


def _faults(scenarios: Sequence[Scenario], mute: str, smudge: str) -> dict[str, str]:
    """Gives the faults to seed, and refuses one that none of these scenarios would turn red for."""
    phones = sorted({line for one in scenarios for line in one.lines})
    faxes = sorted(one.id for one in scenarios if one.fax is not None)
    for option, value, known, what in (
        ("--mute", mute, phones, "telephone"),
        ("--smudge", smudge, faxes, "fax"),
    ):
        if value and value not in known:
            there = f"there are {', '.join(known)}" if known else "there is none"
            raise RefusedError(f"{option} {value!r} is no {what} of these scenarios; {there}")
    return {name: value for name, value in (("mute", mute), ("smudge", smudge)) if value}


def _line(verdict: Verdict) -> str:
    line = f"{verdict.result:<6}  {verdict.check}: {verdict.found} ({verdict.seconds:.1f} s)"
    return line if verdict.result == "passed" else f"{line}\n        expected: {verdict.expected}"
