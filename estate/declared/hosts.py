"""Reads the groups of machines from the hosts file that Ansible reads."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from estate.declared.graph import reaches
from estate.declared.mistakes import Place
from estate.declared.reading import Reading
from estate.declared.shapes import nearest

Groups = Mapping[str, tuple[str, ...]]
"""The hosts of every group, those of its children included."""

STRUCTURAL = ("all", "ungrouped", "managed", "backup_clients", "drill_targets")
"""The groups that are known whether a playbook names them or not."""


def groups_of(reading: Reading) -> Groups | None:
    """Gives the groups of a hosts file, or None after noting the mistakes."""
    value = reading.value
    if not isinstance(value, dict) or set(value) != {"all"}:
        reading.say((), "the file must hold the single key all", "write all: with its groups as children")
        return None
    before = len(reading.mistakes)
    direct: dict[str, list[str]] = {}
    children: dict[str, list[str]] = {}
    _walk("all", value["all"], ("all",), reading, direct, children)
    for group, names in children.items():
        if any(reaches(name, group, children) for name in names):
            reading.say(
                _place_of(group, reading), f"the group {group} is below itself", "remove one of the two"
            )
    if len(reading.mistakes) > before:
        return None
    return {group: _members(group, direct, children) for group in sorted(direct)}


def refuse_unused(reading: Reading, groups: Groups, built: Iterable[str]) -> None:
    """Notes every group that no playbook builds: its machines would silently be left alone."""
    known = {*built, *STRUCTURAL}
    for group in groups:
        if group not in known:
            reading.say(_place_of(group, reading), "no playbook builds this group", nearest(group, known))


def _place_of(group: str, reading: Reading) -> Place:
    return next((place for place in reading.lines if place[-2:] == ("children", group)), ("all",))


def _walk(
    group: str,
    body: Any,
    place: Place,
    reading: Reading,
    direct: dict[str, list[str]],
    children: dict[str, list[str]],
) -> None:
    direct.setdefault(group, [])
    if body is None:
        return
    if not isinstance(body, dict):
        reading.say(place, "a group is not a mapping", "write hosts: or children: below it")
        return
    for key, inner in body.items():
        here = (*place, key)
        if key not in ("hosts", "children"):
            right = nearest(key, ("hosts", "children"))
            reading.say(here, "unknown key", "write variables in group_vars" if key == "vars" else right)
        elif inner is not None and not isinstance(inner, dict):
            reading.say(
                here, "names are not written as keys", "write each name with a colon, such as posta1:"
            )
        elif key == "hosts":
            for name, variables in (inner or {}).items():
                direct[group].append(name)
                if variables is not None:
                    reading.say((*here, name), "a host has variables here", "write them in group_vars")
        else:
            for name, child in (inner or {}).items():
                children.setdefault(group, []).append(name)
                _walk(name, child, (*here, name), reading, direct, children)


def _members(
    group: str, direct: Mapping[str, list[str]], children: Mapping[str, list[str]]
) -> tuple[str, ...]:
    found = list(direct[group])
    for child in children.get(group, ()):
        found += _members(child, direct, children)
    return tuple(dict.fromkeys(found))
