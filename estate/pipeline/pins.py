"""Tells which packages a commit pins that this Python does not have so: the program would run with others."""

from __future__ import annotations

import re
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from packaging.requirements import Requirement

from estate.runs.refused import RefusedError

FILE = "requirements.txt"
SHOWN = 5


def differing(text: str) -> list[str]:
    """Names each package pinned for this Python in another version than is installed, as `name 2.0, here 1.0`."""
    entries = [line.rstrip("\\ ") for line in text.splitlines() if re.match(r"[A-Za-z0-9]", line)]
    pinned = [one for one in map(Requirement, entries) if one.marker is None or one.marker.evaluate()]
    return [
        f"{one.name} {str(one.specifier).removeprefix('==')}, here {_here(one.name)}"
        for one in pinned
        if not one.specifier.contains(_here(one.name), prereleases=True)
    ]


def refuse_other(root: Path) -> None:
    """Raises RefusedError, with the command that installs them, when the checkout pins other packages than run here."""
    path = root / FILE
    found = differing(path.read_text(encoding="utf-8")) if path.exists() else []
    if not found:
        return
    more = f"; and {len(found) - SHOWN} more" if len(found) > SHOWN else ""
    linked = (root / ".venv").is_symlink()  # by the role gitops_controller: one for each set
    command = "/usr/bin/python3 -B -m exporters.gitops_environment" if linked else "scripts/bootstrap"
    raise RefusedError(
        f"{FILE} of this commit pins other packages than are installed: {'; '.join(found[:SHOWN])}{more}. "
        f"Run `{command}` in {root}, then the pipeline again"
    )


def _here(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return "none"
