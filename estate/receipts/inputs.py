"""Names the files that make each host, with a digest each: what is declared for it, its roles, plugins and playbooks.

Where it cannot tell it takes more: a file too many shows as pending what nothing will change, a file too few would
hide a change. The full check (`estate drift --prove`) tells when a file was forgotten.
"""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from importlib import import_module
from pathlib import Path
from typing import Any

from estate.declared.composing import load
from estate.runs.environment import Environment

NOT_READ = ("molecule", "__pycache__", "README.md", "RUNBOOK.md")
"""Folders and files that no play reads."""
NAMED = re.compile(
    r"(?:exporters|estate|pyinfra_deploys|scripts|inventories)/[\w./-]+\w|requirements\.txt|pyproject\.toml"
)
"""A file outside a role that its texts name, by its path from the repository's root."""
HANDED = re.compile(r"(?:[\s\"'\[,]|\.\./)var/(?:\{\{ \w+ \}\}|([\w-]+))/([\w./-]+\w)")
"""A file of the controller that no commit holds, named by a role or a variable: `var/ENVIRONMENT/PATH`."""
BESIDE_INVENTORY = re.compile(r"inventory_dir \}\}/([\w.-]+(?:/[\w.-]+)*)")
IMPORTED = re.compile(r"^from (estate(?:\.\w+)*) import", re.MULTILINE)
OFFERED = re.compile(r'"(\w+)": ')
LOADS_ALL = "estate.declared"
LENGTH = 16


def digest(inputs: Mapping[str, str]) -> str:
    """Gives one digest for all inputs of a host."""
    lines = "".join(f"{name}\0{value}\n" for name, value in sorted(inputs.items()))
    return hashlib.sha256(lines.encode()).hexdigest()


def moved(then: Mapping[str, str], now: Mapping[str, str]) -> tuple[str, ...]:
    """Names the inputs that differ, sorted; with what became of those that came or went."""
    told = []
    for name in sorted(set(then) | set(now)):
        if then.get(name) != now.get(name):
            told.append(name + (" (new)" if name not in then else " (gone)" if name not in now else ""))
    return tuple(told)


@dataclass
class Inputs:
    """Reads an environment's files once and gives each host its own; raises OSError when one cannot be read."""

    environment: Environment
    _sums: dict[Path, tuple[str, str]] = field(default_factory=dict)
    _roles: dict[str, set[Path]] = field(default_factory=dict)
    _variables: dict[Path, set[Path]] = field(default_factory=dict)

    def of(self, hosts: Iterable[str]) -> dict[str, dict[str, str]]:
        """Gives, per host, every input by its path from the repository's root with its digest."""
        groups, plays = self.environment.groups(), list(self._plays(self.root / "playbooks" / "site.yml"))
        shared = set(self._shared())
        return {host: self._summed(shared | self._own(host, groups, plays)) for host in hosts}

    @property
    def root(self) -> Path:
        """Names the checkout."""
        return self.environment.root

    def _summed(self, paths: Iterable[Path]) -> dict[str, str]:
        for path in paths:
            if path not in self._sums:
                name = os.path.relpath(path, self.root)
                self._sums[path] = name, self._sum(path, name)
        return dict(self._sums[path] for path in paths) | self._engine

    @cached_property
    def _engine(self) -> dict[str, str]:
        """Gives the version of ansible-core, where it is installed."""
        try:  # importlib.metadata reads the library for mail first
            return {"ansible-core": import_module("ansible.release").__version__}
        except ImportError:
            return {}

    def _sum(self, path: Path, name: str) -> str:
        """Gives the digest of a file; keyed below `var/`, so that no receipt lets anybody try out a secret."""
        content = path.read_bytes()
        if not name.startswith("var/"):
            return hashlib.sha256(content).hexdigest()[:LENGTH]
        from estate.receipts import keeping  # which reads this module

        key = hashlib.blake2b(keeping.ensure_key(self.environment.var).read_bytes()).digest()
        return hashlib.blake2b(content, key=key, digest_size=LENGTH // 2).hexdigest()

    def _shared(self) -> Iterator[Path]:
        """Lists what every host reads: how Ansible works, all machines, plugins, the common variables."""
        inventory = self.environment.inventory
        yield from (path for path in (self.root / "ansible.cfg", inventory / "hosts.yml") if path.exists())
        yield from self.environment.extra
        yield from (path for path in _files(self.root / "plugins") if path.suffix == ".py")
        yield from _variables(inventory / "group_vars", "all")

    def _own(
        self, host: str, groups: Mapping[str, list[str]], plays: list[tuple[Path, dict[str, Any]]]
    ) -> set[Path]:
        inventory = self.environment.inventory
        paths = set(_variables(inventory / "host_vars", host))
        for group in (name for name, members in groups.items() if host in members):
            paths.update(_variables(inventory / "group_vars", group))
        paths |= {place for path in paths for place in self._handed_by(path)}
        for path, play in plays:
            wanted = str(play.get("hosts", "all"))
            if wanted in groups and host not in groups[wanted]:
                continue  # any other pattern may mean this host
            paths.add(path)
            for role in play.get("roles") or ():
                paths |= self._role(
                    str(role.get("role", role.get("name"))) if isinstance(role, dict) else str(role)
                )
        return paths

    def _plays(self, path: Path) -> Iterator[tuple[Path, dict[str, Any]]]:
        for play in load(path) or ():
            other = play.get("ansible.builtin.import_playbook") or play.get("import_playbook")
            if other:
                yield from self._plays(path.parent / str(other))
            else:
                yield path, play

    def _role(self, name: str) -> set[Path]:
        """Gives the files of a role, and those outside it that its texts name."""
        if name not in self._roles:
            own = set(_files(self.root / "roles" / name))
            self._roles[name] = own | self._named(own)
        return self._roles[name]

    def _named(self, own: Iterable[Path]) -> set[Path]:
        found: set[Path] = set()
        inventory, whole = self.environment.inventory, self._filters_that_load_all
        for path in own:
            if path.suffix not in (".yml", ".j2"):
                continue
            text = path.read_text(encoding="utf-8", errors="replace")
            named = {self.root / word for word in NAMED.findall(text)}
            named |= self._handed(text)
            named |= {inventory / word for word in BESIDE_INVENTORY.findall(text)}
            found |= {place for place in named if place.is_file()}
            if "hostvars" in text:
                found |= set(_files(inventory / "group_vars")) | set(_files(inventory / "host_vars"))
            if any(word in text for word in whole):
                found |= set(_files(inventory)) | set(_files(self.root / "estate"))
        return found

    def _handed_by(self, path: Path) -> set[Path]:
        """Gives what a file of variables names; many hosts read the same one."""
        if path not in self._variables:
            self._variables[path] = self._handed(path.read_text("utf-8", errors="replace"))
        return self._variables[path]

    def _handed(self, text: str) -> set[Path]:
        var, own = self.root / "var", self.environment.name
        named = {var / (name or own) / word for name, word in HANDED.findall(text)}
        return {place for place in named if place.is_file()}

    @cached_property
    def _filters_that_load_all(self) -> set[str]:
        """Names the filters of this repository that read all that is declared by the package `estate`."""
        names: set[str] = set()
        for plugin in (self.root / "plugins" / "filter").glob("*.py"):
            text = plugin.read_text(encoding="utf-8")
            if LOADS_ALL in IMPORTED.findall(text):
                names |= set(OFFERED.findall(text.partition("def filters")[2]))
        return names


def _files(folder: Path) -> Iterator[Path]:
    for place, folders, names in os.walk(folder):
        folders[:] = [name for name in folders if name not in NOT_READ]
        yield from (Path(place, name) for name in names if name not in NOT_READ and not name.endswith(".pyc"))


def _variables(folder: Path, name: str) -> Iterator[Path]:
    yield from (path for path in (folder / f"{name}.yml", folder / name) if path.is_file())
    yield from _files(folder / name)
