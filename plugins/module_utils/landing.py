"""Files are compared, written aside and renamed, and digested the same way in every module of the estate.

Runs on the managed hosts (Python >= 3.11, standard library only), packed into a module by Ansible.
"""

from __future__ import annotations

import grp
import os
import pwd
import tempfile
from pathlib import Path
from typing import Any

HIDDEN = "(content is sensitive and not shown)\n"


class RefusedError(Exception):
    """Carries a message that says what was asked, what was found and what to do."""


def user_id(name: str) -> int | None:
    """Gives the number of a user, or None where the host does not have it (yet)."""
    try:
        return pwd.getpwnam(name).pw_uid
    except KeyError:
        return None


def group_id(name: str) -> int | None:
    """Gives the number of a group, or None where the host does not have it (yet)."""
    try:
        return grp.getgrnam(name).gr_gid
    except KeyError:
        return None


def write_aside(path: str, content: bytes, mode: int, uid: int, gid: int) -> None:
    """Puts content at path under a new inode: a reader sees the old file or the new one, never a half."""
    descriptor, aside = tempfile.mkstemp(prefix=f".{Path(path).name}.", dir=str(Path(path).parent))
    try:
        with os.fdopen(descriptor, "wb") as stream:
            os.fchown(stream.fileno(), uid, gid)
            os.fchmod(stream.fileno(), mode)
            stream.write(content)
            stream.flush()
            os.fsync(stream.fileno())
        Path(aside).rename(path)
    except BaseException:
        Path(aside).unlink(missing_ok=True)
        raise


def link_aside(path: str, target: str) -> None:
    """Puts a symbolic link at path in one step, over a file or link that is there."""
    aside = Path(path).parent / f".{Path(path).name}.link-{os.getpid()}"
    try:
        aside.symlink_to(target)
        aside.rename(path)
    except BaseException:
        aside.unlink(missing_ok=True)
        raise


def make_directories(path: str, mode: int) -> None:
    """Makes path and the directories above it that are missing, each with mode; leaves those that exist."""
    missing: list[Path] = []
    place = Path(path)
    while not place.exists():
        missing.append(place)
        place = place.parent
    for directory in reversed(missing):
        directory.mkdir()
        directory.chmod(mode)


def remember_paths(predicted: dict[str, Any], paths: list[str]) -> dict[str, Any]:
    """Adds paths that this check run would change to what earlier tasks of the run predicted."""
    moment = _last(predicted) + 1
    return {
        "paths": {**predicted.get("paths", {}), **dict.fromkeys(paths, moment)},
        "services": dict(predicted.get("services", {})),
    }


def remember_service(predicted: dict[str, Any], name: str) -> dict[str, Any]:
    """Adds that this check run would have made a service take up everything predicted so far."""
    return {
        "paths": dict(predicted.get("paths", {})),
        "services": {**predicted.get("services", {}), name: _last(predicted) + 1},
    }


def pending_paths(predicted: dict[str, Any], name: str) -> list[str]:
    """Lists the paths this check run would change and the service would not have taken up yet."""
    taken = predicted.get("services", {}).get(name, 0)
    return sorted(path for path, moment in predicted.get("paths", {}).items() if moment > taken)


def _last(predicted: dict[str, Any]) -> int:
    moments = [*predicted.get("paths", {}).values(), *predicted.get("services", {}).values()]
    return max(moments, default=0)
