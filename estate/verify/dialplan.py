"""Reads a dial plan, from its file or as the exchange shows it, and finds what answers a number as Asterisk does."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

_LINE = re.compile(r"exten\s*=>?\s*([^,]+),\s*(hint|[0-9]+|n)(?:\(([^)]*)\))?\s*,(.*)")
_SAME = re.compile(r"same\s*=>?\s*(hint|[0-9]+|n)(?:\(([^)]*)\))?\s*,(.*)")
_INCLUDE = re.compile(r"include\s*=>?\s*(\S+)")
_SHOWN_CONTEXT = re.compile(r"\[ Context '([^']+)' created by .*\]")
_SHOWN_INCLUDE = re.compile(r"\s*Include =>\s+'([^']+)'")
_SHOWN_EXTENSION = re.compile(r"\s*'([^']+)'(?: \(CID match '[^']*'\))?\s*=>\s+(.*)")
_SHOWN_STEP = re.compile(r"\s*(?:\[([^\]]+)\])?\s*([0-9]+)\. (.*?)\s*\[[^\[\]]*\]\s*")
_CALL = re.compile(r"\s*(\w+)\s*(?:\((.*)\))?\s*", re.DOTALL)


@dataclass(frozen=True)
class Step:
    """One step of an extension: its number, its name within it (or nothing), the application and its arguments."""

    priority: int
    label: str
    application: str
    arguments: str


@dataclass
class Context:
    """Extensions and patterns with their steps, and the contexts asked after them, in their order."""

    name: str
    extensions: dict[str, list[Step]] = field(default_factory=dict)
    includes: list[str] = field(default_factory=list)


Plan = dict[str, Context]


def read(text: str) -> Plan:
    """Gives the contexts of a dial plan by name; `text` is a file, or what `dialplan show` prints."""
    return _shown(text) if "[ Context '" in text else _written(text)


def _written(text: str) -> Plan:
    plan: Plan = {}
    context, extension = Context(""), ""
    for raw in text.splitlines():
        line = re.split(r"(?<!\\);", raw, maxsplit=1)[0].strip()
        if head := re.fullmatch(r"\[([^\]]+)\].*", line):
            context = plan.setdefault(head[1], Context(head[1]))
        elif found := _INCLUDE.fullmatch(line):
            context.includes.append(found[1])
        elif found := _LINE.fullmatch(line):
            extension = found[1].strip()
            _add(context, extension, found[2], found[3], found[4])
        elif found := _SAME.fullmatch(line):
            _add(context, extension, found[1], found[2], found[3])
    return plan


def _shown(text: str) -> Plan:
    plan: Plan = {}
    context, extension = Context(""), ""
    for line in text.splitlines():
        if head := _SHOWN_CONTEXT.match(line):
            context = plan.setdefault(head[1], Context(head[1]))
            continue
        if found := _SHOWN_INCLUDE.match(line):
            context.includes.append(found[1])
            continue
        step = line
        if found := _SHOWN_EXTENSION.match(line):
            extension, step = found[1], found[2]
        if (found := _SHOWN_STEP.fullmatch(step)) and extension:
            _add(context, extension, found[2], found[1], found[3])
    return plan


def _add(context: Context, extension: str, priority: str, label: str | None, call: str) -> None:
    if priority == "hint":
        return
    steps = context.extensions.setdefault(extension, [])
    number = steps[-1].priority + 1 if priority == "n" and steps else 1 if priority == "n" else int(priority)
    found = _CALL.fullmatch(call)
    name, arguments = (found[1], found[2] or "") if found else (call, "")
    steps.append(Step(number, (label or "").strip(), name, arguments.replace("\\;", ";")))


def find(plan: Plan, context: str, number: str) -> tuple[str, str] | None:
    """Gives the context and the extension that answer a number dialled in a context, None when nothing does.

    A context's own extensions come first, the most exact one winning; then each include in its order, with all in it.
    """
    return next(_matches(plan, context, number, set()), None)


def _matches(plan: Plan, name: str, number: str, seen: set[str]) -> Iterator[tuple[str, str]]:
    if name in seen or name not in plan:
        return
    seen.add(name)
    context = plan[name]
    own = [one for one in context.extensions if matches(one, number)]
    if own:
        yield name, min(own, key=exactness)
    for include in context.includes:
        yield from _matches(plan, include.split(",")[0], number, seen)


def matches(extension: str, number: str) -> bool:
    """Tells whether an extension or pattern answers a number; dashes outside brackets count for nothing."""
    if not extension.startswith("_"):
        return extension.replace("-", "") == number.replace("-", "")
    rest = number
    for letters in _positions(extension[1:]):
        if letters == "!":
            return True
        if letters == ".":
            return bool(rest)
        if not rest or rest[0] not in letters:
            return False
        rest = rest[1:]
    return not rest


def exactness(extension: str) -> tuple[tuple[int, str], ...]:
    """Gives what extensions are ordered by: fewer possible letters at the first place that differs are more exact."""
    if not extension.startswith("_"):
        return ((0, ""),)
    ends = {".": 1000, "!": 2000}
    return (*((ends.get(one, len(one)), one) for one in _positions(extension[1:])), (3000, ""))


def is_open(extension: str) -> bool:
    """Tells whether anything at all may follow what a pattern names."""
    return extension.startswith("_") and any(one in (".", "!") for one in _positions(extension[1:]))


_KINDS = {"X": "0123456789", "Z": "123456789", "N": "23456789", ".": ".", "!": "!"}


def _positions(pattern: str) -> Iterator[str]:
    """Gives the letters that may stand at each place; "." and "!" stand for themselves."""
    at = 0
    while at < len(pattern):
        letter = pattern[at]
        if letter == "[":
            end = pattern.find("]", at)
            yield _class(pattern[at + 1 : end])
            at = end
        elif letter != "-":
            yield _KINDS.get(letter.upper(), letter)
        at += 1


def _class(inside: str) -> str:
    spans = re.sub(r"(.)-(.)", lambda span: "".join(map(chr, range(ord(span[1]), ord(span[2]) + 1))), inside)
    return "".join(sorted(set(spans)))
