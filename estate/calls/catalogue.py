"""Reads the catalogue of scenarios: which telephones, which steps, and where it may be played."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML

FOLDER = Path(__file__).with_name("scenarios")
KEYS = {
    "id",
    "title",
    "daily",
    "lines",
    "alone",
    "loose",
    "steps",
    "day",
    "always",
    "seen",
    "fax",
    "mailed",
}


class CatalogueError(Exception):
    """Says which entry of the catalogue is no scenario, and why."""


@dataclass(frozen=True)
class Scenario:
    """States one proof. `{...}` in its texts stands for a number of what is declared.

    `lines` are the telephones it needs, `loose` those it plugs in itself, `alone` what else nobody uses meanwhile.
    `daily`: it rings nobody but the probe, so that it may be played in production every day. `day` are the steps while
    calls are allowed that cost more at night. `always` undoes what it set. `seen` is the call that the operator of the
    lab has to have seen. `fax` is what that operator sends to the probe's fax line instead of any step; `mailed` the
    message that has to reach the probe's mailbox, with the tone it holds.
    """

    id: str
    title: str
    lines: tuple[str, ...]
    steps: tuple[Mapping[str, Any], ...]
    daily: bool = False
    alone: tuple[str, ...] = ()
    loose: tuple[str, ...] = ()
    day: tuple[Mapping[str, Any], ...] = ()
    always: tuple[Mapping[str, Any], ...] = ()
    seen: Mapping[str, str] | None = None
    fax: Mapping[str, Any] | None = None
    mailed: Mapping[str, str] | None = None


@cache
def scenarios() -> tuple[Scenario, ...]:
    """Gives every scenario, in the order of the files; raises CatalogueError for an entry that is none."""
    found = [_one(path, entry) for path in sorted(FOLDER.glob("*.yml")) for entry in _entries(path)]
    names = [each.id for each in found]
    if twice := sorted({name for name in names if names.count(name) > 1}):
        raise CatalogueError(f"{FOLDER}: {', '.join(twice)} stand there twice")
    return tuple(found)


def chosen(only: Sequence[str] = (), daily: bool = False) -> tuple[Scenario, ...]:
    """Gives the scenarios of these names, or all; with `daily` those alone that are safe in production."""
    known = scenarios()
    if strangers := sorted({*only} - {each.id for each in known}):
        named = ", ".join(name or repr(name) for name in strangers)
        raise CatalogueError(f"no scenario is named {named}; see ./scripts/estate call list")
    return tuple(each for each in known if (not only or each.id in only) and (each.daily or not daily))


def _entries(path: Path) -> list[dict[str, Any]]:
    loaded = YAML(typ="safe").load(path)
    if not isinstance(loaded, list):
        raise CatalogueError(f"{path}: expected a list of scenarios")
    return loaded


def _one(path: Path, entry: dict[str, Any]) -> Scenario:
    if strange := sorted(set(entry) - KEYS):
        raise CatalogueError(f"{path}: {entry.get('id')}: nobody knows {', '.join(strange)}")
    day = (entry.get("day") or {}).get("steps", ())
    return Scenario(
        id=entry["id"],
        title=entry["title"],
        lines=tuple(entry.get("lines", ())),
        steps=tuple(entry.get("steps", ())),
        daily=bool(entry.get("daily")),
        alone=tuple(entry.get("alone", ())),
        loose=tuple(entry.get("loose", ())),
        day=tuple(day),
        always=tuple(entry.get("always", ())),
        seen=entry.get("seen"),
        fax=entry.get("fax"),
        mailed=entry.get("mailed"),
    )
