"""Keeps the copies for people in a Git repository of its own: one commit a round, naming the switches that changed."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Mapping
from pathlib import Path

from pyinfra.api.exceptions import PyinfraError

from estate.records import write_text

ENDING = ".cfg"
_SETTINGS = {
    "user.name": "estate",
    "user.email": "estate@localhost",
    "commit.gpgsign": "false",
    "core.autocrlf": "false",
    "core.hooksPath": os.devnull,
    "gc.autoDetach": "false",
}
_NAMED = 3
_LOCKS = ("*.lock", "refs/heads/*.lock")
"""What a git that was killed leaves behind; a round of `estate` holds the lock, so no living git has written them."""


def commit(folder: Path, texts: Mapping[str, str], reason: str = "") -> tuple[str, ...]:
    """Writes the texts of a round and commits them; gives the switches whose text changed, none without a commit.

    What a killed round left uncommitted goes into this commit; half a repository and locks that it left are mended.

    Raises:
        PyinfraError: git is missing or refuses, with its own words.
    """
    folder.mkdir(parents=True, exist_ok=True)
    folder.chmod(0o700)
    for left in [path for pattern in _LOCKS for path in (folder / ".git").glob(pattern)]:
        left.unlink(missing_ok=True)
    _git(folder, "init", "--quiet", "--initial-branch=main")  # mends half a one; a whole one stays as it is
    for name, text in texts.items():
        write_text(folder / f"{name}{ENDING}", text, 0o600)
    _git(folder, "add", "--all")
    changed = tuple(
        line.removesuffix(ENDING)
        for line in _git(folder, "diff", "--cached", "--name-only", "--no-renames").splitlines()
    )
    if changed:
        _git(folder, "commit", "--quiet", "--message", _message(changed, reason))
    return changed


def _message(changed: tuple[str, ...], reason: str) -> str:
    more = f" and {len(changed) - _NAMED} more" if len(changed) > _NAMED else ""
    listed = "\n".join(changed) if more else ""
    subject = f"{', '.join(changed[:_NAMED])}{more}: configuration changed"
    return "\n\n".join(part for part in (subject, listed, reason) if part)


def _git(folder: Path, *arguments: str) -> str:
    settings = [part for key, value in _SETTINGS.items() for part in ("-c", f"{key}={value}")]
    outside = {key: value for key, value in os.environ.items() if not key.startswith("GIT_")}
    bare = {"GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_NOSYSTEM": "1", "LC_ALL": "C.UTF-8"}
    bare["GIT_CEILING_DIRECTORIES"] = str(folder.parent.resolve())  # never the repository around it
    try:
        done = subprocess.run(
            ["git", "-C", str(folder), *settings, *arguments],
            capture_output=True,
            text=True,
            check=False,
            env={**outside, **bare},
        )
    except FileNotFoundError:
        raise PyinfraError(f"{folder}: git is not installed, so nothing is kept for people") from None
    if done.returncode:
        raise PyinfraError(f"{folder}: git {arguments[0]}: {(done.stderr or done.stdout).strip()}")
    return done.stdout
