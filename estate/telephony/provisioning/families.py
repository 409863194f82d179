"""Reads how the sets of a maker are told their settings: families/*.yml, data alone."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any, Literal

from ruamel.yaml import YAML

FOLDER = Path(__file__).with_name("families")

Part = Literal[
    "set",
    "authority",
    "no_authority",
    "account",
    "no_account",
    "line_key",
    "watch_key",
    "no_key",
    "watch_side_key",
    "no_side_key",
    "directory",
    "no_directory",
]
"""A group of settings: of the set, of each account and key used and not used, of trust in the internal authority with
its certificate at hand and without, of the search in the directory."""


@dataclass(frozen=True)
class Family:
    """How one maker's sets are told: settings by part, `{name}` in them stands for a value.

    `file` names the file a set asks for, `book` the kind of its phone book, `clear` what takes a setting away. A cfg
    file begins with `head`. Of an xml file, `below` says where a setting stands unless its name begins with /; `index`
    is the attribute for what stands in brackets, `leaf` and `attributes` are those of every setting and of single
    elements.
    """

    make: str
    format: Literal["cfg", "xml"]
    file: str
    book: str
    clear: str
    head: str = ""
    root: str = ""
    index: str = ""
    below: str = "{}"
    attributes: Mapping[str, str] = field(default_factory=dict)
    leaf: Mapping[str, str] = field(default_factory=dict)
    parts: Mapping[Part, Mapping[str, str]] = field(default_factory=dict)


@cache
def family(name: str) -> Family:
    """Gives a family by its name; KeyError for one that is not there."""
    return _families()[name]


def makes() -> tuple[str, ...]:
    """Names the makers, each once."""
    return tuple(dict.fromkeys(each.make for each in _families().values()))


@cache
def _families() -> Mapping[str, Family]:
    raw = {path.stem: YAML(typ="safe").load(path) for path in sorted(FOLDER.glob("*.yml"))}
    return {name: _family(_whole(name, raw)) for name in raw}


def _whole(name: str, raw: Mapping[str, Mapping[str, Any]]) -> dict[str, Any]:
    """Gives the data of a family with those of the one it is like; settings are taken over one by one."""
    own = dict(raw[name])
    if "like" not in own:
        return own
    whole = _whole(own.pop("like"), raw)
    for key, value in own.items():
        whole[key] = {**whole.get(key, {}), **value} if isinstance(value, dict) else value
    return whole


def _family(data: dict[str, Any]) -> Family:
    parts = {key: data.pop(key) for key in Part.__args__ if key in data}  # type: ignore[attr-defined]
    return Family(**data, parts=parts)
