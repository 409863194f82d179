"""Knows where an environment lives in this checkout, which hosts it has, and whether it may be contacted."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import Any

from ruamel.yaml.error import YAMLError

from estate.declared.composing import load
from estate.runs.refused import RefusedError

ROOT = Path(__file__).resolve().parents[2]
DRILL_TARGETS = "drill_targets"


@dataclass(frozen=True)
class Environment:
    """Names the folders of one environment; `extra` are inventories laid over its own, as in a drill."""

    name: str = "lab"
    root: Path = ROOT
    extra: tuple[Path, ...] = ()

    @classmethod
    def chosen(cls, name: str | None = None, root: Path = ROOT) -> Environment:
        """Takes the argument, else ESTATE_ENVIRONMENT, else the lab; refuses an empty one, or without an inventory."""
        picked = os.environ.get("ESTATE_ENVIRONMENT", "lab") if name is None else name
        if not picked.strip():
            source, out = (
                ("--environment", "leave it out: ESTATE_ENVIRONMENT counts then, else lab")
                if name is not None
                else ("ESTATE_ENVIRONMENT", "unset it: lab is meant then")
            )
            raise RefusedError(f"{source} is empty, which names no environment; name one, or {out}")
        overlays = os.environ.get("ESTATE_EXTRA_INVENTORY", "")
        extra = tuple(Path(part).resolve() for part in overlays.split(os.pathsep) if part)
        environment = cls(picked, root, extra)
        if not (environment.inventory / "hosts.yml").is_file():
            known = ", ".join(sorted(p.parent.name for p in root.glob("inventories/*/hosts.yml"))) or "none"
            raise RefusedError(
                f"environment {picked!r} has no inventories/{picked}/hosts.yml; known environments: {known}"
            )
        return environment

    @property
    def inventory(self) -> Path:
        """Names the folder of what is declared."""
        return self.root / "inventories" / self.name

    @property
    def var(self) -> Path:
        """Names the folder of what is made: keys, runs, evidence, lock."""
        return self.root / "var" / self.name

    @property
    def ssh_config(self) -> Path:
        """Names the SSH configuration that reaches every host with a pinned host key."""
        return self.var / "ssh" / "config"

    @property
    def known_messages(self) -> Path:
        """Names the list of messages that were delivered, with their hashes; a drill looks for them."""
        return self.var / "known_messages.json"

    def groups(self) -> dict[str, list[str]]:
        """Reads groups and their hosts, children resolved, overlays included; `all` holds everyone.

        Hosts of `drill_targets` exist only while a drill runs: they count when an overlay names them.
        """
        declared, laid_over = _Tree({}, {}), _Tree({}, {})
        _walk(_mapping(self.inventory / "hosts.yml"), declared)
        for path in self.extra:
            _walk(_mapping(path), laid_over)
        absent = set(declared.hosts.get(DRILL_TARGETS, ())) - set(chain(*laid_over.hosts.values()))
        whole = _Tree({"all": []}, {})
        for tree in (declared, laid_over):
            _merge(whole.hosts, tree.hosts)
            _merge(whole.children, tree.children)
        names = {*whole.hosts, *whole.children}
        groups = {
            name: [host for host in _below(name, whole) if host not in absent] for name in sorted(names)
        }
        return {**groups, "all": list(dict.fromkeys(chain(*groups.values())))}

    def drill_targets(self) -> list[str]:
        """Names the hosts that exist only while a drill runs, as declared."""
        declared = _Tree({}, {})
        _walk(_mapping(self.inventory / "hosts.yml"), declared)
        return declared.hosts.get(DRILL_TARGETS, [])

    def switches(self) -> list[str]:
        """Names the declared switches, which are no hosts: they are planned when a limit names them."""
        path = self.inventory / "estate" / "switches.yml"
        listed = (_mapping(path).get("estate_switches") or {}).get("switches") if path.is_file() else None
        return [str(one["name"]) for one in listed or () if isinstance(one, dict) and "name" in one]

    def without_vault(self) -> list[str]:
        """Says in a line that the vault is not here and where it comes from; says nothing where it is.

        It stands in no commit, so that a fresh checkout lacks it; an environment whose roles ask for none needs none.
        """
        vault = self.inventory / "group_vars" / "all" / "vault.yml"
        if vault.exists():
            return []
        comes = "./scripts/estate lab up makes it" if self.name == "lab" else "ansible-vault create makes it"
        return [
            f"{vault.relative_to(self.root)} is missing, and with it every secret a role asks for: {comes}; "
            "a control host is handed it (docs/controller.md)"
        ]

    def refuse_when_down(self) -> None:
        """Raises when the hosts cannot be there, without sending a packet to any of them.

        An environment that can be down (the lab) keeps the program that tells beside its SSH configuration.
        """
        start = "./scripts/estate lab up" if self.name == "lab" else "a Host entry per machine in that file"
        if not self.ssh_config.is_file():
            shown = self.ssh_config.relative_to(self.root)
            raise RefusedError(f"environment {self.name!r} is not up: {shown} is missing. Needed: {start}")
        is_up = self.ssh_config.with_name("is-up")
        if is_up.exists() and subprocess.run([str(is_up)], check=False).returncode != 0:
            raise RefusedError(
                f"environment {self.name!r} is down; no host is contacted. Start it with: {start}"
            )


@dataclass(frozen=True)
class _Tree:
    """Holds, per group, the hosts and the groups named directly below it."""

    hosts: dict[str, list[str]]
    children: dict[str, list[str]]


def _walk(groups: Mapping[str, Any], into: _Tree) -> None:
    for name, body in groups.items():
        below = (body or {}).get("children") or {}
        into.hosts.setdefault(str(name), []).extend(map(str, (body or {}).get("hosts") or {}))
        into.children.setdefault(str(name), []).extend(map(str, below))
        _walk(below, into)


def _merge(into: dict[str, list[str]], more: Mapping[str, list[str]]) -> None:
    for name, values in more.items():
        into.setdefault(name, []).extend(values)


def _below(name: str, tree: _Tree) -> list[str]:
    found = list(tree.hosts.get(name, ()))
    for child in tree.children.get(name, ()):
        found += _below(child, tree)
    return list(dict.fromkeys(found))


def _mapping(path: Path) -> dict[str, Any]:
    try:
        loaded = load(path)
    except FileNotFoundError:
        raise RefusedError(f"{path}: asked to read an inventory, but there is no such file") from None
    except YAMLError as error:
        raise RefusedError(f"{path}: not valid YAML: {error}") from None
    if not isinstance(loaded, dict):
        raise RefusedError(f"{path}: expected groups (a mapping), found {type(loaded).__name__}")
    return loaded


def need_lab(code: int = 1) -> None:
    """Ends a program that measures the lab with one line and this exit code where the lab is down."""
    try:
        Environment("lab", ROOT).refuse_when_down()
    except RefusedError as refusal:
        print(refusal, file=sys.stderr)
        raise SystemExit(code) from None
