"""Knows where an environment lives in this checkout, which hosts it has, and whether it may be contacted."""

from __future__ import annotations

import os
import socket
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

from estate.runs.refused import RefusedError

ROOT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True)
class Environment:
    """Names the folders of one environment; `extra` are inventories laid over its own, as in a drill."""

    name: str = "lab"
    root: Path = ROOT
    extra: tuple[Path, ...] = ()

    @classmethod
    def chosen(cls, name: str | None = None, root: Path = ROOT) -> Environment:
        """Takes the argument, else ESTATE_ENVIRONMENT, else the lab; refuses one without an inventory."""
        picked = name or os.environ.get("ESTATE_ENVIRONMENT") or "lab"
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

    def groups(self) -> dict[str, list[str]]:
        """Reads groups and their hosts, children resolved, overlays included; `all` holds everyone.

        Hosts of `drill_targets` exist only while a drill runs: they count when an overlay names them.
        """
        merged = _groups(self.inventory / "hosts.yml")
        absent = set(merged.get("drill_targets", ()))
        merged = {name: [host for host in hosts if host not in absent] for name, hosts in merged.items()}
        for path in self.extra:
            for name, hosts in _groups(path).items():
                _add(merged.setdefault(name, []), hosts)
        return merged

    def refuse_when_down(self) -> None:
        """Raises when the hosts cannot be there, without sending a packet to any of them."""
        if not self.ssh_config.is_file():
            raise RefusedError(
                f"environment {self.name!r} is not up: {_shown(self.ssh_config, self.root)} is missing. "
                + (
                    "Start it with: estate lab up"
                    if self.name == "lab"
                    else "Write it: one Host per machine."
                )
            )
        address = self._controller_address()
        if self.name == "lab" and address is not None and not _is_local(address):
            raise RefusedError(
                f"the lab is down: this machine does not hold its address {address}, so none of its hosts "
                "is contacted. Start it with: estate lab up"
            )

    def _controller_address(self) -> str | None:
        path = self.inventory / "group_vars" / "all" / "networks.yml"
        if not path.is_file():
            return None
        controller = (_mapping(path).get("estate_networks") or {}).get("controller") or {}
        address = controller.get("address")
        return str(address) if address else None


def _groups(path: Path) -> dict[str, list[str]]:
    merged: dict[str, list[str]] = {"all": []}
    for name, body in _mapping(path).items():
        _collect(str(name), body or {}, merged)
    return merged


def _collect(name: str, body: dict[str, Any], merged: dict[str, list[str]]) -> list[str]:
    found = [str(host) for host in body.get("hosts") or {}]
    for child, below in (body.get("children") or {}).items():
        found += _collect(str(child), below or {}, merged) or merged.get(str(child), [])
    for group in {name, "all"}:
        _add(merged.setdefault(group, []), found)
    return merged[name]


def _add(group: list[str], hosts: Iterable[str]) -> None:
    group.extend(host for host in dict.fromkeys(hosts) if host not in group)


def _mapping(path: Path) -> dict[str, Any]:
    try:
        loaded = YAML(typ="safe").load(path)
    except FileNotFoundError:
        raise RefusedError(f"{path}: asked to read an inventory, but there is no such file") from None
    except YAMLError as error:
        raise RefusedError(f"{path}: not valid YAML: {error}") from None
    if not isinstance(loaded, dict):
        raise RefusedError(f"{path}: expected groups (a mapping), found {type(loaded).__name__}")
    return loaded


def _is_local(address: str) -> bool:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.bind((address, 0))
        except OSError:
            return False
    return True


def _shown(path: Path, root: Path) -> str:
    return str(path.relative_to(root)) if path.is_relative_to(root) else str(path)
