"""Writes files that are readable for their owner alone, whole or not at all."""

from __future__ import annotations

from pathlib import Path

from estate.records.files import write_bytes

ASIDE = ".aside"
"""How the name of what is written before a change ends; it gets its own name after it."""


def write(path: Path, content: bytes) -> None:
    """Replaces a file in one step; its folder is closed to others."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    path.parent.chmod(0o700)
    write_bytes(path, content, 0o600)
