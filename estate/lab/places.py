"""Knows where the lab keeps things: the cache of the user, the state of the checkout, the facts of the machine."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from estate.records.files import write_text

MACHINE_STATE = Path("/run/estate-lab")
CHECKOUT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True)
class Places:
    """Names every file and folder of the lab of one checkout."""

    checkout: Path
    cache: Path

    @property
    def inventory(self) -> Path:
        """The declared lab."""
        return self.checkout / "inventories" / "lab"

    @property
    def subjects(self) -> Path:
        """The declared subjects, one file each."""
        return self.inventory / "group_vars" / "all"

    @property
    def state(self) -> Path:
        """What belongs to this checkout alone and never to git: keys, passwords, escrow."""
        return self.checkout / "var" / "lab"

    @property
    def ssh(self) -> Path:
        """The client side of access: key, known hosts, configuration."""
        return self.state / "ssh"

    @property
    def signing(self) -> Path:
        """The key by which the administrator of the lab signs commits; the public half beside it."""
        return self.state / "signing" / "id_ed25519"

    def packages(self, release: str) -> Path:
        """The package repository that every lab host of a release sees as /srv/packages."""
        return self.cache / f"packages-{release}"

    def host(self, name: str) -> Path:
        """What one host is given at its first start; mounted read-only into it."""
        return self.state / "hosts" / name


def locate(checkout: Path = CHECKOUT, environment: Mapping[str, str] = os.environ) -> Places:
    """Returns the places of a checkout; ESTATE_CACHE and XDG_CACHE_HOME move the cache."""
    if chosen := environment.get("ESTATE_CACHE"):
        return Places(checkout, Path(chosen))
    caches = environment.get("XDG_CACHE_HOME") or str(Path(environment.get("HOME", "/root")) / ".cache")
    return Places(checkout, Path(caches) / "municipal-estate")


def settle(path: Path, text: str, mode: int = 0o644) -> bool:
    """Makes a file say `text` with this mode, whole or not at all; False when it already did."""
    if path.is_file() and path.read_text() == text and path.stat().st_mode & 0o777 == mode:
        return False
    write_text(path, text, mode)
    return True
