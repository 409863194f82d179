"""Loads a declared estate: every subject read, shaped and checked against the others, or refused as a whole."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from estate.declared import variables
from estate.declared.backups import Backups
from estate.declared.checks import CHECKS, Parts, Sayer
from estate.declared.checks.pipeline import comes_after_another
from estate.declared.directory import Directory
from estate.declared.drills import Drill
from estate.declared.duties import Duty
from estate.declared.hosts import groups_of, refuse_unused
from estate.declared.identities import Identity
from estate.declared.mail import Mail
from estate.declared.mistakes import Mistake, Refusal
from estate.declared.networks import Networks
from estate.declared.organisation import Organisation, Site
from estate.declared.people import Person
from estate.declared.pipeline import Pipeline
from estate.declared.reading import Reading, read
from estate.declared.repository import surroundings
from estate.declared.services import Service
from estate.declared.shapes import build, nearest
from estate.declared.shares import Shares
from estate.declared.switches import Switches
from estate.declared.telephony import Telephony
from estate.declared.web_access import WebAccess

SUBJECTS: dict[str, tuple[str, Any]] = {
    "organisation": ("group_vars/all", Organisation),
    "sites": ("group_vars/all", tuple[Site, ...]),
    "networks": ("group_vars/all", Networks),
    "services": ("group_vars/all", tuple[Service, ...]),
    "mail": ("group_vars/all", Mail),
    "directory": ("group_vars/all", Directory),
    "web_access": ("group_vars/all", WebAccess),
    "backups": ("group_vars/all", Backups),
    "people": ("estate", tuple[Person, ...]),
    "identities": ("estate", tuple[Identity, ...]),
    "shares": ("estate", Shares),
    "switches": ("estate", Switches),
    "telephony": ("estate", Telephony),
    "drills": ("estate", tuple[Drill, ...]),
    "duties": ("estate", tuple[Duty, ...]),
    "pipeline": ("estate", Pipeline),
}
"""Every subject with the folder of its file and the shape of what stands under its single key."""

_NOT_SUBJECTS = {"group_vars/all/connection.yml", "group_vars/all/vault.yml"}


@dataclass(frozen=True)
class Estate(Parts):
    """Everything one environment declares, whole and checked; `hosts` gives the hosts of every group."""

    environment: str


def load(environment_dir: Path, today: date | None = None, edited: Mapping[str, str] | None = None) -> Estate:
    """Gives the estate declared below `environment_dir` (such as inventories/lab), or raises Refusal with all mistakes.

    `today` decides which exceptions have expired; it is the day on this machine's clock unless given. `edited` gives
    texts that are read instead of files (by their path below the directory), so that an edit is judged before it lands.
    """
    files = {name: f"{folder}/{name}.yml" for name, (folder, _) in SUBJECTS.items()}
    readings = {name: read(environment_dir, file, (edited or {}).get(file)) for name, file in files.items()}
    readings["hosts"] = read(environment_dir, "hosts.yml")
    parts: dict[str, Any] = {name: _part(name, reading) for name, reading in readings.items()}
    whole = {name for name, part in parts.items() if part is not None}
    known = Parts(**parts)
    say = Sayer(readings)
    for check in CHECKS:
        if check.needs <= whole:
            check.run(known, say, today or date.today())
    if "pipeline" in whole:
        own = environment_dir.resolve()
        others = {path.parent.name: path.parent for path in own.parent.glob("*/hosts.yml")}
        named = {name: _after(folder) for name, folder in others.items() if name != own.name}
        comes_after_another(known, say, own.name, named)
    around = surroundings(environment_dir)
    if around is not None and parts["hosts"] is not None:
        refuse_unused(readings["hosts"], parts["hosts"], around.groups)
    mistakes = [mistake for reading in readings.values() for mistake in reading.mistakes]
    mistakes += _strangers(environment_dir)
    judged = {reading.file for reading in readings.values()}
    mistakes += variables.mistakes_in(environment_dir, parts["hosts"], around, passing=judged)
    if mistakes:
        raise Refusal(environment_dir, mistakes, sorted(set(readings) - whole), parts)
    return Estate(environment=environment_dir.resolve().name, **parts)


def _part(name: str, reading: Reading) -> Any:
    if reading.value is None:
        return None
    if name == "hosts":
        return groups_of(reading)
    key = f"estate_{name}"
    if not isinstance(reading.value, dict) or key not in reading.value:
        reading.say((), f"the key {key} is missing", f"write {key} as the single key of this file")
        return None
    for other in set(reading.value) - {key}:
        reading.say((other,), "a second key in this file", f"keep {key} alone; move the rest to its own file")
    return build(SUBJECTS[name][1], reading, key)


def _after(environment_dir: Path) -> str | None:
    """Gives the environment that another one names in `after`; None where that cannot be read: it is refused there."""
    value = read(environment_dir, "estate/pipeline.yml").value
    declared = value.get("estate_pipeline") if isinstance(value, dict) else None
    after = declared.get("after") if isinstance(declared, dict) else None
    return after if isinstance(after, str) else None


def _strangers(directory: Path) -> list[Mistake]:
    """Refuses files that look like a subject and are none: their content would silently count for nothing."""
    found = []
    for folder in ("group_vars/all", "estate"):
        names = [name for name, (place, _) in SUBJECTS.items() if place == folder]
        for path in sorted((directory / folder).glob("*.y*ml")):
            file = f"{folder}/{path.name}"
            if file not in _NOT_SUBJECTS and file not in {f"{folder}/{name}.yml" for name in names}:
                right = nearest(path.stem, names)
                found.append(Mistake(file, 1, "", "no subject has this file name", right))
    return found
