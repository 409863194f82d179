"""Files are compared, written aside and renamed, and digested the same way in every module of the estate.

Runs on the managed hosts (Python >= 3.11, standard library only), packed into a module by Ansible.
"""

from __future__ import annotations

import grp
import hashlib
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


def user_name(number: int) -> str:
    """Gives the name of a user, or the number itself where the host has no such user."""
    try:
        return pwd.getpwuid(number).pw_name
    except KeyError:
        return str(number)


def group_name(number: int) -> str:
    """Gives the name of a group, or the number itself where the host has no such group."""
    try:
        return grp.getgrgid(number).gr_name
    except KeyError:
        return str(number)


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


def digest(path: str) -> str:
    """Gives one digest of the names, contents and last change of a file or a whole directory; `absent` when missing.

    The last change (ctime) is part of it: a file that was altered by hand, taken up by its service and put right
    again has its old content, but the service does not run it.
    """
    summary = hashlib.sha256()
    if not os.path.lexists(path):
        return "absent"
    for place in _below(path):
        content = b"link " + os.fsencode(place.readlink()) if place.is_symlink() else b"file "
        if place.is_file():  # through a link: what its reader gets counts too
            content += (
                f"{place.stat().st_ctime_ns} {place.lstat().st_ctime_ns} ".encode() + place.read_bytes()
            )
        name = os.fsencode(os.path.relpath(place, path))
        summary.update(name + b"\0" + hashlib.sha256(content).digest())
    return summary.hexdigest()


def _below(path: str) -> list[Path]:
    """Lists the file itself, or every file below a directory, in a fixed order."""
    place = Path(path)
    if not place.is_dir():
        return [place]
    return sorted(below for below in place.rglob("*") if below.is_symlink() or not below.is_dir())


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
