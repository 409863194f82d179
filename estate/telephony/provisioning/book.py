"""Writes the phone book for each make: everybody and everything with a number, by unit, in Turkish order."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import groupby
from xml.etree import ElementTree as ET

from estate.declared.calling import FaxLine, HuntGroup, Queue, SharedExtension
from estate.declared.estate import Estate
from estate.declared.holdings import holdings
from estate.declared.turkish import collation_key
from estate.telephony.provisioning.writing import said, xml_text

TITLE = "Rehber"
ELSEWHERE = "Diğer"
"""The unit of who belongs to none, such as people of vendors."""
NAMES = {"yealink": "rehber-yealink.xml", "grandstream": "phonebook.xml", "snom": "rehber-snom.xml"}
"""The file of each kind of book; Grandstream chose the name of its own."""


@dataclass(frozen=True)
class Entry:
    """A name with its number; `unit` is the name of the directorate."""

    unit: str
    name: str
    number: str


def entries(estate: Estate, today: date) -> tuple[Entry, ...]:
    """Gives all who can be called on a day, by unit and name in Turkish order; not those of probe and drills."""
    told = estate.telephony
    units = {unit.slug: unit.name for unit in estate.organisation.directorates}
    found = [
        Entry(units.get(held.person.unit or "", ELSEWHERE), held.person.display_name, held.extension)
        for held in holdings(estate, today)
        if held.extension is not None
    ]
    probes = {*told.probe.extensions, told.probe.fax_line, *(drill.telephone for drill in estate.drills)}
    things: list[SharedExtension | HuntGroup | Queue | FaxLine] = [*told.extensions, *told.fax_lines]
    things += [group for group in told.hunt_groups if not probes & set(group.members)]
    things += [queue for queue in told.queues if not probes & set(queue.members)]
    found += [
        Entry(units.get(thing.unit, ELSEWHERE), thing.name, thing.number)
        for thing in things
        if thing.number not in probes
    ]
    return tuple(sorted(found, key=_order))


def text(kind: str, found: Sequence[Entry]) -> str:
    """Gives the phone book of a kind."""
    return xml_text(_WRITERS[kind](found))


def _order(entry: Entry) -> tuple[object, ...]:
    return entry.unit == ELSEWHERE, collation_key(entry.unit), collation_key(entry.name), entry.number


def _below(parent: ET.Element, name: str, value: str, **attributes: str) -> ET.Element:
    made = ET.SubElement(parent, name, attributes)
    made.text = said(value, name)
    return made


def _by_unit(found: Iterable[Entry]) -> Iterable[tuple[str, list[Entry]]]:
    return ((unit, list(rows)) for unit, rows in groupby(found, key=lambda entry: entry.unit))


def _yealink(found: Sequence[Entry]) -> ET.Element:
    root = ET.Element("YealinkIPPhoneBook")
    _below(root, "Title", TITLE)
    for unit, rows in _by_unit(found):
        menu = ET.SubElement(root, "Menu", {"Name": said(unit, "Menu")})
        for row in rows:
            ET.SubElement(menu, "Unit", {"Name": said(row.name, "Unit"), "Phone1": row.number})
    return root


def _grandstream(found: Sequence[Entry]) -> ET.Element:
    root = ET.Element("AddressBook")
    groups = [unit for unit, _ in _by_unit(found)]
    for i, unit in enumerate(groups, start=1):
        group = ET.SubElement(root, "pbgroup")
        _below(group, "id", str(i))
        _below(group, "name", unit)
    for number, row in enumerate(found, start=1):
        contact = ET.SubElement(root, "Contact")
        _below(contact, "id", str(number))
        _below(contact, "FirstName", row.name)
        phone = ET.SubElement(contact, "Phone", {"type": "Work"})
        _below(phone, "phonenumber", row.number)
        _below(phone, "accountindex", "1")
        _below(contact, "Group", str(groups.index(row.unit) + 1))
    return root


def _snom(found: Sequence[Entry]) -> ET.Element:
    """Writes one list by name: these sets have no menus in it, so the unit stands behind the name."""
    root = ET.Element("SnomIPPhoneDirectory")
    _below(root, "Title", TITLE)
    _below(root, "Prompt", "Ara")
    for row in sorted(found, key=lambda entry: (collation_key(entry.name), entry.number)):
        entry = ET.SubElement(root, "DirectoryEntry")
        _below(entry, "Name", f"{row.name}, {row.unit}")
        _below(entry, "Telephone", row.number)
    return root


_WRITERS: Mapping[str, Callable[[Sequence[Entry]], ET.Element]] = {
    "yealink": _yealink,
    "grandstream": _grandstream,
    "snom": _snom,
}
