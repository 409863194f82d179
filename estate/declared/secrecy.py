"""Finds secrets written in clear text into files that everybody reads."""

from __future__ import annotations

import re
from collections.abc import Container
from pathlib import Path
from typing import Any

from estate.declared.mistakes import Mistake, Place
from estate.declared.reading import Reading, read

_SECRET_KEY = re.compile(r"(?:.*_)?(password|passwd|passphrase|ssh_pass|secret|token|private_key)")


def mistakes_in(directory: Path, passing: Container[str]) -> list[Mistake]:
    """Gives a mistake for every key named like a secret whose value is written out.

    Files in `passing` are not looked into (subjects have no such keys); vault.yml must be encrypted, no more is asked.
    """
    found: list[Mistake] = []
    for path in sorted((directory / "group_vars").rglob("*.yml")):
        file = path.relative_to(directory).as_posix()
        if file in passing:
            continue
        if path.name == "vault.yml":
            if not path.read_bytes().startswith(b"$ANSIBLE_VAULT;"):
                found.append(
                    Mistake(file, 1, "", "the vault is not encrypted", f"run ansible-vault encrypt {path}")
                )
            continue
        reading = read(directory, file)
        reading.mistakes.clear()  # how Ansible's own files are written is not judged here
        _look(reading.value, (), reading)
        found += reading.mistakes
    return found


def _look(value: Any, place: Place, reading: Reading) -> None:
    if isinstance(value, dict):
        for key, inner in value.items():
            if _SECRET_KEY.fullmatch(key) and isinstance(inner, str) and inner and "{{" not in inner:
                reading.say(
                    (*place, key),
                    "a secret stands here in clear text",
                    "move it to vault.yml and refer to it",
                )
            _look(inner, (*place, key), reading)
    elif isinstance(value, tuple):
        for i, inner in enumerate(value):
            _look(inner, (*place, i), reading)
