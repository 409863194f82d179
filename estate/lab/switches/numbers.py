"""Reads and writes lists of VLANs and ports the way switches do: `10,11,14-20`."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from itertools import groupby

HIGHEST_VLAN = 4094


def vlans(text: str) -> set[int] | None:
    """Returns the VLANs of a list, None if one of them is no VLAN or a range runs backwards."""
    found: set[int] = set()
    for part in text.split(","):
        first, _, last = part.partition("-")
        if not first.isdecimal() or (last and not last.isdecimal()) or part.endswith("-"):
            return None
        start, end = int(first), int(last or first)
        if not 1 <= start <= end <= HIGHEST_VLAN:
            return None
        found.update(range(start, end + 1))
    return found


def ranges(numbers: Iterable[int], shortest: int = 3) -> str:
    """Writes numbers as a list; only runs of `shortest` and more become a range."""
    parts = []
    for _, run in groupby(enumerate(sorted(numbers)), key=lambda pair: pair[1] - pair[0]):
        members = [number for _, number in run]
        if len(members) >= shortest:
            parts.append(f"{members[0]}-{members[-1]}")
        else:
            parts += [str(number) for number in members]
    return ",".join(parts)


@dataclass(frozen=True)
class Names:
    """Knows how the ports of one model are written; `ports` in the order of the front panel."""

    types: tuple[str, ...]
    creatable: tuple[str, ...]
    ports: tuple[str, ...]
    places: dict[str, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Remembers the place of each port."""
        self.places.update({name: place for place, name in enumerate(self.ports)})

    def canonical(self, text: str) -> str | None:
        """Returns `GigabitEthernet1/0/1` for `gi1/0/1`, whether it exists or not; None if it is no port's name."""
        if not self.types:
            return text.upper() if re.fullmatch(r"[A-Za-z]?\d+", text) else None
        shape = re.fullmatch(r"([A-Za-z-]+?)\s*(\d+(?:/\d+)*)", text)
        kinds = [each for each in self.types if shape and each.lower().startswith(shape[1].lower())]
        if not shape or not kinds or (len(kinds) > 1 and len(shape[1]) < 2):
            return None
        return kinds[0] + shape[2]

    def is_type(self, word: str) -> bool:
        """Tells whether a word alone abbreviates a type of port (`gi` of `gi 1/0/1`)."""
        return word.isalpha() and any(each.lower().startswith(word.lower()) for each in self.types)

    def exists(self, name: str, created: Iterable[str] = ()) -> bool:
        """Tells whether a port of this canonical name is there or may be created by naming it."""
        return name in self.places or name.startswith(self.creatable) or name in created

    def several(self, text: str) -> list[str] | None:
        """Returns the ports of a list: `1-12,24`, `gi1/0/1 - 4 , gi1/0/9`; None if it is no such list."""
        found: list[str] = []
        for part in text.split(","):
            first, dash, last = (each.strip() for each in part.partition("-"))
            if self.types and not (dash and last.isdecimal()):  # a dash may belong to the name: Port-channel1
                first, dash, last = part.strip(), "", ""
            start = self.canonical(first)
            if start is None or (dash and not re.fullmatch(r"[A-Za-z]?\d+", last)):
                return None
            head, number = re.fullmatch(r"(.*?)(\d+)", start).groups()  # type: ignore[union-attr]
            end = int(re.sub(r"\D", "", last) or number)
            found += [f"{head}{each}" for each in range(int(number), end + 1)] or [""]
        return None if "" in found else found

    def listed(self, ports: Iterable[str]) -> str:
        """Writes ports as a list in the order of the front panel; runs become ranges."""
        places = sorted(self.places[each] for each in ports)
        return ",".join(
            self.ports[run[0]] if run[0] == run[-1] else f"{self.ports[run[0]]}-{self.ports[run[-1]]}"
            for run in _runs(places)
        )


def spread(patterns: Sequence[str]) -> tuple[str, ...]:
    """Returns the names a model's pattern stands for: `GigabitEthernet1/0/1-24`, `1-28`."""
    names = []
    for pattern in patterns:
        head, first, last = re.fullmatch(r"(.*?)(\d+)-(\d+)", pattern).groups()  # type: ignore[union-attr]
        names += [f"{head}{number}" for number in range(int(first), int(last) + 1)]
    return tuple(names)


def short(name: str) -> str:
    """Returns `Gi1/0/1` for `GigabitEthernet1/0/1`."""
    return re.sub(r"^([A-Z][a-z])[A-Za-z-]*", r"\1", name)


def _runs(places: Sequence[int]) -> list[list[int]]:
    return [[p for _, p in run] for _, run in groupby(enumerate(places), key=lambda pair: pair[1] - pair[0])]
