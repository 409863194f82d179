"""Reads one declared YAML file into plain values, each with its line, and gathers what cannot be read one way only.

Ansible reads these files as YAML 1.1 (PyYAML), `estate` as YAML 1.2: a scalar that the two take for different
values is a mistake until it is quoted.
"""

from __future__ import annotations

import os
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import lru_cache
from pathlib import Path
from typing import Any

from ruamel.yaml.composer import MaxDepthExceededError
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

from estate.declared.composing import DEEPEST, compose
from estate.declared.mistakes import Mistake, Place, spell
from estate.declared.scalars_of_yaml import LONGEST_NUMBER, is_oversized, reads_differently, value_of

_ORDINARY_TAGS = frozenset(
    f"tag:yaml.org,2002:{kind}"
    for kind in ("map", "seq", "str", "int", "float", "bool", "null", "timestamp", "value", "merge")
)


@dataclass
class Reading:
    """What one file holds: plain `value` (sequences are tuples), the line of every place, the mistakes met.

    Value and lines may be shared by readings of the same bytes: only mistakes are added to.
    """

    file: str
    value: Any = None
    lines: dict[Place, int] = field(default_factory=dict)
    mistakes: list[Mistake] = field(default_factory=list)

    def line(self, place: Place) -> int:
        """Gives the line of a place, or of the nearest thing above it that is written in the file."""
        while place and place not in self.lines:
            place = place[:-1]
        return self.lines.get(place, 1)

    def say(self, place: Place, wrong: str, right: str) -> None:
        """Notes a mistake at a place of this file."""
        self.mistakes.append(Mistake(self.file, self.line(place), spell(place), wrong, right))

    def blames(self, place: Place) -> bool:
        """Tells whether a mistake is already noted at exactly this place."""
        key = spell(place)
        return any(mistake.key == key for mistake in self.mistakes)


def read(directory: Path, file: str, edited: str | None = None) -> Reading:
    """Reads `directory/file`, or the text it is about to hold; its mistakes stand in the reading, nothing is raised."""
    reading = Reading(file)
    content = content_of(directory, reading) if edited is None else edited.encode()
    if content is None:
        return reading
    understood = _understood(file, content)
    return replace(understood, mistakes=list(understood.mistakes))


@lru_cache(maxsize=256)
def _understood(file: str, content: bytes) -> Reading:
    """Reads the bytes of a file; the same bytes only once, as an edit loads an estate before and after it."""
    reading = Reading(file)
    try:
        text = content.decode("utf-8")
    except UnicodeDecodeError as error:
        reading.lines[()] = content.count(b"\n", 0, error.start) + 1
        reading.say((), f"byte 0x{content[error.start]:02x} is not UTF-8", "save the file as UTF-8")
        return reading
    try:
        root = compose(text)
    except MaxDepthExceededError as error:
        reading.lines[()] = error.problem_mark.line + 1
        reading.say((), f"nested too deeply: more than {DEEPEST} levels", "write it flatter")
        return reading
    except MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        reading.lines[()] = mark.line + 1 if mark else 1
        reading.say((), f"this is not YAML: {error.problem or error.context}", "mend the syntax at this line")
        return reading
    except YAMLError as error:
        reading.say((), f"this is not YAML: {str(error).splitlines()[0]}", "remove what cannot be read")
        return reading
    if root is None:
        reading.say((), "the file is empty", "write what it declares")
        return reading
    reading.value = _plain(root, (), reading, set())
    return reading


def content_of(directory: Path, reading: Reading) -> bytes | None:
    """Gives the bytes of a reading's file, or None after noting why there are none; never waits for a pipe."""
    path = directory / reading.file
    if not os.path.lexists(path):
        reading.say((), "the file is missing", "write it; inventories/example has one to copy")
        return None
    if not path.is_file():
        reading.say((), "cannot be read: not a regular file", "write a file here")
        return None
    try:
        return path.read_bytes()
    except OSError as error:
        reading.say((), f"cannot be read: {error.strerror}", "let your user read it")
        return None


def _plain(node: Node, place: Place, reading: Reading, seen: set[int]) -> Any:
    reading.lines.setdefault(place, node.start_mark.line + 1)
    if id(node) in seen:
        reading.say(place, "an alias (*name) stands for values written elsewhere", "write the values here")
        return None
    seen.add(id(node))
    if str(node.tag) not in _ORDINARY_TAGS:
        reading.say(
            place, f"tag {node.tag} is not understood", "write a plain value; secrets belong in vault.yml"
        )
        return None
    if isinstance(node, MappingNode):
        return _mapping(node, place, reading, seen)
    if isinstance(node, SequenceNode):
        return tuple(_plain(item, (*place, i), reading, seen) for i, item in enumerate(node.value))
    return _scalar(node, place, reading) if isinstance(node, ScalarNode) else None


def _mapping(node: MappingNode, place: Place, reading: Reading, seen: set[int]) -> Mapping[str, Any]:
    result: dict[str, Any] = {}
    first: dict[str, int] = {}
    for key_node, value_node in node.value:
        line = key_node.start_mark.line + 1
        if not isinstance(key_node, ScalarNode):
            reading.say(place, "a key is a list or a mapping", "write a word as key")
            continue
        key = key_node.value
        inner = (*place, key)
        if key in result:
            reading.mistakes.append(
                Mistake(
                    reading.file,
                    line,
                    spell(inner),
                    f"the key stands twice, first on line {first[key]}",
                    "keep one of the two",
                )
            )
            continue
        first[key] = line
        reading.lines[inner] = line
        _refuse_trap(key_node, inner, reading)
        result[key] = _plain(value_node, inner, reading, seen)
    return result


def _scalar(node: ScalarNode, place: Place, reading: Reading) -> Any:
    if _refuse_trap(node, place, reading):
        return node.value
    value = value_of(node.value) if node.style is None else node.value
    if not isinstance(value, str) or unicodedata.is_normalized("NFC", value):
        return value
    reading.say(place, "letters are written decomposed (NFD)", "write the text in composed form (NFC)")
    return unicodedata.normalize("NFC", value)


def _refuse_trap(node: ScalarNode, place: Place, reading: Reading) -> bool:
    if node.style is None and is_oversized(node.value):
        found = f"a number of {len(node.value)} characters"
        reading.say(place, found, f"write at most {LONGEST_NUMBER}, or quotes if a text is meant")
        return True
    difference = reads_differently(node.value) if node.style is None else None
    if difference is None:
        return False
    reading.say(
        place,
        f"{node.value} is {difference.old} in YAML 1.1 and {difference.new} in YAML 1.2",
        f'write "{node.value}" in quotes if this text is meant, else the plain value',
    )
    return True
