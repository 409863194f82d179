"""Reads who may do what in the shared folders from the kernel's own lists, and finds where that differs.

The record (/etc/estate/shares.json) holds, per folder, the entries its list must have, written as getfacl writes them.
Everything below a folder inherits them, so one rule judges the whole tree; links are not followed. Standard library
only: it also runs on hosts on which nothing else of this house lies yet.
"""

from __future__ import annotations

import errno
import grp
import os
import pwd
import stat
import struct
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

ACCESS = "system.posix_acl_access"
DEFAULT = "system.posix_acl_default"
BIN = ".geri-donusum"
BIN_MODE = 0o1770
OWNER = 0
"""Everything belongs to root: who owns a file may change its rights."""
SHOWN = 200
"""So many paths are named per folder; beyond that they are only counted."""

_KINDS = {0x01: "user:", 0x02: "user", 0x04: "group:", 0x08: "group", 0x10: "mask:", 0x20: "other:"}
_TAGS = {"user": (0x01, 0x02), "group": (0x04, 0x08), "mask": (0x10, 0x10), "other": (0x20, 0x20)}
_NOBODY = 0xFFFFFFFF
Lines = tuple[str, ...]


class UnknownNameError(Exception):
    """Says which group or user this host does not know."""


@dataclass
class Survey:
    """States what a folder holds: its own two lists, bytes in use, and every path that differs from what it must be.

    `drift` counts entries too many or too few in the whole tree; `paths` names the first places with those entries,
    `more` counts the places beyond.
    """

    exists: bool = False
    access: Lines = ()
    default: Lines = ()
    used_bytes: int = 0
    files: int = 0
    drift: int = 0
    paths: dict[str, Lines] = field(default_factory=dict)
    more: int = 0


def permissions(digits: int) -> str:
    """Writes three bits as getfacl does."""
    return "".join(letter if digits & bit else "-" for letter, bit in (("r", 4), ("w", 2), ("x", 1)))


@lru_cache(maxsize=4096)
def name_of(kind: str, number: int) -> str:
    """Gives the name of a user or group, or #number when nobody knows it any more."""
    try:
        return pwd.getpwuid(number).pw_name if kind == "user" else grp.getgrgid(number).gr_name
    except KeyError:
        return f"#{number}"


def number_of(kind: str, name: str) -> int:
    """Gives the number of a user or group; raises UnknownNameError."""
    if name.startswith("#"):
        return int(name[1:])
    try:
        return pwd.getpwnam(name).pw_uid if kind == "user" else grp.getgrnam(name).gr_gid
    except KeyError:
        raise UnknownNameError(f"{kind} {name} is not known to this host") from None


@lru_cache(maxsize=4096)
def unpack(raw: bytes) -> Lines:
    """Reads a list as the kernel keeps it."""
    lines = []
    for tag, bits, number in struct.iter_unpack("<HHI", raw[4:]):
        kind = _KINDS[tag]
        middle = kind if kind.endswith(":") else f"{kind}:{name_of(kind, number)}"
        lines.append(f"{middle}:{permissions(bits)}")
    return tuple(lines)


def pack(lines: Sequence[str]) -> bytes:
    """Writes a list as the kernel wants it: in its order, names as numbers."""
    rows = []
    for line in lines:
        kind, name, letters = line.split(":")
        own, named = _TAGS[kind]
        bits = sum(bit for letter, bit in zip(letters, (4, 2, 1), strict=True) if letter != "-")
        rows.append((named if name else own, bits, number_of(kind, name) if name else _NOBODY))
    rows.sort(key=lambda row: (row[0], row[2]))
    return struct.pack("<I", 2) + b"".join(struct.pack("<HHI", *row) for row in rows)


def read(path: str, which: str) -> Lines:
    """Gives a list of a path; without one of its own, what its mode says (access) or nothing (default)."""
    try:
        return unpack(os.getxattr(path, which, follow_symlinks=False))
    except OSError as error:
        if error.errno not in (errno.ENODATA, errno.ENOTSUP):
            raise
    if which == DEFAULT:
        return ()
    mode = os.lstat(path).st_mode
    return (
        f"user::{permissions(mode >> 6)}",
        f"group::{permissions(mode >> 3)}",
        f"other::{permissions(mode)}",
    )


@lru_cache(maxsize=4096)
def meant(lines: Lines, file: bool) -> frozenset[str]:
    """Gives what a list grants to others than the owner: named entries, group and other, cut by the mask.

    The right to execute a file opens nothing here, so it is left out for files.
    """
    rights = {line.rpartition(":")[0]: line.rpartition(":")[2] for line in lines}
    mask = rights.get("mask:", "rwx")
    found = set[str]()
    for who, letters in rights.items():
        cut = "".join(a if a == b else "-" for a, b in zip(letters, mask, strict=True))
        shown = letters if who == "other:" else cut
        shown = shown[:2] + "-" if file else shown
        if who not in ("user:", "mask:") and shown != "---":
            found.add(f"{who}:{shown}")
    return frozenset(found)


def survey(folder: str, access: Sequence[str], default: Sequence[str]) -> Survey:
    """Looks at a whole folder: what its own lists say, what it uses, what in it differs."""
    found = Survey()
    if not os.path.isdir(folder) or os.path.islink(folder):  # noqa: PTH112, PTH114 - plain text is faster
        return found
    found.exists = True
    found.access, found.default = read(folder, ACCESS), read(folder, DEFAULT)
    own, inherited = meant(tuple(access), False), meant(tuple(default), False)
    _note(found, ".", deviations(folder, os.lstat(folder), own, inherited))
    for path, status in below(folder):
        found.used_bytes += status.st_blocks * 512
        found.files += 1
        inside = os.path.relpath(path, folder)
        file = not stat.S_ISDIR(status.st_mode)
        try:
            if inside == BIN or inside.startswith(f"{BIN}/"):
                _note(found, inside, excess(path, status, inherited))
            else:
                _note(found, inside, deviations(path, status, meant(tuple(default), file), inherited))
        except FileNotFoundError:
            continue  # a person deleted it since its folder was listed
    return found


def _note(found: Survey, inside: str, lines: Lines) -> None:
    found.drift += len(lines)
    if lines and len(found.paths) < SHOWN:
        found.paths[inside] = lines
    elif lines:
        found.more += 1


def below(folder: str) -> Iterator[tuple[str, os.stat_result]]:
    """Yields every folder and file below one, each once, links left out; what vanishes meanwhile is no error."""
    waiting, seen = [folder], set[tuple[int, int]]()
    while waiting:
        with os.scandir(waiting.pop()) as entries:
            for entry in sorted(entries, key=lambda one: one.name):
                try:
                    status = entry.stat(follow_symlinks=False)
                except FileNotFoundError:
                    continue
                if stat.S_ISLNK(status.st_mode) or (status.st_dev, status.st_ino) in seen:
                    continue
                if status.st_nlink > 1 and not stat.S_ISDIR(status.st_mode):
                    seen.add((status.st_dev, status.st_ino))
                yield entry.path, status
                if stat.S_ISDIR(status.st_mode):
                    waiting.append(entry.path)


def deviations(path: str, status: os.stat_result, wanted: frozenset[str], inherited: frozenset[str]) -> Lines:
    """Names what a path grants too much (+) or too little (-), and an owner who could change that himself."""
    file = not stat.S_ISDIR(status.st_mode)
    lines = compared(meant(read(path, ACCESS), file), wanted)
    if not file:
        lines += compared(meant(read(path, DEFAULT), False), inherited, "default:")
    return lines + (() if status.st_uid == OWNER else (f"+owner:{name_of('user', status.st_uid)}",))


def excess(path: str, status: os.stat_result, wanted: frozenset[str]) -> Lines:
    """Names what a path of the recycle bin grants beyond the folder's own rights; there a person may hold less."""
    held = {
        line.rpartition(":")[0]: line for line in meant(read(path, ACCESS), not stat.S_ISDIR(status.st_mode))
    }
    known = {line.rpartition(":")[0] for line in wanted}
    return tuple(f"+{line}" for who, line in sorted(held.items()) if who not in known)


def compared(held: frozenset[str], wanted: frozenset[str], prefix: str = "") -> Lines:
    """Names the lines that only one side has."""
    return tuple(f"-{prefix}{line}" for line in sorted(wanted - held)) + tuple(
        f"+{prefix}{line}" for line in sorted(held - wanted)
    )


def survey_all(root: str, shares: Mapping[str, Mapping[str, Any]]) -> dict[str, Survey]:
    """Looks at every recorded folder below `root`."""
    return {
        name: survey(os.path.join(root, name), share["access"], share["default"])  # noqa: PTH118 - plain text
        for name, share in shares.items()
    }
