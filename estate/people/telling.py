"""Tells edits and records of people in lines and in plain values for programs."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Any

from pydantic import TypeAdapter

from estate.declared.holdings import DIRECTOR
from estate.declared.identities import Identity
from estate.declared.people import Person
from estate.declared.turkish import collation_key
from estate.people.changes import Edit
from estate.people.roster import Roster


def told(edit: Edit) -> str:
    """Tells one edit in a line: who, and what changes from what to what."""
    who = f"{edit.number} {edit.after.display_name}"
    if edit.before is None:
        names = f"user {edit.after.user}" if edit.after.user else "no account"
        mail = f"mail {edit.after.mail}" if edit.after.mail else "no mailbox"
        where = edit.after.unit or edit.after.status
        return f"{who}: new, {where}, {names}, {mail}, from {edit.after.start}"
    changes = [f"{key} {_shown(old)} -> {_shown(new)}" for key, (old, new) in edit.differences().items()]
    return f"{who}: {', '.join(changes) or 'no change'}"


def after_moving(edits: Iterable[Edit]) -> list[str]:
    """Says what to look at after people moved: who has no extension, who directs another unit, who stands in."""
    notes = []
    for edit in edits:
        who, unit = f"{edit.number} {edit.after.display_name}", edit.after.unit
        if edit.before is None or edit.before.unit == unit:
            continue
        if edit.before.extension is not None and edit.after.extension is None:
            notes.append(
                f"{who}: no extension of {unit} is free; widen its block, then give one with --extension"
            )
        if edit.after.title == DIRECTOR:
            notes.append(
                f"{who}: keeps the title {DIRECTOR}, so directs {unit} from now on; give another with --title"
            )
        if edit.after.acting is not None and edit.after.acting.unit == edit.before.unit:
            until = edit.after.acting.end
            notes.append(f"{who}: stands in for the director of {edit.before.unit} until {until}, as before")
    return notes


def without_telephone(roster: Roster, person: Person, who: str = "") -> list[str]:
    """Says that somebody (`who` first) has no telephone, and what gives one; nothing of who left, or has no unit."""
    if person.extension is not None or person.unit is None or person.has_left(roster.day):
        return []
    free = roster.free_extension(person.unit)
    if free is None:
        return [f"{who}no telephone; no number of {person.unit} is free: widen its block in organisation.yml"]
    return [
        f"{who}no telephone; `./scripts/estate person move {person.personnel_number} --extension {free}` gives one"
    ]


def plain(edit: Edit) -> dict[str, Any]:
    """Gives one edit as values for JSON."""
    return {
        "personnel_number": edit.number,
        "display_name": edit.after.display_name,
        "new": edit.before is None,
        "changes": {
            key: {"from": _json(old), "to": _json(new)} for key, (old, new) in edit.differences().items()
        },
        "names_given": [_said(row) for row in edit.given],
    }


def record(person: Person, ledger: Iterable[Identity]) -> dict[str, Any]:
    """Gives a record and every name it was ever given, as values for JSON."""
    rows = [_said(row) for row in ledger if row.personnel_number == person.personnel_number]
    told = {"display_name": person.display_name, **_json(person), "closed_from": _json(person.closed_from)}
    return {**told, "names_given": rows}


def _said(row: Identity) -> dict[str, Any]:
    return {key: value for key, value in _json(row).items() if value is not None}


def lines(person: Person, ledger: Iterable[Identity]) -> list[str]:
    """Tells a record in lines, one for each key that says something, and one for each giving of names."""
    values = record(person, ledger)
    given = values.pop("names_given")
    wide = max(map(len, values))
    found = [
        f"{key.ljust(wide)}  {_shown(value)}"
        for key, value in values.items()
        if value not in (None, [], False)
    ]
    for row in given:
        names = ", ".join(row[key] for key in ("user", "sam_account_name", "mail") if key in row)
        if names:
            found.append(f"{'given'.ljust(wide)}  {row['since']}: {names}")
        if "extension_given_up" in row:
            found.append(f"{'given up'.ljust(wide)}  {row['since']}: extension {row['extension_given_up']}")
    return found


def listed(people: Iterable[Person]) -> list[Person]:
    """Gives people in the order of the Turkish alphabet: surname, given name, number."""
    return sorted(
        people,
        key=lambda one: (collation_key(one.surname), collation_key(one.given_name), one.personnel_number),
    )


def row(person: Person, today: date) -> tuple[str, ...]:
    """Gives what a list shows of a person: number, name, unit, title, login, and when it begins or is closed."""
    closed = person.closed_from
    state = "" if closed is None else f"closed from {closed}"
    if person.start > today:
        state = f"from {person.start}"
    unit = person.unit or person.status
    return (person.personnel_number, person.display_name, unit, person.title, person.user or "-", state)


def _json(value: Any) -> Any:
    return TypeAdapter(Any).dump_python(value, mode="json")


def _shown(value: Any) -> str:
    plain = _json(value)
    if plain in (None, [], ""):
        return "nothing"
    if isinstance(plain, list):
        return ", ".join(map(str, plain))
    if isinstance(plain, dict):
        return ", ".join(f"{key} {inner}" for key, inner in plain.items())
    return str(plain).lower() if isinstance(plain, bool) else str(plain)
