"""Runs git so that nothing a repository brings is run: no hooks, filters, replaced objects, settings of users."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Mapping
from pathlib import Path

from estate.runs.refused import RefusedError

QUIET = {
    "GIT_CONFIG_GLOBAL": "/dev/null",
    "GIT_CONFIG_SYSTEM": "/dev/null",
    "GIT_NO_REPLACE_OBJECTS": "1",
    "GIT_TERMINAL_PROMPT": "0",
    "LC_ALL": "C",
}
OWN = {name: value for name, value in QUIET.items() if not name.startswith("GIT_CONFIG_")}
"""With the settings of the user: they may say that a checkout of another account is to be read."""
SAFE = (
    "core.hooksPath=/dev/null",
    "core.fsmonitor=false",
    "core.commitGraph=false",
    "protocol.ext.allow=never",
    "core.fsync=all",
)


def git(
    place: Path, *arguments: str, variables: Mapping[str, str] | None = None, given: bytes = b""
) -> subprocess.CompletedProcess[bytes]:
    """Runs one git command in a repository (bare, or a work tree) and gives how it ended; raises nothing of git's own.

    `GIT_*` of whoever called are not taken over: in a hook they name another repository.
    """
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
    options = [part for each in SAFE for part in ("-c", each)]
    try:
        return subprocess.run(
            ["git", "-C", str(place), *options, *arguments],
            env={**inherited, **(QUIET if variables is None else variables)},
            input=given,
            capture_output=True,
            check=False,
        )
    except FileNotFoundError:
        raise RefusedError("git is not installed (Debian: git)") from None


def asked(
    place: Path, *arguments: str, variables: Mapping[str, str] | None = None, given: bytes = b""
) -> str:
    """Gives what git answers as text; raises RefusedError with git's own words."""
    done = git(place, *arguments, variables=variables, given=given)
    if done.returncode != 0:
        told = done.stderr.decode(errors="replace").strip()
        raise RefusedError(f"git {arguments[0]} in {place}: {told or done.returncode}")
    return done.stdout.decode(errors="replace").strip()


def contains(place: Path, older: str, newer: str, variables: Mapping[str, str] | None = None) -> bool:
    """Tells whether `newer` is `older` or comes after it; a commit that is not here is contained in nothing."""
    return git(place, "merge-base", "--is-ancestor", older, newer, variables=variables).returncode == 0


def holds(place: Path, commit: str) -> bool:
    """Tells whether a commit is in this repository; what reads like an option of git names none."""
    return not commit.startswith("-") and git(place, "cat-file", "-e", f"{commit}^{{commit}}").returncode == 0


def sequence(place: Path, commit: str, variables: Mapping[str, str] | None = None) -> int:
    """Gives how many commits lead to this one, itself included: a later one of the same history has more."""
    return int(asked(place, "rev-list", "--count", commit, variables=variables))
