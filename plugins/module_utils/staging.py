"""Checkers see a whole staged tree before a file of it lands.

Runs on the managed hosts (Python >= 3.11, standard library only), packed into a module by Ansible.
"""

from __future__ import annotations

import re
import shlex
import shutil
import subprocess
import tempfile
from pathlib import Path
from typing import Any

from ansible.module_utils.landing import RefusedError, group_id, make_directories, user_id, write_aside
from ansible.module_utils.wanted import Wanted, text_of


def stage(tree: list[Wanted], place: str) -> None:
    """Lays the whole tree below place, changed or not, for the checkers."""
    for wanted in tree:
        path = place + wanted.path
        if wanted.kind == "file":
            make_directories(str(Path(path).parent), 0o755)
            uid, gid = user_id(wanted.owner), group_id(wanted.group)
            write_aside(path, wanted.data, int(wanted.mode, 8), uid or 0, gid or 0)
        elif wanted.kind == "directory":
            make_directories(path, 0o755)
        elif wanted.kind == "link":
            make_directories(str(Path(path).parent), 0o755)
            Path(path).symlink_to(wanted.target)


def check(tree: list[Wanted], validate: list[dict[str, Any]], check_mode: bool) -> list[str]:
    """Runs the checkers on the staged tree; refuses with a checker's own words. Gives the ones not run."""
    skipped: list[str] = []
    place = tempfile.mkdtemp(prefix="estate-stage-")
    try:
        stage(tree, place)
        for rule in validate:
            argv = [word.replace("%(stage)s", place) for word in shlex.split(rule["command"])]
            if check_mode and (not rule.get("check_mode", True) or shutil.which(argv[0]) is None):
                skipped.append(rule["command"])
                continue
            _run_checker(argv, rule["command"], place, tree)
    finally:
        shutil.rmtree(place, ignore_errors=True)
    return skipped


def _run_checker(argv: list[str], command: str, place: str, tree: list[Wanted]) -> None:
    try:
        done = subprocess.run(
            argv, capture_output=True, text=True, errors="replace", timeout=300, check=False
        )
    except FileNotFoundError:
        raise RefusedError(
            f"The checker {argv[0]} is not on this host, so nothing was changed. "
            "Install its package in an earlier task."
        ) from None
    except subprocess.TimeoutExpired:
        raise RefusedError(
            f"The checker `{command}` gave no answer in 300 s, so nothing was changed."
        ) from None
    if done.returncode:
        said = redacted((done.stdout + done.stderr).replace(place, "").strip(), tree) or "(it said nothing)"
        raise RefusedError(
            f"The checker `{command}` refused the new files (exit {done.returncode}). Nothing was changed; "
            f"the service keeps its old configuration. It said:\n{said}\n"
            "Correct the template or the variable it names."
        )


def redacted(text: str, tree: list[Wanted]) -> str:
    """Gives text without any word of eight or more letters that stands in a sensitive file."""
    for wanted in tree:
        if wanted.sensitive and wanted.kind == "file":
            words = set(re.split(r"[\s=:,;\"'{}]+", text_of(wanted.data)))
            for word in sorted((word for word in words if len(word) >= 8), key=len, reverse=True):
                text = text.replace(word, "(sensitive)")
    return text
