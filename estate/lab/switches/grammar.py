"""Reads a vendor's language from its file, and a typed line by it: abbreviations, case, arguments, errors."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from ipaddress import AddressValueError, IPv4Address
from pathlib import Path
from typing import Any, Literal

import yaml

from estate.lab.switches.numbers import Names, ranges, spread, vlans

FILES = {"cisco_ios": "ios.yml", "hp_procurve": "procurve.yml"}
KINDS = ("WORD", "LINE", "QUOTED", "NUMBER", "VLAN", "VLANS", "PORT", "PORTS", "ADDRESS")
_WORDS = re.compile(r'"[^"]*"|\S+')
Wrong = Literal["invalid", "incomplete", "ambiguous", "bad_vlan_list", "bad_port", "rejected"]


class Refused(Exception):  # noqa: N818  it is an answer of the switch, not an error of this program
    """Is raised for a line the switch does not take: what is wrong, at which letter, in which word."""

    def __init__(self, wrong: Wrong, at: int = 0, word: str = "") -> None:
        super().__init__(wrong, at, word)
        self.wrong, self.at, self.word = wrong, at, word


@dataclass(frozen=True, slots=True)
class Rule:
    """Is one command of a mode: its tokens (each the alternatives of one place), and the action with its arguments."""

    tokens: tuple[tuple[str, ...], ...]
    action: str
    arguments: tuple[str, ...]

    @property
    def words(self) -> tuple[str, ...]:
        """The fixed words, which are the key of what the command writes."""
        return tuple(token[0] for token in self.tokens if len(token) == 1 and token[0] not in KINDS)


@dataclass(frozen=True, slots=True)
class Command:
    """Is a typed line that was understood: its rule, the values of its arguments, its full spelling."""

    rule: Rule
    values: tuple[str, ...]
    text: str
    negated: bool = False

    @property
    def key(self) -> str:
        """The fixed words, joined."""
        return " ".join(self.rule.words)


@dataclass(frozen=True)
class Vendor:
    """Is a vendor's language: its file as read (`data`), and its rules per mode."""

    data: Mapping[str, Any]
    rules: Mapping[str, tuple[Rule, ...]]
    names: dict[str, Names] = field(default_factory=dict)

    def says(self, message: str, **values: object) -> str:
        """Returns the text of a message, filled; empty if this vendor says nothing."""
        return str(self.data["messages"].get(message, "")).format(**values)

    def rules_of(self, mode: str) -> tuple[Rule, ...]:
        """Returns the commands of a mode together with those of the modes it works with."""
        spec = self.data["modes"][mode]
        return sum((self.rules.get(each, ()) for each in [spec.get("like", mode), *spec.get("with", [])]), ())

    def names_of(self, model: str) -> Names:
        """Returns how the ports of a model are written."""
        if model not in self.names:
            spec = self.data["models"][model]
            types, creatable = self.data["port_types"], self.data["creatable_types"]
            self.names[model] = Names(tuple(types), tuple(creatable), spread(spec["ports"]))
        return self.names[model]


@cache
def vendor(platform: str) -> Vendor:
    """Returns the language of a platform (`cisco_ios`, `hp_procurve`), read once."""
    text = (Path(__file__).parent / FILES[platform]).read_text(encoding="utf-8")
    data = yaml.load(text, getattr(yaml, "CSafeLoader", yaml.SafeLoader))
    rules = {
        mode: tuple(_rule(str(pattern), str(action)) for pattern, action in commands.items())
        for mode, commands in data["commands"].items()
    }
    return Vendor(data, rules)


def _rule(pattern: str, action: str) -> Rule:
    name, *arguments = action.split()
    return Rule(tuple(tuple(each.split("|")) for each in pattern.split()), name, tuple(arguments))


def _number(text: str, names: Names) -> str | None:
    return text if text.isdecimal() else None


def _address(text: str, names: Names) -> str | None:
    try:
        return str(IPv4Address(text))
    except AddressValueError:
        return None


def _vlan(text: str, names: Names) -> str | None:
    return text if text.isdecimal() and vlans(text) else None


def _vlans(text: str, names: Names) -> str | None:
    if not re.fullmatch(r"[\d,-]+", text):
        return None
    found = vlans(text)
    if found is None:
        raise Refused("bad_vlan_list", word=text)
    return ranges(found)


def _ports(text: str, names: Names) -> str | None:
    found = names.several(text)
    if found and not all(names.exists(each) for each in found):
        raise Refused("bad_port", word=text)
    return names.listed(found) if found else None


ARGUMENTS: dict[str, Callable[[str, Names], str | None]] = {
    "WORD": lambda text, names: text,
    "QUOTED": lambda text, names: '"' + text.strip('"') + '"',
    "NUMBER": _number,
    "VLAN": _vlan,
    "VLANS": _vlans,
    "PORT": lambda text, names: names.canonical(text),
    "PORTS": _ports,
    "ADDRESS": _address,
}


@dataclass(slots=True)
class _Reading:
    """Is one rule as far as the line was read."""

    rule: Rule
    spelled: tuple[str, ...] = ()
    values: tuple[str, ...] = ()
    closed: bool = False  # by LINE, which takes the rest

    def token(self) -> tuple[str, ...]:
        return self.rule.tokens[len(self.spelled)] if len(self.spelled) < len(self.rule.tokens) else ()

    def taken(self, text: str, value: bool, closed: bool = False) -> _Reading:
        values = (*self.values, text) if value else self.values
        return _Reading(self.rule, (*self.spelled, text), values, closed)


def understand(rules: Sequence[Rule], line: str, names: Names, negated: bool = False) -> Command:
    """Returns the command a line stands for; refuses it like the switch (`at` counts letters of the line)."""
    readings = [_Reading(rule) for rule in rules]
    for word, at in _split(line, names):
        readings = _next(readings, word, at, line, names)
    done = [each for each in readings if len(each.spelled) == len(each.rule.tokens)]
    if not done and negated:  # `no description`, `no switchport access vlan`, `no username bob`
        done = [each for each in readings if _may_end(each)]
    if not done:
        raise Refused("incomplete")
    return Command(done[0].rule, done[0].values, " ".join(done[0].spelled), negated)


def _may_end(reading: _Reading) -> bool:
    rest = reading.rule.tokens[len(reading.spelled) :]
    if reading.rule.action in ("keyed", "hash") and reading.values:
        return True
    return all(len(token) > 1 or token[0] in KINDS for token in rest)


def _next(readings: list[_Reading], word: str, at: int, line: str, names: Names) -> list[_Reading]:
    fixed: dict[str, list[_Reading]] = {}
    free: list[_Reading] = []
    for reading in readings:
        if reading.closed:
            free.append(reading)
            continue
        token = reading.token()
        for choice in token:
            if choice in KINDS:
                free += _argument(reading, choice, word, at, line, names)
            elif choice.lower().startswith(word.lower()):
                fixed.setdefault(choice, []).append(reading.taken(choice, value=len(token) > 1))
    if exact := [choice for choice in fixed if choice.lower() == word.lower()]:
        return fixed[exact[0]]
    if len(fixed) > 1:
        raise Refused("ambiguous", at, word)
    if fixed:
        return next(iter(fixed.values()))
    if not free:
        raise Refused("invalid", at, word)
    return free


def _argument(reading: _Reading, kind: str, word: str, at: int, line: str, names: Names) -> list[_Reading]:
    if kind == "LINE":
        return [reading.taken(line[at:].rstrip(), value=True, closed=True)]
    try:
        value = ARGUMENTS[kind](word, names)
    except Refused as refused:
        raise Refused(refused.wrong, at, word) from None
    return [] if value is None else [reading.taken(value, value=True)]


def _split(line: str, names: Names) -> list[tuple[str, int]]:
    """Splits a line into words and where they start; `interface gi 1/0/1` names its port in two."""
    words = [(found.group(), found.start()) for found in _WORDS.finditer(line)]
    for place in range(len(words) - 2, 0, -1):
        before, (word, at), after = words[place - 1][0].lower(), words[place], words[place + 1][0]
        if (
            len(before) > 2
            and "interfaces".startswith(before)
            and names.is_type(word)
            and after[0].isdecimal()
        ):
            words[place : place + 2] = [(word + after, at)]
    return words
