"""Follows an extension through telephony.yml when its owner gets another one or none; pure.

A telephone set follows its owner. What belongs to the work that is left - groups, queues, keys of others, the office of
a secretary - does not: the number is taken out there, or the edit is refused where nothing would be left.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from estate.declared import Estate
from estate.declared.mistakes import Place
from estate.declared.numbering import naming, references
from estate.people.changes import Edit
from estate.people.rewriting import rewritten
from estate.people.roster import EditError

TELEPHONY = "estate/telephony.yml"

_FEWEST = {"members": 1, "extensions": 1, "subscribers": 1, "phones": 1}
"""How many numbers a list must keep; a pickup group needs two, others none."""


@dataclass(frozen=True)
class Step:
    """What happens at one place of telephony.yml: another number there (`new`), or the place is taken out."""

    edit: Edit
    what: str
    place: Place
    new: str | None = None

    def __str__(self) -> str:
        """Gives it in a line."""
        who, old = (
            f"{self.edit.number} {self.edit.after.display_name}",
            self.edit.before and self.edit.before.extension,
        )
        if self.new is not None:
            return f"{who}: {self.new} is now {self.what}, as {old} was"
        return f"{who}: {old} is no longer {self.what}; say in {TELEPHONY} who follows"


def followed(text: str, estate: Estate, edits: Sequence[Edit]) -> str:
    """Gives the text of telephony.yml after edits of people; raises EditError where nothing would be left."""
    steps = list(_steps(estate, edits))
    _refuse_empty(estate, steps)
    key: Place = ("estate_telephony",)
    changes = {(*key, *step.place): None if step.new is None else f'"{step.new}"' for step in steps}
    return rewritten(text, changes) if changes else text


def told(estate: Estate, edits: Sequence[Edit]) -> list[str]:
    """Tells what follows in telephony.yml, and what is left for somebody to decide."""
    lines = [str(step) for step in _steps(estate, edits)]
    for edit in edits:
        who, after = f"{edit.number} {edit.after.display_name}", edit.after
        if edit.before is None or after.closed_from is None or edit.before.closed_from == after.closed_from:
            continue
        for what in naming(estate.telephony, after):
            number = after.extension or "the person"
            lines.append(
                f"{who}: {number} is {what} and rings nobody from {after.closed_from}; say in {TELEPHONY} who follows"
            )
    return lines


def _steps(estate: Estate, edits: Sequence[Edit]) -> Iterator[Step]:
    """Yields what happens where; a number that another person has now stays where it stands."""
    after = {person.personnel_number: person for person in estate.people}
    after |= {edit.number: edit.after for edit in edits}
    kept = {person.extension for person in after.values()}
    gone = {
        edit.before.extension: edit
        for edit in edits
        if edit.before is not None and edit.before.extension is not None and edit.before.extension not in kept
    }
    rows = dict(_rows_of(estate, gone))
    yield from rows.values()
    for named in references(estate.telephony):
        edit, place = gone.get(named.number), named.place
        if edit is None or place[:2] in rows:
            continue
        if place[0] == "phones" and place[2] == "extensions":
            yield Step(edit, named.what, place, edit.after.extension)
        else:
            yield Step(edit, named.what, place[:-1] if "keys" in place else place)


def _rows_of(estate: Estate, gone: Mapping[str, Edit]) -> Iterator[tuple[Place, Step]]:
    """Yields the rows that go with a number when its owner has none any more: of subscribers, and the whole set."""
    without = {number: edit for number, edit in gone.items() if edit.after.extension is None}
    people = {edit.number: edit for edit in without.values()}
    for i, row in enumerate(estate.telephony.subscribers):
        if row.personnel_number in people:
            place: Place = ("subscribers", i)
            yield place, Step(people[row.personnel_number], "in a row of subscribers", place)
    for i, phone in enumerate(estate.telephony.phones):
        if all(number in without for number in phone.extensions):
            place = ("phones", i)
            yield place, Step(without[phone.extensions[0]], f"at the telephone set {phone.mac}", place)


def _refuse_empty(estate: Estate, steps: Sequence[Step]) -> None:
    taken: dict[Place, list[Step]] = {}
    for step in steps:
        if step.new is None:
            taken.setdefault(step.place[:-1], []).append(step)
    for place, those in taken.items():
        fewest = 2 if place[0] == "pickup_groups" else _FEWEST.get(str(place[-1]), 0)
        listed = _at(estate.telephony, place)
        empty = isinstance(listed, tuple) and len(listed) - len(those) < fewest
        if empty or place[0] == "inbound":
            step = those[-1]
            number = step.edit.before and step.edit.before.extension
            raise EditError(
                f"{number} of {step.edit.after.display_name} ({step.edit.number}) is {step.what}, and nothing would be "
                f"left there; first name another number in {TELEPHONY}, or give {step.edit.number} a new one with "
                "`./scripts/estate person move NUMBER --unit UNIT`"
            )


def _at(found: object, place: Place) -> object:
    for step in place:
        found = (
            found[step] if isinstance(found, tuple) and isinstance(step, int) else getattr(found, str(step))
        )
    return found
