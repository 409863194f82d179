"""Compares what the personnel system says with what is declared: who is new, who changed, who is missing."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from estate.declared.people import Person
from estate.declared.turkish import fold
from estate.people.changes import Edit, add, changed_record
from estate.people.entries import Entry, Judged
from estate.people.roster import EditError, Roster
from estate.people.spelling import proper, spelled, titled, titles


@dataclass(frozen=True)
class Compared:
    """The edits that an export asks for, whom it does not mention, and what a person has to decide."""

    edits: tuple[Edit, ...]
    missing: tuple[Person, ...]
    notes: tuple[str, ...]
    unchanged: int


def compared(roster: Roster, judged: Judged, absent: int | None = None, *, account: bool = True) -> Compared:
    """Gives what an export changes. Nobody is ever removed by one: who is missing is told.

    `account` tells whether people who are new get an account and a mailbox, or a record alone.

    Raises EditError when more than the declared share of the people here are missing, unless `absent` is their number:
    a short file says that an export failed, not that people left.
    """
    missing = _missing(roster, judged)
    _refuse_short(roster, judged, missing, absent)
    known = titles(roster.people.values())
    edits: list[Edit] = []
    notes: list[str] = []
    for entry in judged.entries:
        before = roster.people.get(entry.number)
        edit = (
            _joined(roster, entry, known, account)
            if before is None
            else _updated(roster, entry, before, notes)
        )
        if edit is not None and (edit.differences() or edit.given):
            edits.append(edit)
            notes += _acting_note(edit)
    return Compared(tuple(edits), missing, tuple(notes), len(judged.entries) - len(edits))


def _missing(roster: Roster, judged: Judged) -> tuple[Person, ...]:
    here = _here(roster)
    return tuple(person for person in here if person.personnel_number not in judged.numbers)


def _here(roster: Roster) -> Iterator[Person]:
    """Yields who works here today; people of vendors are not the personnel system's to know."""
    for person in roster.people.values():
        if person.status != "firma" and not person.has_left(roster.day):
            yield person


def _refuse_short(roster: Roster, judged: Judged, missing: tuple[Person, ...], absent: int | None) -> None:
    if not judged.numbers:
        raise EditError("the file names nobody; export it again")
    known = sum(1 for _ in _here(roster))
    ratio = roster.estate.directory.max_leaver_ratio
    if len(missing) > ratio * known and len(missing) != absent:
        raise EditError(
            f"{len(missing)} of {known} people are missing in the file, more than the share of {ratio:g} that "
            f"estate_directory.max_leaver_ratio lets leave at once; export it again, or say --absent {len(missing)}"
        )


def _joined(roster: Roster, entry: Entry, known: dict[str, str], account: bool) -> Edit:
    fields = {
        **_plain(entry),
        "given_name": proper(entry.given_name),
        "surname": proper(entry.surname),
        "title": titled(entry.title, known),
    }
    return add(roster, entry.number, fields, account=account)


def _updated(roster: Roster, entry: Entry, before: Person, notes: list[str]) -> Edit | None:
    fields = {
        **_plain(entry),
        "given_name": spelled(before.given_name, entry.given_name),
        "surname": spelled(before.surname, entry.surname),
        "title": spelled(before.title, entry.title),
        "site": entry.site or before.site,
    }
    who = f"{entry.number} {before.display_name}"
    if before.has_left(roster.day) and (entry.end is None or entry.end >= roster.day):
        if before.end is not None and entry.start > before.end:
            return add(
                roster, entry.number, fields, account=before.user is not None, mailbox=before.mail is not None
            )
        if entry.end is None:
            notes.append(
                f"{who}: left here (access closed from {before.closed_from}), not in the file; kept as left"
            )
            return None
    elif entry.end is None and before.end is not None:
        notes.append(f"{who}: the last day here is {before.end}, the file knows none; kept")
        fields["end"] = before.end
    if fields["unit"] != before.unit:
        fields["extension"] = None
    after = changed_record(before, fields)
    if after.cut_off is not None and after.end is not None and after.end < after.cut_off:
        after = changed_record(after, {"cut_off": None})
    elif after.cut_off is not None and before.end != after.end:
        notes.append(
            f"{who}: access stays cut off from {after.cut_off}, though the last day is now {after.end}"
        )
    return Edit(before, after, roster.give_up(before, after))


def _plain(entry: Entry) -> dict[str, Any]:
    keys = ("given_name", "surname", "title", "status", "unit", "site", "start", "end")
    return {key: getattr(entry, key) for key in keys}


def _acting_note(edit: Edit) -> Iterator[str]:
    if fold(edit.after.title).startswith("mudurv") and edit.after.acting is None:
        yield (
            f"{edit.number} {edit.after.display_name}: stands in for a director until no known day; "
            f"say `./scripts/estate person move {edit.number} --acting UNIT --until DAY`"
        )
