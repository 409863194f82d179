"""What a host is to hold at one path is compared with what it holds, and landed.

Runs on the managed hosts (Python >= 3.11, standard library only), packed into a module by Ansible.
"""

from __future__ import annotations

import base64
import json
import os
import stat
import zlib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ansible.module_utils.landing import (
    HIDDEN,
    RefusedError,
    group_id,
    link_aside,
    make_directories,
    user_id,
    write_aside,
)
from ansible.module_utils.names import group_name, user_name


@dataclass(frozen=True)
class Wanted:
    """One thing a host is to hold. kind: file (content), link (target), directory, absent."""

    kind: str
    path: str
    owner: str = "root"
    group: str = "root"
    mode: str = "0644"
    dir_mode: str = "0755"
    content: str = ""
    target: str = ""
    sensitive: bool = False

    @property
    def data(self) -> bytes:
        """The bytes of a file."""
        return base64.b64decode(self.content)


@dataclass(frozen=True)
class Change:
    """One difference between the host and what is wanted."""

    wanted: Wanted
    action: str
    before: str
    after: str
    rewrite: bool = True


def unpack(tree: str) -> list[Wanted]:
    """Gives the wanted things the action plugin packed (JSON, deflated, base64)."""
    return [Wanted(**entry) for entry in json.loads(zlib.decompress(base64.b64decode(tree)))]


def pack(entries: list[dict[str, Any]]) -> str:
    """Packs wanted things for `unpack`."""
    return base64.b64encode(zlib.compress(json.dumps(entries).encode())).decode()


def text_of(content: bytes) -> str:
    """Gives content as text, or its size where it is not text."""
    try:
        return content.decode()
    except UnicodeDecodeError:
        return f"(binary, {len(content)} bytes)\n"


def _attributes(status: os.stat_result) -> tuple[int, int, int]:
    return status.st_uid, status.st_gid, stat.S_IMODE(status.st_mode)


def _described(status: os.stat_result) -> str:
    owner, group = user_name(status.st_uid), group_name(status.st_gid)
    return f"(owner {owner}, group {group}, mode {stat.S_IMODE(status.st_mode):04o})\n"


def _declared(wanted: Wanted) -> str:
    return f"(owner {wanted.owner}, group {wanted.group}, mode {int(wanted.mode, 8):04o})\n"


def compare(wanted: Wanted) -> Change | None:
    """Gives the change that makes the host as wanted, or None when it already is."""
    status = os.lstat(wanted.path) if os.path.lexists(wanted.path) else None
    if wanted.kind == "absent":
        return _compare_absent(wanted, status)
    if wanted.kind == "link":
        now = str(Path(wanted.path).readlink()) if status and stat.S_ISLNK(status.st_mode) else None
        if now == wanted.target:
            return None
        return Change(
            wanted, "update" if status else "create", f"-> {now}\n" if now else "", f"-> {wanted.target}\n"
        )
    if wanted.kind == "directory":
        return _compare_directory(wanted)
    return _compare_file(wanted, status)


def _compare_absent(wanted: Wanted, status: os.stat_result | None) -> Change | None:
    if status is None:
        return None
    if stat.S_ISDIR(status.st_mode):
        if any(Path(wanted.path).iterdir()):
            raise RefusedError(
                f"{wanted.path} is to be absent but is a directory with content. Remove what is in it by "
                "hand, or name its files one by one."
            )
        return Change(wanted, "delete", "(empty directory)\n", "")
    before = (
        text_of(Path(wanted.path).read_bytes()) if stat.S_ISREG(status.st_mode) else "(not a plain file)\n"
    )
    return Change(wanted, "delete", HIDDEN if wanted.sensitive else before, "")


def _compare_directory(wanted: Wanted) -> Change | None:
    should = (user_id(wanted.owner), group_id(wanted.group), int(wanted.mode, 8))
    after = _declared(wanted)
    if not os.path.lexists(wanted.path):
        return Change(wanted, "create", "", after)
    if not Path(wanted.path).is_dir():
        raise RefusedError(f"{wanted.path} is to be a directory but is something else. Move it away by hand.")
    status = Path(wanted.path).stat()
    return None if _attributes(status) == should else Change(wanted, "update", _described(status), after)


def _compare_file(wanted: Wanted, status: os.stat_result | None) -> Change | None:
    content = wanted.data
    after = HIDDEN if wanted.sensitive else text_of(content)
    if status is None:
        return Change(wanted, "create", "", after)
    if stat.S_ISDIR(status.st_mode):
        raise RefusedError(f"{wanted.path} is to be a file but is a directory. Move it away by hand.")
    should = (user_id(wanted.owner), group_id(wanted.group), int(wanted.mode, 8))
    plain = stat.S_ISREG(status.st_mode)
    now = Path(wanted.path).read_bytes() if plain else b""
    same_content, same_attributes = plain and now == content, _attributes(status) == should
    if same_content and same_attributes:
        return None
    before = HIDDEN if wanted.sensitive else (text_of(now) if plain else "(not a plain file)\n")
    if wanted.sensitive and not same_content:
        after = "(sensitive content differs and is not shown)\n"
    if not same_attributes:
        before = _described(status) + before
        after = _declared(wanted) + after
    return Change(wanted, "update", before, after, rewrite=not same_content)


def owner_of(wanted: Wanted) -> tuple[int, int]:
    """Gives the numbers of owner and group, or refuses with the name that the host does not know."""
    uid, gid = user_id(wanted.owner), group_id(wanted.group)
    for kind, name, number in (("user", wanted.owner, uid), ("group", wanted.group, gid)):
        if number is None:
            raise RefusedError(
                f"{wanted.path} is to belong to the {kind} {name}, which this host does not have. Nothing "
                f"was changed. Declare the {kind} with `accounts` or install its package in an earlier task."
            )
    return int(uid or 0), int(gid or 0)


def land(change: Change) -> None:
    """Carries one change out; each file is whole at every moment."""
    wanted = change.wanted
    if change.action == "delete":
        Path(wanted.path).rmdir() if Path(wanted.path).is_dir() else Path(wanted.path).unlink()
        return
    make_directories(str(Path(wanted.path).parent), int(wanted.dir_mode, 8))
    if wanted.kind == "link":
        link_aside(wanted.path, wanted.target)
        return
    uid, gid = owner_of(wanted)
    if wanted.kind == "file" and change.rewrite:
        write_aside(wanted.path, wanted.data, int(wanted.mode, 8), uid, gid)
        return
    if wanted.kind == "directory":
        make_directories(wanted.path, int(wanted.mode, 8))
    os.chown(wanted.path, uid, gid)
    Path(wanted.path).chmod(int(wanted.mode, 8))
