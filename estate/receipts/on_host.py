"""Compares this host with its receipt and answers once, in JSON: the receipt as it lies here, and what is broken.

Sent to the host over standard input with the modules it imports (asking.MODULES); standard library only,
Python >= 3.11. Without pathlib and subprocess it costs a fifth less, most of which is reading them.
It shows no content: of a file it says that its digest under the host's own key is another.
"""
# ruff: noqa: PTH110, PTH115, PTH116, PTH208

from __future__ import annotations

import grp
import json
import os
import pwd
import stat
import time
from functools import lru_cache

from ansible.module_utils.digests import APPLIED, KEY, content_of, digest, key_name, keyed, recorded
from ansible.module_utils.names import group_name, user_name

from estate.receipts import systemd_bus

TYPE_CHECKING = False  # a host does not wait for what only a reader needs
if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import Any

    Promise = dict[str, Any]

RECEIPT = "/var/lib/estate/receipt.json"
LARGEST = 1 << 25  # no receipt has so many bytes
DPKG = "/var/lib/dpkg"
ARCHITECTURE = {"x86_64": "amd64", "aarch64": "arm64"}.get(os.uname().machine, os.uname().machine)
LEFT_OUT = (
    "/etc/",
    "/run/",
    "/usr/share/bug/",
    "/usr/share/doc/",
    "/usr/share/info/",
    "/usr/share/lintian/",
    "/usr/share/locale/",
    "/usr/share/man/",
    "/var/",
)
"""What others than dpkg write, or an image may leave out."""
DECIDED = {"enabled": True, "disabled": False, "masked": False, "enabled-runtime": False}
owner_of, group_of = lru_cache(user_name), lru_cache(group_name)  # files have few owners


class Look:
    """Gathers broken promises and what may have moved."""

    def __init__(self, key: bytes) -> None:
        """Starts with nothing found; `key` is this host's."""
        self.key, self.same_key = key, True
        self.broken: list[tuple[str, str, str, str]] = []
        self.notes: list[str] = []

    def differs(self, promise: Promise, expected: str, found: str) -> None:
        """Writes one broken promise down, in words."""
        self.broken.append((promise["kind"], promise["name"], expected, found))

    def path(self, promise: Promise) -> None:
        """Compares what lies at a path with what was laid there."""
        path, kind = promise["name"], promise["kind"]
        try:
            status = os.lstat(path)
        except (FileNotFoundError, NotADirectoryError):
            if kind != "absent":
                self.differs(promise, f"a {kind}", "nothing")
            return
        if kind == "absent":
            self.differs(promise, "nothing", f"something, since {when(status.st_ctime)}")
        elif kind == "link":
            found = f"-> {os.readlink(path)}" if stat.S_ISLNK(status.st_mode) else "no link"
            if found != f"-> {promise['target']}":
                self.differs(promise, f"-> {promise['target']}", found)
        else:
            status = status if kind == "file" else os.stat(path)
            if (stat.S_ISREG if kind == "file" else stat.S_ISDIR)(status.st_mode):
                self.attributes(promise, path, status)
            else:
                self.differs(promise, f"a {kind}", f"something else, since {when(status.st_ctime)}")

    def attributes(self, promise: Promise, path: str, status: os.stat_result) -> None:
        """Compares owner, group, mode and digest."""
        wanted = [f"{part} {promise[part]}" for part in ("owner", "group", "mode")]
        mode = f"mode {stat.S_IMODE(status.st_mode):04o}"
        found = [f"owner {owner_of(status.st_uid)}", f"group {group_of(status.st_gid)}", mode]
        if promise["kind"] == "file" and self.same_key:
            now = keyed(self.key, content_of(path))
            wanted.append("content as laid down")
            found.append(wanted[-1] if now == promise["digest"] else "other content")
        pairs = [(w, f) for w, f in zip(wanted, found, strict=True) if w != f]
        if pairs:
            told = ", ".join(f for _, f in pairs)
            self.differs(promise, ", ".join(w for w, _ in pairs), f"{told}, since {when(status.st_ctime)}")

    def packages(self, promises: Iterable[Promise], named: set[str]) -> None:
        """Compares the packages with dpkg's list and looks for their files, but those that are promises (`named`)."""
        text = b"\n" + content_of(f"{DPKG}/status")
        folders: dict[str, set[str]] = {}
        for promise in promises:
            version = installed(text, promise["name"])
            if version is None:
                self.differs(promise, promise["version"], "not installed")
                continue
            if version != promise["version"]:
                self.version(promise, version)
            gone = [
                path for path in files_of(promise["name"]) if path not in named and not there(path, folders)
            ]
            if gone:
                more = f" and {len(gone) - 1} more" if len(gone) > 1 else ""
                self.differs(promise, "all its files", f"without {gone[0]}{more}")

    def version(self, promise: Promise, version: str) -> None:
        """Judges another version: updates come by themselves, an older one does not."""
        if fails(["dpkg", "--compare-versions", version, "gt", promise["version"]]):
            self.differs(promise, promise["version"], version)
        else:
            self.notes.append(f"{promise['name']} updated: {promise['version']} -> {version}")

    def units(self, promises: Iterable[Promise], answers: dict[str, dict[str, str]]) -> None:
        """Compares units with what systemd says, and what they run with what their files say."""
        for promise in promises:
            says = answers.get(promise["name"]) if promise["kind"] == "unit" else None
            if says is not None:
                self.unit(promise, says)
            taken = recorded(promise["name"], APPLIED)
            for path in promise["watch"] if promise["active"] is not False else ():
                if digest(path) != taken.get(path):
                    self.differs(promise, f"runs {path} as it is", "it changed since the service took it up")
            if promise["creates"] and not os.path.exists(promise["creates"]):
                self.differs(promise, promise["creates"], "nothing")

    def unit(self, promise: Promise, says: dict[str, str]) -> None:
        """Compares one unit: running, started at boot, its unit file read."""
        if says.get("LoadState") == "not-found":
            if promise["active"] is not False:
                self.differs(promise, "a unit", "no such unit")
            return
        active = says.get("ActiveState", "")
        if promise["active"] is not None and (active in ("active", "reloading")) != promise["active"]:
            self.differs(promise, "active" if promise["active"] else "inactive", active)
        enabled = DECIDED.get(says.get("UnitFileState", ""))
        if None not in (promise["enabled"], enabled) and enabled != promise["enabled"]:
            words = ("not started at boot", "started at boot")
            self.differs(promise, words[bool(promise["enabled"])], words[bool(enabled)])
        if says.get("NeedDaemonReload") == "yes":
            self.differs(promise, "its unit file read by systemd", "the file changed since")
        probe = promise["probe"].split() if active in ("active", "reloading") else []
        if probe and fails(probe):
            self.differs(promise, f"`{promise['probe']}` answers", "it fails")

    def user(self, promise: Promise) -> None:
        """Compares a user; memberships beyond the promised ones are nobody's promise."""
        try:
            now = pwd.getpwnam(promise["name"])
        except KeyError:
            self.differs(promise, "a user", "no such user")
            return
        pairs = [("uid", promise["uid"], now.pw_uid), ("group", promise["group"], group_name(now.pw_gid))]
        pairs += [("home", promise["home"], now.pw_dir), ("shell", promise["shell"], now.pw_shell)]
        for what, wanted, found in pairs:
            if wanted is not None and wanted != found:
                self.differs(promise, f"{what} {wanted}", f"{what} {found}")
        for name in promise["groups"]:
            try:
                inside = promise["name"] in grp.getgrnam(name).gr_mem
            except KeyError:
                inside = False
            if not inside:
                self.differs(promise, f"member of {name}", "not a member")

    def group(self, promise: Promise) -> None:
        """Compares a group."""
        try:
            found = grp.getgrnam(promise["name"]).gr_gid
        except KeyError:
            self.differs(promise, "a group", "no such group")
            return
        if promise["gid"] not in (None, found):
            self.differs(promise, f"gid {promise['gid']}", f"gid {found}")


def when(moment: float) -> str:
    """Gives a moment in words, UTC."""
    return time.strftime("%Y-%m-%d %H:%M:%S UTC", time.gmtime(moment))


def installed(text: bytes, name: str) -> str | None:
    """Gives the version of an installed package from dpkg's status, None when it is not."""
    head = f"\nPackage: {name}\n".encode()
    at = text.find(head)
    while at >= 0:
        end = text.find(b"\n\n", at)
        block = text[at:end] if end >= 0 else text[at:]
        if b" installed\n" in block.partition(b"\nStatus: ")[2].partition(b"\n")[0] + b"\n":
            return block.partition(b"\nVersion: ")[2].partition(b"\n")[0].decode()
        at = text.find(head, at + 1)
    return None


def files_of(name: str) -> list[str]:
    """Gives the files of a package that nobody but dpkg writes: without /etc, and what an image may leave out."""
    for listed in (f"{DPKG}/info/{name}.list", f"{DPKG}/info/{name}:{ARCHITECTURE}.list"):
        try:
            lines = content_of(listed).decode().split("\n")
        except FileNotFoundError:
            continue
        return [line for line in lines if len(line) > 2 and not line.startswith(LEFT_OUT)]
    return []


def there(path: str, folders: dict[str, set[str]]) -> bool:
    """Says whether something lies at a path; `folders` remembers names, for thousands of files lie in few of them."""
    folder, _, name = path.rpartition("/")
    if folder not in folders:
        try:
            folders[folder] = set(os.listdir(folder or "/"))
        except OSError:
            folders[folder] = set()
    return name in folders[folder]


def looked(promises: list[Promise]) -> Look:
    """Compares everything promised; systemd is asked while files are read."""
    by_kind: dict[str, list[Promise]] = {}
    for promise in promises:
        by_kind.setdefault(promise["kind"], []).append(promise)
    units = [promise["name"] for promise in by_kind.get("unit", ())]
    asked = systemd_bus.Asked(units) if units else None
    look = Look(content_of(KEY) if os.path.exists(KEY) else b"")
    for promise in by_kind.get("key", ()):
        if not look.key or key_name(look.key) != promise["digest"]:
            look.same_key = False
            look.differs(promise, "the key of its digests", "another, or none: content cannot be compared")
    paths = [one for kind in ("file", "link", "directory", "absent") for one in by_kind.get(kind, ())]
    for promise in paths:
        look.path(promise)
    look.packages(by_kind.get("package", ()), {promise["name"] for promise in paths})
    for promise in by_kind.get("user", ()):
        look.user(promise)
    for promise in by_kind.get("group", ()):
        look.group(promise)
    look.units([*by_kind.get("unit", ()), *by_kind.get("command", ())], asked.answers() if asked else {})
    return look


def fails(argv: list[str]) -> bool:
    """Runs a command that says nothing; tells whether it ended with another code than 0."""
    quiet = [(os.POSIX_SPAWN_OPEN, at, os.devnull, os.O_RDWR, 0) for at in range(3)]
    return os.waitpid(os.posix_spawnp(argv[0], argv, os.environ, file_actions=quiet), 0)[1] != 0


def unfit(status: os.stat_result) -> str:
    """Says why no receipt of the estate lies in a file of this status; nothing when one may."""
    if not stat.S_ISREG(status.st_mode):
        return "something that is no file"
    if status.st_size > LARGEST:
        return f"a file of {status.st_size} bytes"
    if status.st_mode & 0o022 or status.st_uid not in (0, os.geteuid()):
        return f"a file that others than root can write, of {owner_of(status.st_uid)}, {status.st_mode & 0o7777:04o}"
    return ""


def lying() -> tuple[str | None, str]:
    """Gives the receipt as it lies here, None without one, and what lies in its place; follows and awaits nobody."""
    handle = -1
    try:
        handle = os.open(RECEIPT, os.O_RDONLY | os.O_NONBLOCK | os.O_NOFOLLOW | os.O_CLOEXEC)
        if spoilt := unfit(os.fstat(handle)):
            return None, spoilt
        return b"".join(iter(lambda: os.read(handle, 1 << 20), b"")).decode(errors="replace"), ""
    except FileNotFoundError:
        return None, ""
    except OSError as error:
        return None, f"what cannot be read as a file: {error.strerror}"
    finally:
        if handle >= 0:
            os.close(handle)


def main() -> dict[str, Any]:
    """Answers one look. A receipt that cannot be read is given back as it lies, for who knows the signature."""
    envelope, spoilt = lying()
    if envelope is None:
        return {"envelope": None, "broken": [], "notes": [], "spoilt": spoilt}
    try:
        promises = json.loads(json.loads(envelope)["receipt"])["promised"]
        look = looked(promises)
    except (OSError, RecursionError, ValueError, KeyError, TypeError, AttributeError) as error:
        return {"envelope": envelope, "broken": [], "notes": [], "unreadable": str(error)}
    return {"envelope": envelope, "broken": look.broken, "notes": look.notes}


if __name__ == "__main__":
    print(json.dumps(main()))
