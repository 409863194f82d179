"""Judges whether a running configuration was read whole, and from the right switch; pure."""

from __future__ import annotations

import re
from collections.abc import Iterator

from estate.switches.guards import Known, Limits, Refusal
from estate.switches.reading import LOG, Tree

_INSIDE = re.compile(rf"^(?!{LOG}).*\S *{LOG}")
_SIGNS = ("%", "--", "onnection")
"""One of them is in every line that the two patterns find."""
_DEBRIS = re.compile(
    r"^ *(?:--+ ?more ?--+|% ?(?:invalid|incomplete|ambiguous|unrecognized|authorization|error)"
    r"|.*% ?invalid input|connection .*closed)",
    re.IGNORECASE,
)


def count(text: str) -> int:
    """Gives how many lines of a text count: what `Known.lines` keeps of a whole reading."""
    return sum(1 for line in text.splitlines() if line.strip())


def hostname(tree: Tree) -> str | None:
    """Gives the host name a configuration holds, without quotation marks."""
    line = next((each for each in tree if each.startswith("hostname ")), None)
    return line[9:].strip().strip('"') if line else None


def refusals(
    text: str, tree: Tree, wanted: str | None, platform: str, known: Known, limits: Limits
) -> Iterator[Refusal]:
    """Yields what makes a reading unfit: `tree` are its sections, `wanted` is the host name of the intended text."""
    name = hostname(tree)
    where = known.hostname or wanted or name or "running configuration"
    lines = [line.rstrip() for line in text.split("\n") if line.strip()]
    for reason in _damage(lines, name, platform):
        yield Refusal("running-damaged", where, reason)
    if known.lines and count(text) * 100 < known.lines * limits.shortest_percent:
        what = f"{count(text)} lines, the last whole reading had {known.lines}"
        yield Refusal("running-damaged", where, f"{what}; less than {limits.shortest_percent} %")
    for expected in dict.fromkeys(each for each in (known.hostname, wanted) if each):
        if name and name != expected:
            yield Refusal("running-foreign", where, f"it says it is {name}, {expected} was expected")


def _damage(lines: list[str], name: str | None, platform: str) -> Iterator[str]:
    if name is None:
        yield "it holds no host name"
    if platform == "cisco_ios" and "end" not in lines[-3:]:
        yield "it does not close with `end`"
    if platform == "hp_procurve" and _open_at_end(lines):
        yield "its last section is not closed"
    for number, line in enumerate(lines, start=1):
        if not any(sign in line for sign in _SIGNS):
            continue
        if _INSIDE.search(line) and not line.startswith(("banner", " description", "   name")):
            yield f"line {number}: a log message stands inside it"
        elif _DEBRIS.match(line):
            yield f"line {number}: {line.strip()!r} is no configuration"


def _open_at_end(lines: list[str]) -> bool:
    """Tells whether a ProCurve text stops within a section: those close with an indented `exit`."""
    opened = False
    for line in lines:
        if line.startswith(" "):
            opened = line.strip() != "exit"
        elif opened:
            return True
        else:
            opened = line.startswith(("interface ", "vlan "))
    return opened
