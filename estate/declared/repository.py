"""Sees what this checkout really holds, so that a declared link cannot be a mere claim."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from estate.declared.reading import read

_ALERT = re.compile(r"^\s*-\s+alert:\s*(\w+)", re.MULTILINE)
_NOT_DEPLOYS = {"__init__", "inventory"}


@dataclass(frozen=True)
class RepositoryFacts:
    """The names of what exists; a metric exists when a program of exporters/ writes it."""

    roles: frozenset[str] = frozenset()
    playbooks: frozenset[str] = frozenset()
    deploys: frozenset[str] = frozenset()
    manifests: frozenset[str] = frozenset()
    metrics: frozenset[str] = frozenset()
    alerts: frozenset[str] = frozenset()
    report_sections: frozenset[str] = frozenset()

    def has(self, kind: str, name: str) -> bool:
        """Tells whether a thing exists; kinds are role, playbook, deploy, metric and report; people always do."""
        known = {
            "role": self.roles,
            "playbook": self.playbooks,
            "deploy": self.deploys,
            "metric": self.metrics,
            "report": self.report_sections,
        }
        return kind == "people" or name in known[kind]


def repository_facts(root: Path) -> RepositoryFacts:
    """Gives the facts of the checkout at `root`; what is absent is an empty set."""
    return RepositoryFacts(
        roles=_roles(root),
        playbooks=frozenset(path.stem for path in root.glob("playbooks/*.yml")),
        deploys=frozenset(_deploys(root / "pyinfra_deploys")),
        manifests=frozenset(
            path.name.removesuffix(".j2").removesuffix(".yml")
            for path in root.glob("roles/*/templates/*/etc/backup.d/*.yml*")
        ),
        metrics=frozenset(_written_metrics(root)),
        alerts=frozenset(
            name
            for path in root.glob("roles/*/*/rules/*.yml*")
            for name in _ALERT.findall(path.read_text(encoding="utf-8"))
        ),
        report_sections=frozenset(_filled_sections(root)),
    )


@dataclass(frozen=True)
class Surroundings:
    """What the repository around an environment knows by name: its roles, and the groups its playbooks build."""

    roles: frozenset[str]
    groups: frozenset[str]


def surroundings(environment_dir: Path) -> Surroundings | None:
    """Gives what surrounds an environment, None when it does not stand in the inventories of a repository."""
    folder = environment_dir.resolve().parent
    roles = _roles(folder.parent)
    if folder.name != "inventories" or not roles:
        return None
    return Surroundings(roles, frozenset(_groups(folder.parent)))


def _roles(root: Path) -> frozenset[str]:
    return frozenset(path.parent.parent.name for path in root.glob("roles/*/tasks/main.yml"))


def roles_given(root: Path, hold: Callable[[str], bool]) -> frozenset[str]:
    """Gives the roles that the playbooks of a checkout give to the groups of which `hold` is true."""
    return frozenset(
        str(_mapping(role).get("role", role))
        for groups, play in _plays(root)
        if any(map(hold, groups))
        for role in play.get("roles", ())
    )


def _groups(root: Path) -> Iterable[str]:
    for groups, _ in _plays(root):
        yield from groups


def _plays(root: Path) -> Iterable[tuple[list[str], dict[str, Any]]]:
    """Yields each play with the groups that its `hosts` names."""
    for path in root.glob("playbooks/*.yml"):
        plays = read(root, f"playbooks/{path.name}").value
        for play in map(_mapping, plays if isinstance(plays, tuple) else ()):
            yield re.findall(r"[A-Za-z_]\w*", str(play.get("hosts", "all"))), play


def _deploys(folder: Path) -> Iterable[str]:
    yield from (path.stem for path in folder.glob("*.py") if path.stem not in _NOT_DEPLOYS)
    yield from (f"drills/{path.parent.name}" for path in folder.glob("drills/*/drill.yml"))


def _written_metrics(root: Path) -> Iterable[str]:
    for name, entry in _mapping(read(root, "exporters/catalogue.yml").value).items():
        writer = _mapping(entry).get("writer")
        if writer and (root / "exporters" / f"{writer}.py").is_file():
            yield name


def _filled_sections(root: Path) -> Iterable[str]:
    texts = _mapping(read(root, "estate/report/texts.yml").value)
    for section in map(_mapping, texts.get("sections", ())):
        if section.get("filled"):
            yield f"A{section['number']}"


def _mapping(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}
