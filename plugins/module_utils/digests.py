"""Digests of what lies at a path: one that says whether it was touched, one that gives its content away to nobody.

Runs on the managed hosts (Python >= 3.11, standard library only): packed into a module by Ansible, and sent to the
host by `estate drift`, so that both see the same. A look is shorter than reading pathlib, so this does without.
"""
# ruff: noqa: PTH103, PTH108, PTH112, PTH113, PTH114, PTH115, PTH116, PTH118, PTH120, PTH123

from __future__ import annotations

import hashlib
import json
import os

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
        content = b"link " + os.fsencode(os.readlink(place)) if os.path.islink(place) else b"file "
        if os.path.isfile(place):  # through a link: what its reader gets counts too
            changed = f"{os.stat(place).st_ctime_ns} {os.lstat(place).st_ctime_ns} "
            content += changed.encode() + content_of(place)
        name = os.fsencode(os.path.relpath(place, path))
        summary.update(name + b"\0" + hashlib.sha256(content).digest())
    return summary.hexdigest()


def _below(path: str) -> list[str]:
    """Lists the file itself, or every file below a directory, folder by folder in a fixed order."""
    if not os.path.isdir(path):
        return [path]
    found = []
    for folder, folders, names in os.walk(path):
        links = [name for name in folders if os.path.islink(os.path.join(folder, name))]
        found += [os.path.join(folder, name) for name in (*names, *links)]
    return sorted(found, key=lambda place: place.split("/"))


def content_of(path: str) -> bytes:
    """Gives all that a file holds; raises OSError."""
    with open(path, "rb") as stream:
        return stream.read()


def recorded(name: str, applied: str) -> dict[str, str]:
    """Gives the digests of what a service last took up, by path."""
    try:
        record = json.loads(content_of(f"{applied}/{name}"))
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
    place = path or KEY
    try:
        return content_of(place)
    except FileNotFoundError:
        os.makedirs(os.path.dirname(place), mode=0o755, exist_ok=True)
    aside = f"{place}.{os.getpid()}"
    descriptor = os.open(aside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as stream:
        stream.write(os.urandom(32))
        os.fsync(stream.fileno())
    try:
        os.link(aside, place)  # who comes first wins; nobody replaces a key that is there
    except FileExistsError:
        pass
    finally:
        os.unlink(aside)
    return content_of(place)
