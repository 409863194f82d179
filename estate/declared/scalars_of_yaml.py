"""Tells what an unquoted YAML scalar means in YAML 1.1, which Ansible reads, and in YAML 1.2."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import yaml

_NULL = re.compile(r"~|null|Null|NULL|")
_TRUE = re.compile(r"true|True|TRUE")
_FALSE = re.compile(r"false|False|FALSE")
_INTEGER = re.compile(r"[-+]?[0-9]+")
_OCTAL = re.compile(r"0o[0-7]+")
_HEXADECIMAL = re.compile(r"0x[0-9a-fA-F]+")
_FLOAT = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?")
_INFINITE = re.compile(r"[-+]?\.(inf|Inf|INF)|\.(nan|NaN|NAN)")

LONGEST_NUMBER = 40
"""How many characters an unquoted number may have."""

_resolve: Any = yaml.resolver.Resolver().resolve

# YAML 1.1 has these for true and false; PyYAML does not, other readers do.
_SHORT_TRUTH = {"y": True, "Y": True, "n": False, "N": False}


@dataclass(frozen=True)
class Difference:
    """The two readings of one scalar, in words."""

    old: str
    new: str


def is_oversized(text: str) -> bool:
    """Tells whether an unquoted scalar is a number that no count, size or address of an estate could be."""
    if len(text) <= LONGEST_NUMBER:
        return False
    tag: str = _resolve(yaml.ScalarNode, text, (True, False))
    forms = (_INTEGER, _OCTAL, _HEXADECIMAL, _FLOAT)
    return tag.endswith((":int", ":float")) or any(form.fullmatch(text) for form in forms)


@lru_cache(maxsize=1 << 14)
def value_of(text: str) -> Any:
    """Gives the value of an unquoted scalar by the core schema of YAML 1.2 (yaml.org/spec/1.2.2, 10.3.2)."""
    if _NULL.fullmatch(text):
        return None
    if _TRUE.fullmatch(text):
        return True
    if _FALSE.fullmatch(text):
        return False
    if _INTEGER.fullmatch(text):
        return int(text)
    if _OCTAL.fullmatch(text):
        return int(text[2:], 8)
    if _HEXADECIMAL.fullmatch(text):
        return int(text[2:], 16)
    if _FLOAT.fullmatch(text):
        return float(text)
    if _INFINITE.fullmatch(text):
        return float(text.lower().replace(".", ""))
    return text


@lru_cache(maxsize=1 << 14)
def reads_differently(text: str) -> Difference | None:
    """Gives the two readings when YAML 1.1 and YAML 1.2 disagree about an unquoted scalar, else None."""
    old, new = _old_value_of(text), value_of(text)
    if type(old) is type(new) and (old == new or old != old):
        return None
    return Difference(_words(old), _words(new))


def _old_value_of(text: str) -> Any:
    if text in _SHORT_TRUTH:
        return _SHORT_TRUTH[text]
    tag: str = _resolve(yaml.ScalarNode, text, (True, False))
    if tag == "tag:yaml.org,2002:str":
        return text
    if tag == "tag:yaml.org,2002:merge":
        return ("merge",)
    if tag == "tag:yaml.org,2002:value":
        return text
    try:
        return yaml.SafeLoader("").construct_object(yaml.ScalarNode(tag, text))
    except (ValueError, yaml.YAMLError):  # 2026-13-45 has the form of a date and is none
        return ("unreadable",)


def _words(value: Any) -> str:
    if isinstance(value, bool):
        return f"the truth value {str(value).lower()}"
    if isinstance(value, int | float):
        return f"the number {value}"
    if isinstance(value, str):
        return f'the text "{value}"'
    if value is None:
        return "nothing"
    if isinstance(value, tuple):
        return {"merge": "an order to merge another mapping", "unreadable": "a date that does not exist"}[
            value[0]
        ]
    return f"the date {value}"
