"""Names the ports of a switch: ranges become names, and every spelling of a port becomes the name the switch shows."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from typing import Annotated, Any

from pydantic import BeforeValidator

from estate.declared.fields import wrong_value

_RANGE = re.compile(r"([A-Za-z]*)((?:(?:\{member\}|[0-9]{1,2})/)*)([0-9]{1,3})(?:-([0-9]{1,3}))?")
_NAME = re.compile(r"([A-Za-z]*)([0-9][0-9/]*)")


def _range(value: Any) -> str:
    found = _RANGE.fullmatch(value) if isinstance(value, str) else None
    if found is None or int(found[4] or found[3]) < int(found[3]):
        right = 'write a port or a range in quotes, such as "GigabitEthernet{member}/0/1-24" or "1-24"'
        raise wrong_value(value, right)
    return str(value)


PortRange = Annotated[str, BeforeValidator(_range)]
"""Ports in a row, `{member}` standing for the number of a stack's member; both ends belong to it."""


def names_of(ranges: Iterable[str], members: int) -> tuple[str, ...]:
    """Gives the names of all ports of `ranges`, member by member, each once and in order."""
    found = [name for member in range(1, members + 1) for each in ranges for name in _unrolled(each, member)]
    return tuple(dict.fromkeys(found))


def port_of(text: str, names: Sequence[str]) -> str | None:
    """Gives the one of `names` that is meant by a spelling (`Gi1/0/5`, `gigabitethernet 1/0/5`), None when none is."""
    found = _NAME.fullmatch("".join(text.split()))
    if found is None:
        return None
    kind, place = found[1].lower(), found[2]
    alike = [(each, name) for each, name in _by_place(tuple(names)).get(place, ()) if each.startswith(kind)]
    alike = [(each, name) for each, name in alike if each == kind] or [row for row in alike if kind]
    return alike[0][1] if len(alike) == 1 else None


@lru_cache(maxsize=256)
def _by_place(names: tuple[str, ...]) -> Mapping[str, list[tuple[str, str]]]:
    rows: dict[str, list[tuple[str, str]]] = {}
    for name in names:
        if found := _NAME.fullmatch(name):
            rows.setdefault(found[2], []).append((found[1].lower(), name))
    return rows


def _unrolled(text: str, member: int) -> list[str]:
    found = _RANGE.fullmatch(text)
    assert found is not None, text
    kind, place, first, last = found.groups()
    place = place.replace("{member}", str(member))
    return [f"{kind}{place}{number}" for number in range(int(first), int(last or first) + 1)]
