"""Works out the variables and conditions of a dial plan as far as they are known, and says when they are not."""

from __future__ import annotations

import re
from collections.abc import Mapping

UNKNOWN = "\x00"
"""Stands where a value depends on something only a running exchange knows: a clock, a counter, a person."""

_TOKEN = re.compile(r'\s*("[^"]*"|>=|<=|!=|=~|[=<>|&()+!-]|[^\s"=<>|&()+!-]+)')


def expand(text: str, variables: Mapping[str, str]) -> str:
    """Gives a text with variables, functions and expressions worked out; UNKNOWN within it for what is not known."""
    out, at = "", 0
    while at < len(text):
        if text[at] == "$" and text[at + 1 : at + 2] in ("{", "["):
            end = closing(text, at + 1)
            inside = text[at + 2 : end]
            out += (
                _variable(inside, variables) if text[at + 1] == "{" else calculated(expand(inside, variables))
            )
            at = end + 1
        else:
            out += text[at]
            at += 1
    return out


def closing(text: str, at: int) -> int:
    """Gives where the bracket that opens at a place is closed."""
    pairs = {"{": "}", "[": "]", "(": ")"}
    wanted: list[str] = []
    for place in range(at, len(text)):
        letter = text[place]
        if letter in pairs:
            wanted.append(pairs[letter])
        elif wanted and letter == wanted[-1]:
            wanted.pop()
            if not wanted:
                return place
    return len(text)


def parts(text: str, separator: str = ",") -> list[str]:
    """Gives the arguments of an application, parted at commas outside of any brackets."""
    found, start, at = [], 0, 0
    while at < len(text):
        if text[at] in "([{":
            at = closing(text, at)
        elif text[at] == separator:
            found.append(text[start:at])
            start = at + 1
        at += 1
    return [*found, text[start:]]


def _variable(inside: str, variables: Mapping[str, str]) -> str:
    function = re.fullmatch(r"(\w+)\((.*)\)((?::-?[0-9]+)*)", inside, re.DOTALL)
    if function is None:
        name, _, cut = expand(inside, variables).partition(":")
        return _cut(variables.get(name, ""), cut)
    name, arguments, cut = function.groups()
    whole = f"{name}({arguments})"
    value = variables[whole] if whole in variables else _function(name, arguments, variables)
    return _cut(value, cut.removeprefix(":"))


def _function(name: str, arguments: str, variables: Mapping[str, str]) -> str:
    if name == "FILTER":
        allowed, _, text = arguments.partition(",")
        value = expand(text, variables)
        return UNKNOWN if UNKNOWN in value else "".join(re.findall(f"[{allowed}]", value))
    if name == "IF":
        condition, yes, no = choice(arguments)
        holds = truth(expand(condition, variables))
        return UNKNOWN if holds is None else expand(yes if holds else no, variables)
    return UNKNOWN


def choice(text: str) -> tuple[str, str, str]:
    """Gives the condition before the question mark, what holds when it is true, and what otherwise (or nothing)."""
    condition, *rest = parts(text, "?")
    yes, *no = parts("?".join(rest), ":")
    return condition, yes, ":".join(no)


def _cut(value: str, cut: str) -> str:
    if not cut or UNKNOWN in value:
        return value
    start, _, length = cut.partition(":")
    rest = value[int(start or 0) :]
    return rest[: int(length)] if length else rest


def truth(value: str) -> bool | None:
    """Tells whether a condition holds; None when that is not known."""
    return None if UNKNOWN in value else value.strip() not in ("", "0")


def calculated(expression: str) -> str:
    """Gives what an expression of comparisons, & and | comes to; UNKNOWN when any of it is beyond this."""
    if UNKNOWN in expression:
        return UNKNOWN
    tokens = _TOKEN.findall(expression)
    for joint in ("|", "&"):
        if joint in tokens:
            at = tokens.index(joint)
            sides = [truth(calculated(" ".join(side))) for side in (tokens[:at], tokens[at + 1 :])]
            if None in sides:
                return UNKNOWN
            return str(int(any(sides) if joint == "|" else all(sides)))
    if len(tokens) == 1:
        return str(tokens[0]).strip('"')
    if len(tokens) == 3 and tokens[1] in ("=", "!=", ">", "<", ">=", "<="):
        return str(int(_compared(tokens[0].strip('"'), tokens[1], tokens[2].strip('"'))))
    return UNKNOWN


def _compared(left: str, sign: str, right: str) -> bool:
    numbers = left.isdigit() and right.isdigit()
    a, b = (int(left), int(right)) if numbers else (left, right)
    if sign in ("=", "!="):
        return (a == b) == (sign == "=")
    less, equal = a < b, a == b  # type: ignore[operator]
    return {"<": less, "<=": less or equal, ">": not less and not equal, ">=": not less}[sign]
