"""Reads a configuration into sections; what a switch adds around it (headers, clocks, log lines) is dropped; pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from functools import lru_cache
from typing import NamedTuple, TypeAlias

from estate.switches import masks

Tree: TypeAlias = "dict[str, Tree]"
"""Line -> what stands indented below it; the order is the order of the text."""
CLOSED = "\x02"
"""Stands behind the text of a banner, so that blanks at its end stay its own."""
LOG = r"(?:[*.]?[A-Z][a-z]{2} {1,2}\d{1,2} [\d:]+.*?: )?%[A-Z][A-Z0-9_]*-\d-[A-Z0-9_]+: "
_NOISE = re.compile(
    rf"""^(?:
        [!;] | \s*!
      | Building\sconfiguration | Current\sconfiguration\b | (?:Running|Startup)\sconfiguration: | Using\s\d+\sout\sof
      | Load\sfor\s | Time\ssource\sis\s | (?:No\sconfiguration\schange|Last\sconfiguration\schange)\b
      | ntp\sclock-period\s | version\s[\d.]+$ | end$ | \s+exit$ | {LOG.replace(" ", "[ ]")}
    )""",
    re.VERBOSE,
)
_BANNER = re.compile(r"^banner (?P<kind>[a-z-]+) (?P<mark>\^C|\x03|[^\s\"\w])(?P<text>.*)$")


class ConfigurationError(ValueError):
    """A text nobody can plan with; says which text, where, what is wrong and what would be right."""


class Line(NamedTuple):
    """A line that counts: its number in the text (from 1), how deep it is indented, its words."""

    number: int
    indent: int
    text: str


def lines(text: str) -> Iterator[Line]:
    """Yields the lines that are configuration; a banner is one of them, its text behind line breaks.

    Raises:
        ConfigurationError: a banner does not end.
    """
    numbered = enumerate(text.split("\n"), start=1)
    for number, raw in numbered:
        line = raw.rstrip()
        if not line or _NOISE.match(line):
            continue
        if line.startswith("banner ") and (found := _BANNER.match(line)):
            body = [found["text"]] + [
                each for _, each in _until(numbered, found["mark"], found["text"], number)
            ]
            yield Line(number, 0, _banner(found["kind"], found["mark"], "\n".join(body)))
            continue
        words = line.lstrip()
        yield Line(number, len(line) - len(words), words)


def outside(text: str) -> Iterator[Line]:
    """Yields every line that stands in no banner, headers and comments included; blanks at its end are dropped.

    Raises:
        ConfigurationError: a banner does not end.
    """
    numbered = enumerate(text.split("\n"), start=1)
    for number, raw in numbered:
        line = raw.rstrip()
        if line.startswith("banner ") and (found := _BANNER.match(line)):
            for _ in _until(numbered, found["mark"], found["text"], number):
                pass
            continue
        words = line.lstrip()
        yield Line(number, len(line) - len(words), words)


def _until(
    numbered: Iterator[tuple[int, str]], mark: str, first: str, opened: int
) -> Iterator[tuple[int, str]]:
    if mark in first:
        return
    for number, raw in numbered:
        yield number, raw.rstrip("\r")
        if mark in raw:
            return
    raise ConfigurationError(f"line {opened}: the banner does not end: no line holds {mark!r}")


def _banner(kind: str, mark: str, body: str) -> str:
    text = body.partition(mark)[0]
    return f"banner {kind}\n{text.removeprefix(chr(10)).removesuffix(chr(10))}{CLOSED}"


def tree(text: str) -> Tree:
    """Gives the sections of a running configuration; a line that stands twice counts once.

    Raises:
        ConfigurationError: a banner does not end, or the text is a redacted copy.
    """
    if masks.HIDDEN in text or masks.SALTED in text:
        raise ConfigurationError(
            f"the text holds {masks.HIDDEN!r} in place of a secret: it is a copy for people"
        )
    return nested(paths(text))


@lru_cache(maxsize=64)  # a push looks at the same texts again and again
def paths(text: str) -> tuple[tuple[str, ...], ...]:
    """Gives the path of every line; raises ConfigurationError when a banner does not end."""
    return tuple(path for _, path in placed(lines(text)))


def nested(paths: Iterable[tuple[str, ...]]) -> Tree:
    """Gives the sections that lines with these paths make up; a path that comes twice counts once."""
    root: Tree = {}
    for path in paths:
        below = root
        for each in path:
            below = below.setdefault(each, {})
    return root


def placed(found: Iterator[Line]) -> Iterator[tuple[Line, tuple[str, ...]]]:
    """Yields every line with its path from the outermost section to itself."""
    open_sections: list[tuple[int, str]] = []
    for line in found:
        while open_sections and open_sections[-1][0] >= line.indent:
            open_sections.pop()
        open_sections.append((line.indent, line.text))
        yield line, tuple([text for _, text in open_sections])
