"""Offers `estate phone`: the declared sets, where they hang, what each would fetch; what others are given by hand."""

from __future__ import annotations

import json
from dataclasses import asdict
from datetime import date
from pathlib import Path
from typing import Annotated, Any

import typer
from pydantic import TypeAdapter, ValidationError

from estate.declared import Estate, load
from estate.declared.calling import Phone
from estate.declared.directory import TELEPHONES
from estate.declared.fields import PhoneAddress
from estate.declared.numbering import holders
from estate.declared.shapes import nearest
from estate.records import write_text
from estate.runs import clock
from estate.runs.environment import Environment
from estate.runs.refused import RefusedError, told
from estate.telephony.lines import Line, lines
from estate.telephony.places import place
from estate.telephony.provisioning import by_hand
from estate.telephony.provisioning.credentials import Credentials, user_of
from estate.telephony.provisioning.sets import Sets

app = typer.Typer(
    no_args_is_help=True, help="Telephone sets: where they hang, and what each of them fetches."
)
Chosen = Annotated[str | None, typer.Option("--environment", help="Which environment (default: lab).")]
AsJson = Annotated[bool, typer.Option("--json", help="Print for programs.")]


@app.command("list")
def list_(environment: Chosen = None, as_json: AsJson = False) -> None:
    """Lists the declared telephone sets: address, model, numbers with their names, outlet and port.

    Exit: 0 listed, 2 refused.
    """
    with told():
        estate, today = _declared(Environment.chosen(environment))
        found = [_row(estate, phone, today) for phone in estate.telephony.phones]
    if as_json:
        typer.echo(json.dumps(found, indent=1, ensure_ascii=False))
        return
    for row in found:
        numbers = ", ".join(f"{number} {name}" for number, name in row["extensions"].items())
        at = row["place"]
        where = f"{at['outlet']} ({at['switch']} port {at['port']})" if at else "no outlet has it"
        typer.echo(f"{row['mac']}  {row['model']}  {numbers}  {where}")


@app.command()
def show(
    phone: Annotated[
        str, typer.Argument(metavar="MAC|EXTENSION", help="The address of a set, or a number on it.")
    ],
    environment: Chosen = None,
    out: Annotated[
        Path | None,
        typer.Option(help="Write the file whole into this folder, secrets and all, for the bench."),
    ] = None,
) -> None:
    """Shows the file a set would fetch, without its secrets.

    With --out the vault is opened, and the file written for nobody else to read: a new set is given it once by hand.
    Exit: 0 shown or written, 2 refused.
    """
    with told():
        chosen = Environment.chosen(environment)
        estate, today = _declared(chosen)
        found = _named(estate, phone)
        sets = Sets(estate, today, Credentials(None) if out is None else _opened(chosen), authority=True)
        if out is None:
            typer.echo(sets.text(found), nl=False)
            return
        _lay(out, sets.file(found), sets.text(found))
    typer.echo(f"written: {out / sets.file(found)}")
    typer.echo(
        f"it fetches from https://{sets.server}/ as {user_of(found.mac)}; its password stands in the file"
    )


@app.command()
def secret(
    extension: Annotated[
        str, typer.Argument(metavar="EXTENSION", help="A number that is on no declared set.")
    ],
    out: Annotated[Path, typer.Option(help="Write the file, secret and all, into this folder.")],
    environment: Chosen = None,
    as_json: AsJson = False,
) -> None:
    """Writes what is entered by hand at a telephone that fetches nothing: adapters, softphones, other makes.

    The vault is opened, and the file written for nobody else to read: delete it when the telephone has registered.
    Exit: 0 written, 2 refused.
    """
    with told():
        chosen = Environment.chosen(environment)
        estate, today = _declared(chosen)
        line = _line(estate, extension, today)
        text = by_hand.text(estate.telephony.service_name, line, _opened(chosen))
        _lay(out, by_hand.file(line), text)
    if as_json:
        typer.echo(json.dumps({"extension": extension, "file": str(out / by_hand.file(line))}))
        return
    typer.echo(f"written: {out / by_hand.file(line)}; delete it when the telephone has registered")


def _lay(folder: Path, name: str, text: str) -> None:
    """Writes a file for its owner alone; refuses a folder that cannot be written in."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        write_text(folder / name, text, 0o600)
    except OSError as wrong:
        raise RefusedError(f"--out {folder}: {wrong.strerror}; name a folder you may write in") from None


def _line(estate: Estate, number: str, today: date) -> Line:
    """Gives the telephone of a number that works on a day and is on no declared set."""
    known = {line.number: line for line in lines(estate, today)}
    if number not in known:
        raise RefusedError(f"no telephone has the number {number} today; {nearest(number, list(known))}")
    for phone in estate.telephony.phones:
        if number in phone.extensions:
            raise RefusedError(
                f"{number} is on the set {phone.mac}, which fetches its secret, and a second telephone takes the line"
                f" from it; the file of the set: ./scripts/estate phone show {number} --out FOLDER"
            )
    return known[number]


def _declared(environment: Environment) -> tuple[Estate, date]:
    estate = load(environment.inventory)
    return estate, clock.today(estate)


def _row(estate: Estate, phone: Phone, today: date) -> dict[str, Any]:
    names = {each.number: each.name for each in holders(estate.telephony, estate.people)}
    at = place(estate, phone, today)
    extensions = {number: names.get(number, "") for number in phone.extensions}
    return {
        "mac": phone.mac,
        "model": phone.model,
        "extensions": extensions,
        "place": None if at is None else asdict(at),
    }


def _named(estate: Estate, text: str) -> Phone:
    """Gives a declared set by its address in any spelling, or by a number on it."""
    try:
        mac = TypeAdapter(PhoneAddress).validate_python(text)
    except ValidationError:
        mac = ""
    phones = estate.telephony.phones
    found = [phone for phone in phones if phone.mac == mac or text in phone.extensions]
    if len(found) == 1:
        return found[0]
    if found:
        raise RefusedError(
            f"{text} is on several sets: {', '.join(one.mac for one in found)}; name one of them"
        )
    known = [*(one.mac for one in phones), *(number for one in phones for number in one.extensions)]
    raise RefusedError(f"{text} is no declared telephone set and no number on one; {nearest(text, known)}")


def _opened(environment: Environment) -> Credentials:
    # Here alone, because pyinfra takes a second to load.
    from pyinfra.api.exceptions import PyinfraError

    from pyinfra_deploys.facts.vault import secret

    try:
        master = secret(environment, "vault_telephone_exchange_secret_key")
        directory = secret(environment, "vault_directory_passwords").get(TELEPHONES)
    except PyinfraError as missing:
        raise RefusedError(str(missing)) from None
    return Credentials(master, directory)
