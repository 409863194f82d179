"""Finds secrets written in clear text into files that everybody reads."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from estate.declared.mistakes import Place
from estate.declared.reading import Reading, content_of

_SECRET_KEY = re.compile(r"(?:.*_)?(password|passwd|passphrase|ssh_pass|secret|token|private_key)")


def vault(directory: Path, file: str) -> Reading:
    """Notes a mistake when a vault is not encrypted; no more is asked of it."""
    reading = Reading(file)
    content = content_of(directory, reading)
    if content is not None and not content.startswith(b"$ANSIBLE_VAULT;"):
        reading.say((), "the vault is not encrypted", f"run ansible-vault encrypt {directory / file}")
    return reading


def look(reading: Reading, value: Any, place: Place = ()) -> None:
    """Notes a mistake for every key named like a secret whose value is written out."""
    if isinstance(value, dict):
        for key, inner in value.items():
            if _SECRET_KEY.fullmatch(key) and isinstance(inner, str) and inner and "{{" not in inner:
                reading.say(
                    (*place, key),
                    "a secret stands here in clear text",
                    "move it to vault.yml and refer to it",
                )
            look(reading, inner, (*place, key))
    elif isinstance(value, tuple):
        for i, inner in enumerate(value):
            look(reading, inner, (*place, i))
