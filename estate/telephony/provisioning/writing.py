"""Writes settings in the format of a maker, so that a set reads back what was meant; what it could not is refused."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from functools import lru_cache
from itertools import groupby
from xml.etree import ElementTree as ET
from xml.sax.saxutils import escape, quoteattr

from estate.telephony.provisioning.families import Family

Setting = tuple[str, str]
"""The name of a setting, and its value."""

CLEAR = "\x00"
"""The value of a setting that is taken away; no text that is declared, for none of them holds such a letter."""

_HEADER = '<?xml version="1.0" encoding="UTF-8"?>\n'
_STEP = re.compile(r"(?P<folder>[\w/-]+)/(?P<name>[\w-]+)(?:\[(?P<index>[^\]]+)\])?")
_UNKNOWN = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff\ufffe\uffff]")
_RESERVED = re.compile(r"%(NULL|EMPTY)%")


class UnsayableError(ValueError):
    """A value that no file of a telephone set can hold; tells what it is and what stands in it."""


def written(family: Family, settings: Iterable[Setting]) -> str:
    """Gives the whole file of a set, its settings in their order."""
    return _lines(family, settings) if family.format == "cfg" else _tree(family, settings)


def said(value: str, what: str) -> str:
    """Gives a value back that stands on one line and has only letters that XML knows, or raises UnsayableError."""
    if found := _UNKNOWN.search(value):
        raise UnsayableError(f"{what}: {value!r} holds {found[0]!r}; write it on one line, without it")
    return value


def xml_text(root: ET.Element) -> str:
    """Gives an XML document, each element on a line of its own."""
    ET.indent(root)
    return f"{_HEADER}{ET.tostring(root, encoding='unicode')}\n"


def _lines(family: Family, settings: Iterable[Setting]) -> str:
    lines = [_line(name, value, family.clear) for name, value in settings]
    return "\n".join([family.head, *lines]) + "\n"


@lru_cache(maxsize=1 << 14)  # most settings of most sets are those of an unused key
def _line(name: str, value: str, clear: str) -> str:
    """Writes `name = value`. A set takes blanks off the ends of a value, and reads %NULL% as no value."""
    if value == CLEAR:
        return f"{name} = {clear}"
    meant = said(value, name)
    if meant != meant.strip() or _RESERVED.search(meant):
        raise UnsayableError(f"{name}: {value!r} would be read as another value; write it otherwise")
    return f"{name} = {meant}"


def _tree(family: Family, settings: Iterable[Setting]) -> str:
    """Writes each setting as an element; `name@attribute` behind it gives the same element an attribute."""
    folders: dict[str, list[str]] = {}
    leaf = tuple(family.leaf.items())
    for path, group in groupby(settings, key=lambda setting: setting[0].partition("@")[0]):
        parts = tuple(
            (name.partition("@")[2], family.clear if value == CLEAR else value) for name, value in group
        )
        place = path.removeprefix("/") if path.startswith("/") else family.below.format(path)
        folder, element = _element(place, parts, family.index, leaf)
        folders.setdefault(folder, []).append(element)
    body = [_folder(family, name, elements) for name, elements in folders.items()]
    return f"{_HEADER}<{family.root}{_attributes(family, '')}>\n{''.join(body)}</{family.root}>\n"


@lru_cache(maxsize=1 << 14)
def _element(
    place: str, parts: tuple[Setting, ...], index: str, leaf: tuple[Setting, ...]
) -> tuple[str, str]:
    """Gives the folder of an element, and its text; only one with a value of its own has the attributes of a leaf."""
    step = _STEP.fullmatch(place)
    assert step is not None, place
    attributes = [] if step["index"] is None else [(index, step["index"])]
    attributes += [*leaf] if any(not name for name, _ in parts) else []
    attributes += [(name, value) for name, value in parts if name]
    text = "".join(escape(said(value, place)) for name, value in parts if not name)
    shown = "".join(f" {name}={quoteattr(said(value, place))}" for name, value in attributes)
    return step["folder"], f"    <{step['name']}{shown}>{text}</{step['name']}>\n"


def _folder(family: Family, name: str, elements: Sequence[str]) -> str:
    return f"  <{name}{_attributes(family, name)}>\n{''.join(elements)}  </{name}>\n"


def _attributes(family: Family, folder: str) -> str:
    found = ((path.partition("@"), value) for path, value in family.attributes.items())
    return "".join(f" {name}={quoteattr(value)}" for (at, _, name), value in found if at == folder)
