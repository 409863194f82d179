"""Invents the declared telephones of a whole municipality, for what measures the exchange."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from pathlib import Path

from estate.declared import load
from estate.people import crowd
from estate.people.editing import IDENTITIES, PEOPLE, edited
from estate.people.roster import Roster
from estate.telephony.lines import lines

INVENTORY = Path(__file__).parents[2] / "inventories" / "lab"
TELEPHONY = "estate/telephony.yml"
ROOM = "name: Oda {at}, unit: bilgiislem, site: ANA, calling_class: mobile, voicemail: true}}"
CHANGED = 10
"""Rooms that `changed` declares otherwise."""


def declared(total: int, day: date) -> dict[str, str]:
    """Gives the texts of an estate with so many extensions: everybody on the staff has one, rooms fill up."""
    small = load(INVENTORY, day)
    roster, edits = Roster(small, day), []
    for edit in crowd.enlarged(small, day):
        number = roster.extension(edit.after.unit) if edit.after.unit else None
        edits.append(replace(edit, after=edit.after.model_copy(update={"extension": number})))
    texts = {file: (INVENTORY / file).read_text("utf-8") for file in (PEOPLE, IDENTITIES)}
    people = edited(texts, edits)
    more = total - len(lines(load(INVENTORY, day, edited=people), day))
    rows = "".join(f'    - {{number: "{6000 + at}", {ROOM.format(at=at)}\n' for at in range(max(0, more)))
    block = '    blocks:\n      - {name: kalabalik, first: "6000", last: "8999", use: "a crowd"}\n'
    told = (INVENTORY / TELEPHONY).read_text("utf-8")
    told = told.replace("    blocks:\n", block, 1).replace("  extensions:\n", f"  extensions:\n{rows}", 1)
    return {**people, TELEPHONY: told}


def changed(texts: dict[str, str]) -> dict[str, str]:
    """Gives the same estate with some rooms named and classed otherwise, and without voicemail."""
    told = texts[TELEPHONY]
    for at in range(CHANGED):
        old = ROOM.format(at=at)
        new = f"name: Salon {at}, unit: bilgiislem, site: ANA, calling_class: local, voicemail: false}}"
        told = told.replace(old, new)
    return {**texts, TELEPHONY: told}
