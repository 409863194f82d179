"""Digests of what lies at a path: one that says whether it was touched, one that gives its content away to nobody.

Runs on the managed hosts (Python >= 3.11, standard library only): packed into a module by Ansible, and sent to the
host by `estate drift`, so that both see the same.
"""

from __future__ import annotations

import hashlib
import json
import os
from pathlib import Path

APPLIED = "/var/lib/estate/applied"
KEY = "/var/lib/estate/receipt.key"
"""The key of this host's keyed digests; it is made here, readable for root alone, and never leaves the host."""


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


def recorded(name: str, applied: str) -> dict[str, str]:
    """Gives the digests of what a service last took up, by path."""
    try:
        record = json.loads(Path(f"{applied}/{name}").read_text(encoding="utf-8"))
    except (FileNotFoundError, ValueError):  # a damaged record means: unknown, so take up once more
        return {}
    return {str(key): str(value) for key, value in record.items()} if isinstance(record, dict) else {}


def keyed(key: bytes, content: bytes) -> str:
    """Gives a digest of content that says nothing of it, not even of a guessed one, to who has not the host's key."""
    return hashlib.blake2b(content, key=key, digest_size=16).hexdigest()


def key_name(key: bytes) -> str:
    """Names a key without giving it away, so that a replaced key shows as that and not as many changed files."""
    return keyed(key, b"name of this key")


def host_key(path: str | None = None) -> bytes:
    """Gives the key of this host; it is made on first use. Raises OSError when it can be neither read nor made."""
    place = Path(path or KEY)
    try:
        return place.read_bytes()
    except FileNotFoundError:
        place.parent.mkdir(mode=0o755, parents=True, exist_ok=True)
    aside = place.with_name(f"{place.name}.{os.getpid()}")
    descriptor = os.open(aside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as stream:
        stream.write(os.urandom(32))
        os.fsync(stream.fileno())
    try:
        os.link(aside, place)  # who comes first wins; nobody replaces a key that is there
    except FileExistsError:
        pass
    finally:
        aside.unlink()
    return place.read_bytes()
