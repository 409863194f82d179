"""Lists what a backup has to contain, file by file with SHA-256, and compares a restored tree with it."""

from __future__ import annotations

import fnmatch
import hashlib
import json
import os
import stat
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

SETTLED_NS = 2_000_000_000
"""A file changed less than this before the last list is read again: time stamps tell no two writes apart."""

CHANGED_RATIO = 0.1
"""More than this share changed while it was copied is no backup of a moment: the comparison is not equal."""


class ContentError(Exception):
    """Says which path could not be read for the list of contents, or why a list cannot be used."""


@dataclass(frozen=True)
class Entry:
    """Describes one path; `content` is the SHA-256 of a file, the target of a link, else nothing."""

    path: str
    kind: str
    size: int
    mode: int
    uid: int
    gid: int
    mtime_ns: int
    ctime_ns: int
    inode: int
    content: str = ""

    @property
    def stamp(self) -> tuple[int, int, int, int]:
        """Gives what changes whenever the content may have changed."""
        return self.size, self.mtime_ns, self.ctime_ns, self.inode


@dataclass(frozen=True)
class Content:
    """Holds the entries of one job as they were at `made_ns` (Unix time in ns), by path."""

    job: str
    made_ns: int
    entries: Mapping[str, Entry]

    @property
    def files(self) -> int:
        """Counts the regular files."""
        return sum(entry.kind == "file" for entry in self.entries.values())

    @property
    def size(self) -> int:
        """Adds up the bytes of the regular files."""
        return sum(entry.size for entry in self.entries.values() if entry.kind == "file")


@dataclass
class Comparison:
    """Tells what a restored tree lacks or holds differently; names are paths as they were backed up.

    `changed` were written between listing and copying, as the snapshot's own listing proves: nothing is wrong
    with them, but their content cannot be vouched for. `extra` counts paths that the list does not know.
    """

    listed: int = 0
    files: int = 0
    size: int = 0
    missing: list[str] = field(default_factory=list)
    mismatches: list[dict[str, str]] = field(default_factory=list)
    changed: list[str] = field(default_factory=list)
    extra: int = 0

    @property
    def equal(self) -> bool:
        """Holds when nothing is missing, nothing differs and only a small share changed meanwhile."""
        few = len(self.changed) <= max(1, CHANGED_RATIO * self.listed)
        return not self.missing and not self.mismatches and few


def scan(job: str, paths: Sequence[str], exclude: Sequence[str], known: Content | None = None) -> Content:
    """Lists every directory, file and link below `paths`; hashes of files unchanged since `known` are kept.

    `exclude` holds absolute paths (left out with all below) and name patterns without a slash. Raises
    ContentError for a path that exists but cannot be read; what vanishes meanwhile is left out.
    """
    made = time.time_ns()
    trusted = _trusted(known)
    entries: dict[str, Entry] = {}
    for top in paths:
        for path in walk(top, exclude):
            entry = _observed(path, trusted.get(path))
            if entry:
                entries[path] = entry
    return Content(job, made, entries)


def walk(top: str, exclude: Sequence[str]) -> Iterator[str]:
    """Gives `top` and every path below it in a steady order, what is excluded left out."""
    if _excluded(top, exclude):
        return
    yield top
    try:
        children = sorted(os.scandir(top), key=lambda child: child.name)
    except (NotADirectoryError, FileNotFoundError):
        return
    except OSError as error:
        raise ContentError(f"{top} cannot be listed: {error.strerror}") from error
    for child in children:
        if child.is_dir(follow_symlinks=False):
            yield from walk(child.path, exclude)
        elif not _excluded(child.path, exclude):
            yield child.path


def changed_since(content: Content) -> int:
    """Counts the files that were written, renamed or removed after they were listed."""
    count = 0
    for entry in content.entries.values():
        if entry.kind == "file":
            found = _status(entry.path)
            count += found is None or found.stamp != entry.stamp
    return count


def compare(
    content: Content, paths: Sequence[str], target: str, stored: Callable[[], Mapping[str, tuple[int, int]]]
) -> Comparison:
    """Compares the tree restored below `target` with the list, by kind, hash, link, owner and mode.

    `stored` is asked only when something differs: the snapshot's own (size, mtime_ns) of each path.
    """
    result = Comparison(listed=len(content.entries))
    listing: Mapping[str, tuple[int, int]] | None = None
    for entry in content.entries.values():
        found = _observed(_below(target, entry.path), None)
        why = "" if found is None else difference(entry, found)
        if found is not None and not why:
            result.files += entry.kind == "file"
            result.size += entry.size if entry.kind == "file" else 0
            continue
        if listing is None:
            listing = stored()
        if _changed_meanwhile(entry, found, listing.get(entry.path)):
            result.changed.append(entry.path)
        elif found is None:
            result.missing.append(entry.path)
        else:
            result.mismatches.append({"path": entry.path, "why": why})
    present = {path for top in paths for path in walk(_below(target, top), ())}
    result.extra = len(present - {_below(target, path) for path in content.entries})
    return result


def difference(expected: Entry, found: Entry) -> str:
    """Says in words how a restored path differs from what was listed, or gives an empty text."""
    if found.kind != expected.kind:
        return f"is a {found.kind}, was a {expected.kind}"
    if expected.kind == "file" and found.size != expected.size:
        return f"has {found.size} bytes, had {expected.size}"
    if found.content != expected.content:
        return "content differs" if expected.kind == "file" else "points elsewhere"
    if (found.uid, found.gid) != (expected.uid, expected.gid):
        return f"belongs to {found.uid}:{found.gid}, belonged to {expected.uid}:{expected.gid}"
    if expected.kind != "link" and found.mode != expected.mode:
        return f"has mode {found.mode:o}, had {expected.mode:o}"
    return ""


def write(content: Content, path: Path) -> None:
    """Replaces the list in one step: a head line, then one JSON line per entry; readable by root only."""
    head = {"format": 1, "job": content.job, "made_ns": content.made_ns, "entries": len(content.entries)}
    handle, aside = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
    try:
        with os.fdopen(handle, "w", encoding="ascii") as stream:
            stream.write(json.dumps(head) + "\n")
            stream.writelines(json.dumps(asdict(entry)) + "\n" for entry in content.entries.values())
        Path(aside).replace(path)
    except BaseException:
        Path(aside).unlink(missing_ok=True)
        raise


def parse(lines: Iterable[str]) -> Content:
    """Reads a list back; raises ContentError when it is cut short or of another format."""
    source = iter(lines)
    try:
        head: dict[str, Any] = json.loads(next(source, ""))
        entries = [Entry(**json.loads(line)) for line in source]
        if head["format"] != 1 or head["entries"] != len(entries):
            raise ValueError(f"format {head['format']}, {len(entries)} of {head['entries']} entries")
    except (ValueError, TypeError, KeyError) as error:
        raise ContentError(f"the list of contents is damaged: {error}") from error
    return Content(head["job"], head["made_ns"], {entry.path: entry for entry in entries})


def read(path: Path) -> Content | None:
    """Reads the list a former run kept; none, or a damaged one, gives None and everything is hashed anew."""
    try:
        with path.open(encoding="ascii") as stream:
            return parse(stream)
    except (FileNotFoundError, ContentError):
        return None


def _trusted(known: Content | None) -> dict[str, Entry]:
    if known is None:
        return {}
    limit = known.made_ns - SETTLED_NS
    return {
        path: entry
        for path, entry in known.entries.items()
        if entry.kind == "file" and max(entry.mtime_ns, entry.ctime_ns) < limit
    }


def _excluded(path: str, exclude: Sequence[str]) -> bool:
    name = path.rpartition("/")[2]
    return any(path == rule if rule.startswith("/") else fnmatch.fnmatchcase(name, rule) for rule in exclude)


def _below(target: str, path: str) -> str:
    return target.rstrip("/") + path


def _status(path: str) -> Entry | None:
    try:
        found = os.lstat(path)
    except (FileNotFoundError, NotADirectoryError):
        return None
    kinds = {stat.S_IFREG: "file", stat.S_IFDIR: "directory", stat.S_IFLNK: "link"}
    kind = kinds.get(stat.S_IFMT(found.st_mode), "")
    size = found.st_size if kind == "file" else 0
    mode = stat.S_IMODE(found.st_mode)
    times = found.st_mtime_ns, found.st_ctime_ns
    return Entry(path, kind, size, mode, found.st_uid, found.st_gid, *times, found.st_ino) if kind else None


def _observed(path: str, known: Entry | None) -> Entry | None:
    try:
        entry = _status(path)
        if entry is None or entry.kind == "directory":
            return entry
        if entry.kind == "link":
            return _with(entry, str(Path(path).readlink()))
        if known and known.stamp == entry.stamp:
            return _with(entry, known.content)
        with open(path, "rb") as stream:  # noqa: PTH123 - thousands of files: no Path object for each
            return _with(entry, hashlib.file_digest(stream, "sha256").hexdigest())
    except FileNotFoundError:
        return None
    except OSError as error:
        raise ContentError(f"{path} cannot be read: {error.strerror}") from error


def _with(entry: Entry, content: str) -> Entry:
    return Entry(**{**asdict(entry), "content": content})


def _changed_meanwhile(entry: Entry, found: Entry | None, stored: tuple[int, int] | None) -> bool:
    if found is None or stored is None:
        return found is None and stored is None
    written = stored != (entry.size, entry.mtime_ns)
    return entry.kind == "file" and written and stored == (found.size, found.mtime_ns)
