"""Writes the one page a new colleague gets in a sealed envelope: login, first password, first steps, where to ask."""

from __future__ import annotations

import secrets
from datetime import date
from functools import cache
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined, Template

from estate.declared.estate import Estate
from estate.declared.people import Person
from estate.declared.turkish import fold

SMALL, LARGE, DIGITS = "abcdefghjkmnprstuvyz", "ABCDEFGHJKLMNPRSTUVYZ", "23456789"
"""No letter that is taken for another on paper or lies elsewhere on a Turkish keyboard: no i, l, o, q, w, x, 0, 1."""
PART = 4
SHORTEST = 16


def first_password(person: Person, min_length: int) -> str:
    """Makes a random password in parts of four, such as 7hKm-Pz4v-...: at least sixteen letters and digits.

    It has small and large letters and digits, and no part of the person's name, as directories ask.
    """
    parts = -(-max(SHORTEST, min_length) // PART)
    names = {fold(word) for word in (person.given_name + " " + person.surname).split()} | {
        person.user or "",
        person.sam_account_name or "",
    }
    while True:
        letters = [secrets.choice(SMALL + LARGE + DIGITS) for _ in range(parts * PART)]
        mixed = all(any(one in letters for one in kind) for kind in (SMALL, LARGE, DIGITS))
        plain = "".join(letters).lower()
        if mixed and not any(len(name) > 2 and name in plain for name in names):
            return "-".join("".join(letters[i : i + PART]) for i in range(0, len(letters), PART))


def page(estate: Estate, person: Person, password: str, today: date) -> str:
    """Gives the page in Turkish, as HTML; it says the first day when that is to come."""
    units = {unit.slug: unit.name for unit in estate.organisation.directorates}
    closed = person.closed_from
    return _template().render(
        person=person,
        password=password,
        unit=units.get(person.unit or "", "Yüklenici"),
        organisation=estate.organisation,
        office=units[estate.organisation.directorate_of_it],
        rules=estate.directory.password,
        starts=day(person.start) if person.start > today else None,
        ends=None if closed is None else day(date.fromordinal(closed.toordinal() - 1)),
    )


def day(when: date) -> str:
    """Writes a day as it is written in Turkey: 05.01.2027."""
    return f"{when:%d.%m.%Y}"


@cache
def _template() -> Template:
    templates = FileSystemLoader(Path(__file__).parent / "templates")
    engine = Environment(loader=templates, autoescape=True, undefined=StrictUndefined, trim_blocks=True)
    return engine.get_template("welcome.html.j2")
