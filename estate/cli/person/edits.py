"""Edits one record: somebody joins, comes back, moves, gets another name, leaves."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from estate.cli.person.words import (
    Acting,
    AnyNumber,
    AsJson,
    AsOf,
    Chosen,
    Dry,
    EverybodyOf,
    Extension,
    HoldsFrom,
    Number,
    Outlet,
    Site,
    Unit,
    Until,
    at_once_from,
    day_of,
    file_edits,
    place,
    read,
    refuse_ahead,
    today_of,
)
from estate.people import changes, telling, values
from estate.people.changes import Edit
from estate.people.roster import Roster
from estate.people.spelling import proper, spelled, titled, titles
from estate.runs.environment import Environment
from estate.runs.filing import Desk, opened
from estate.runs.refused import RefusedError, told


def add(
    number: Number,
    given: Annotated[str, typer.Option(help="All given names.")],
    surname: Annotated[str, typer.Option(help="All surnames.")],
    title: Annotated[str, typer.Option(help="Title, such as Memur.")],
    status: Annotated[str, typer.Option(help="memur, sozlesmeli, isci, sirket or firma.")],
    start: Annotated[str, typer.Option(help="First day; may lie ahead.")],
    unit: Unit = None,
    site: Site = None,
    end: Annotated[str | None, typer.Option(help="Last day, when it is known.")] = None,
    extension: Extension = None,
    outlet: Outlet = None,
    account: Annotated[bool, typer.Option(help="Give an account.")] = True,
    mailbox: Annotated[
        bool | None, typer.Option(help="Give a mailbox (default: all but people of vendors).")
    ] = None,
    dry: Dry = False,
    as_json: AsJson = False,
    as_of: AsOf = None,
    environment: Chosen = None,
) -> None:
    """Adds somebody who joins, or brings back somebody who left: the same number gets the same names and mailbox.

    Exit: 0 written (or told, with --dry), 2 refused and nothing written, 5 another edit is being written.
    """
    with told(), opened(Environment.chosen(environment), "person add", today_of(as_of)) as desk:
        fields = {
            "given_name": proper(read("--given", values.person_name, given)),
            "surname": proper(read("--surname", values.person_name, surname)),
            "title": _title(desk, title),
            "status": read("--status", values.status, status),
            "start": day_of("--start", start),
            "end": day_of("--end", end),
            "extension": extension,
            **place(desk, unit, site, outlet),
        }
        mailed = mailbox if account else False
        known = read("NUMBER", values.personnel_number, number)
        edit = changes.add(Roster(desk.estate, desk.today), known, fields, account=account, mailbox=mailed)
        _added(desk, edit, dry, as_json)


def _added(desk: Desk, edit: Edit, dry: bool, as_json: bool) -> None:
    roster = Roster(desk.estate, desk.today)
    notes = telling.without_telephone(roster, edit.after, f"{edit.number} {edit.after.display_name}: ")
    file_edits(desk, [edit], notes, {"notes": notes}, dry=dry, as_json=as_json)


def account(
    number: Number,
    mailbox: Annotated[
        bool | None, typer.Option(help="Give a mailbox (default: all but people of vendors).")
    ] = None,
    dry: Dry = False,
    as_json: AsJson = False,
    as_of: AsOf = None,
    environment: Chosen = None,
) -> None:
    """Gives an account to somebody who has a record alone, or a mailbox to somebody who has an account alone.

    Exit: 0 written (or told, with --dry) or nothing to change, 2 refused and nothing written, 5 another edit is
    being written.
    """
    with told(), opened(Environment.chosen(environment), "person account", today_of(as_of)) as desk:
        edit = changes.enrol(Roster(desk.estate, desk.today), number, mailbox=mailbox)
        file_edits(desk, [edit], dry=dry, as_json=as_json)


def move(
    number: AnyNumber = None,
    everybody_of: EverybodyOf = None,
    unit: Unit = None,
    site: Site = None,
    title: Annotated[str | None, typer.Option(help="The new title.")] = None,
    extension: Extension = None,
    outlet: Outlet = None,
    acting: Acting = None,
    until: Until = None,
    on: HoldsFrom = None,
    dry: Dry = False,
    as_json: AsJson = False,
    as_of: AsOf = None,
    environment: Chosen = None,
) -> None:
    """Moves somebody to another directorate, building, desk or title, or lets them stand in for a director until a day.

    With --everybody-of and --unit one directorate is merged into another: all in one edit, but those who left.

    Exit: 0 written (or told, with --dry) or nothing to change, 2 refused and nothing written, 5 another edit is
    being written.
    """
    with told(), opened(Environment.chosen(environment), "person move", today_of(as_of)) as desk:
        refuse_ahead(on, desk.today)
        fields = {
            **place(desk, unit, site, outlet),
            **_own(desk, title, extension),
            **_delegation(desk, acting, until),
        }
        if not fields:
            raise RefusedError("say what changes: --unit, --site, --outlet, --title, --extension or --acting")
        edits = _moved(desk, number, everybody_of, fields)
        notes = telling.after_moving(edits)
        file_edits(desk, edits, notes, {"notes": notes}, dry=dry, as_json=as_json)


def _moved(desk: Desk, number: str | None, everybody_of: str | None, fields: dict[str, Any]) -> list[Edit]:
    """Gives the edits of the one who moves, or of all of a directorate."""
    roster = Roster(desk.estate, desk.today)
    if (number is None) == (everybody_of is None):
        raise RefusedError("say who moves: NUMBER, or --everybody-of UNIT for all who work there")
    if number is not None:
        return [changes.move(roster, number, fields)]
    if not {"unit"} <= fields.keys() <= {"unit", "site"}:
        raise RefusedError(
            "--everybody-of needs --unit; beside it goes --site, and nothing that is one person's"
        )
    old = read("--everybody-of", lambda text: values.unit(text, desk.estate), str(everybody_of))
    return changes.move_everybody(roster, old, fields)


def _own(desk: Desk, title: str | None, extension: str | None) -> dict[str, str]:
    """Reads what a move gives to one person alone."""
    found = {"title": _title(desk, title)} if title else {}
    return {**found, "extension": extension} if extension else found


def _title(desk: Desk, text: str) -> str:
    """Reads a title; one in capitals gets the spelling that others have it in."""
    return titled(read("--title", values.name, text), titles(desk.estate.people))


def _delegation(desk: Desk, acting: str | None, until: str | None) -> dict[str, Any]:
    """Reads for whom somebody stands in, and until when."""
    if (acting is None) != (until is None):
        raise RefusedError("standing in for a director needs both --acting UNIT and --until DAY")
    if acting is None:
        return {}
    stands_for = read("--acting", lambda text: values.unit(text, desk.estate), acting)
    end = day_of("--until", until)
    if end is None:
        raise RefusedError(f"--until {until}: standing in needs a last day that comes")
    if end < desk.today:
        raise RefusedError(f"--until: {end} is past; standing in ends today ({desk.today}) at the earliest")
    return {"acting": {"unit": stands_for, "end": str(end)}}


def rename(
    number: Number,
    surname: Annotated[str | None, typer.Option(help="The new surnames, all of them.")] = None,
    given: Annotated[str | None, typer.Option(help="The new given names, all of them.")] = None,
    new_mail: Annotated[
        bool, typer.Option("--new-mail", help="Send from an address of the new name.")
    ] = False,
    dry: Dry = False,
    as_json: AsJson = False,
    as_of: AsOf = None,
    environment: Chosen = None,
) -> None:
    """Changes a person's name; login and address stay, with --new-mail the old address stays as an alias.

    Exit: 0 written (or told, with --dry) or nothing to change, 2 refused and nothing written, 5 another edit is
    being written.
    """
    with told(), opened(Environment.chosen(environment), "person rename", today_of(as_of)) as desk:
        texts = {"given_name": ("--given", given), "surname": ("--surname", surname)}
        fields = {
            key: read(option, values.person_name, text) for key, (option, text) in texts.items() if text
        }
        if not fields and not new_mail:
            raise RefusedError("say what changes: --surname, --given or --new-mail")
        roster = Roster(desk.estate, desk.today)
        before = roster.person(number)
        fields = {key: spelled(getattr(before, key), text) for key, text in fields.items()}
        edit = changes.rename(roster, number, fields, new_mail=new_mail)
        file_edits(desk, [edit], dry=dry, as_json=as_json)


def leave(
    number: Number,
    on: Annotated[
        str | None, typer.Option("--on", help="The last day of work; a later one prolongs.")
    ] = None,
    at_once: Annotated[bool, typer.Option("--at-once", help="Close every access today.")] = False,
    hand_over: Annotated[str | None, typer.Option(help="Personnel number of who gets the mail.")] = None,
    legal_hold: Annotated[bool | None, typer.Option(help="Purge nothing while this holds.")] = None,
    withdrawn: Annotated[bool, typer.Option("--withdrawn", help="No last day any more: they stay.")] = False,
    dry: Dry = False,
    as_json: AsJson = False,
    as_of: AsOf = None,
    environment: Chosen = None,
) -> None:
    """Writes somebody's last day: every access closes on the day after, or today with --at-once.

    Exit: 0 written (or told, with --dry) or nothing to change, 2 refused and nothing written, 5 another edit is
    being written.
    """
    with told(), opened(Environment.chosen(environment), "person leave", today_of(as_of)) as desk:
        roster = Roster(desk.estate, desk.today)
        fields: dict[str, Any] = {} if legal_hold is None else {"legal_hold": legal_hold}
        if withdrawn and (on or at_once or hand_over):
            raise RefusedError("--withdrawn goes with no other word about leaving")
        if withdrawn:
            fields |= {"end": None, "cut_off": None, "hand_over": None}
        if on is not None:
            fields |= {"end": day_of("--on", on), "cut_off": None}
        if at_once:
            fields |= at_once_from(roster.person(number), fields.get("end"), desk.today)
        if hand_over is not None:
            fields["hand_over"] = hand_over
        if not fields:
            raise RefusedError(
                "say what changes: --on DAY, --at-once, --hand-over, --legal-hold or --withdrawn"
            )
        file_edits(desk, [changes.leave(roster, number, fields)], dry=dry, as_json=as_json)
