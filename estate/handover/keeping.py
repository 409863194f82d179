"""Writes files that are readable for their owner alone, whole or not at all."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

ASIDE = ".aside"
"""How the name of what is written before a change ends; it gets its own name after it."""


def write(path: Path, content: bytes) -> None:
    """Replaces a file in one step: written aside, synced, renamed; its folder is closed to others."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    path.parent.chmod(0o700)
    handle, draft = tempfile.mkstemp(prefix=".", suffix=".draft", dir=path.parent)
    try:
        with os.fdopen(handle, "wb") as stream:
            stream.write(content)
            stream.flush()
            os.fsync(stream.fileno())
        Path(draft).replace(path)
    except BaseException:
        Path(draft).unlink(missing_ok=True)
        raise
