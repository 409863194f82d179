"""Reads the variables that Ansible lays over the subjects, for groups and hosts, and refuses what would mislead it.

Ansible prefers the file of a group to that of `all`, and the file of a host to both: a subject's key there would
silently replace the one that was judged.
"""

from __future__ import annotations

from collections.abc import Container, Iterator
from dataclasses import dataclass
from pathlib import Path

from estate.declared import secrecy
from estate.declared.hosts import Groups
from estate.declared.mistakes import Mistake
from estate.declared.reading import Reading, read
from estate.declared.repository import Surroundings
from estate.declared.shapes import nearest

_READ_BY_ANSIBLE = {"", ".yml", ".yaml", ".json"}


@dataclass(frozen=True)
class _Kind:
    """Tells one of the two folders apart: whose variables it holds, and who there is."""

    folder: str
    what: str
    names: frozenset[str] | None


def mistakes_in(
    directory: Path, groups: Groups | None, around: Surroundings | None, passing: Container[str]
) -> list[Mistake]:
    """Gives the mistakes in group_vars and host_vars; files in `passing` are judged as subjects elsewhere.

    Without `groups` no owner is judged, without the repository `around` the environment no name of a role.
    """
    found: list[Mistake] = []
    owners = None if groups is None else frozenset({*groups, "ungrouped"})
    machines = None if groups is None else frozenset(groups["all"])
    for kind in (_Kind("group_vars", "group", owners), _Kind("host_vars", "host", machines)):
        found += _strange_owners(directory, kind)
        for file in _files(directory, kind.folder):
            if file not in passing:
                found += _judged(directory, file, around).mistakes
    return found


def _strange_owners(directory: Path, kind: _Kind) -> Iterator[Mistake]:
    for path in sorted((directory / kind.folder).glob("*/")):
        if kind.names is not None and path.is_dir() and path.name not in kind.names:
            wrong = f"hosts.yml has no {kind.what} of this name: nobody gets what stands here"
            yield Mistake(f"{kind.folder}/{path.name}", 1, "", wrong, nearest(path.name, kind.names))


def _files(directory: Path, folder: str) -> Iterator[str]:
    """Gives every file that Ansible would load, wherever it stands below the folder."""
    for path in sorted((directory / folder).rglob("*")):
        hidden = path.name.startswith(".") or path.name.endswith("~")
        is_file = path.suffix in (".yml", ".yaml", ".json") or not path.is_dir()
        if is_file and not hidden and path.suffix in _READ_BY_ANSIBLE:
            yield path.relative_to(directory).as_posix()


def _judged(directory: Path, file: str, around: Surroundings | None) -> Reading:
    path = Path(file)
    if path.name == "vault.yml":
        return secrecy.vault(directory, file)
    reading = Reading(file) if path.suffix != ".yml" else read(directory, file)
    if path.suffix != ".yml" or len(path.parts) != 3:
        right = f"move it to {path.parts[0]}/<name>/<role>.yml"
        reading.say((), "Ansible reads a file here that belongs to no role", right)
    elif path.parts[:2] != ("group_vars", "all") or path.stem == "connection":
        _judge_keys(reading, path.stem, around)
    secrecy.look(reading, reading.value)
    return reading


def _judge_keys(reading: Reading, stem: str, around: Surroundings | None) -> None:
    if around is not None and stem != "connection" and stem not in around.roles:
        reading.say((), f"no role is named {stem}", nearest(stem, {*around.roles, "connection"}))
    if reading.value is not None and not isinstance(reading.value, dict):
        reading.say((), "the file holds no keys", "write variables, each with a colon")
        return
    prefix = "ansible_" if stem == "connection" else f"{stem}_"
    for key in reading.value or {}:
        if key.startswith("estate_"):
            right = f"write it in the file of {key} alone, and remove it here"
            reading.say((key,), "this would replace a subject for some machines, unjudged", right)
        elif not key.startswith(prefix):
            reading.say((key,), f"the key does not begin with {prefix}", "move it to the file of its role")
