"""Observes and changes the shared folders of a file server. Runs on the host itself: standard library only.

    python3 shares_on_host.py < question.json

The question holds `do` (observe or apply) and `wanted`; the answer is one JSON object on stdout. It comes with
`exporters.share_acls`, which reads and writes the lists of rights.
"""

from __future__ import annotations

import fcntl
import json
import os
import shutil
import stat
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Any

from exporters import share_acls as acls

ROOT = Path("/srv/shares")
CONF = Path("/etc/samba/shares.conf")
MAIN = CONF.with_name("smb.conf")  # the role's; only read here, to let the checker see the whole
RECORD = Path("/etc/estate/shares.json")
LOCK = Path("/run/lock/estate-shares")
REMOVED = ".kaldirilan"


class FaultError(Exception):
    """Says what stands in the way."""


def observe(wanted: dict[str, Any]) -> dict[str, Any]:
    """Answers what stands: folders with rights and deviations, configuration, record, names nobody here knows."""
    shares = wanted["shares"]
    unknown = sorted({name for kind, name in _names(shares) if not _known(kind, name)})
    folders = {}
    for path in standing():
        share = shares.get(path.name, {"access": [], "default": []})
        found = acls.survey(str(path), share["access"], share["default"])
        paths = found.paths if path.name in shares else {}
        folders[path.name] = asdict(found) | {
            "paths": paths,
            "more": found.more if paths else 0,
            "bin": _bin(path),
        }
    return {"folders": folders, "conf": _text(CONF), "record": _text(RECORD), "unknown": unknown}


def standing() -> list[Path]:
    """Gives every folder that lies where shared folders lie, whoever made it; those with a dot are the house's own."""
    found = sorted(ROOT.iterdir()) if ROOT.is_dir() else []
    return [path for path in found if path.is_dir() and not path.is_symlink() and path.name[0] != "."]


def apply(wanted: dict[str, Any]) -> dict[str, Any]:
    """Makes the host hold exactly the wanted folders.

    Rights are narrowed before anything grows: first who may open what, then sessions, then lists, then what goes.
    """
    if not MAIN.exists():
        raise FaultError("no file server is installed here; apply playbooks/file_servers.yml first")
    shares = wanted["shares"]
    unknown = sorted({f"{kind} {name}" for kind, name in _names(shares) if not _known(kind, name)})
    if unknown:
        raise FaultError(
            f"{', '.join(unknown)}: not known to this host. Does the directory answer (wbinfo --ping-dc)? "
            "The deploy people makes the groups. Nothing was changed."
        )
    for name, share in shares.items():
        make(ROOT / name, share)
    gone = [path.name for path in standing() if path.name not in shares]
    take_up(wanted["conf"], list(shares), gone)
    mended = sum(mend(ROOT / name, share) for name, share in shares.items())
    for name in gone:
        set_aside(ROOT / name)
    write(RECORD, wanted["record"], 0o644)
    return {"folders": len(shares), "mended": mended, "set_aside": gone}


def make(folder: Path, share: dict[str, Any]) -> None:
    """Makes a folder with its recycle bin, closed until its list of rights stands."""
    if not folder.exists():
        folder.mkdir(mode=0o700)
    if acls.deviations(str(folder), folder.lstat(), *_meant(share)) or _exact(folder, share):
        put(folder, share["access"], share["default"])
    place = folder / acls.BIN
    if not place.exists():
        place.mkdir(mode=0o700)
    if _bin(folder) != f"{acls.OWNER} {acls.BIN_MODE:o}":
        put(place, share["default"], share["default"])
        place.chmod(acls.BIN_MODE)


def mend(folder: Path, share: dict[str, Any]) -> int:
    """Gives every place inside whose rights differ what it inherits; gives their number."""
    inherited = acls.meant(tuple(share["default"]), False)
    closed = ["mask::---" if line.startswith("mask:") else line for line in share["default"]]
    number = 0
    for path, status in acls.below(str(folder)):
        place, file = Path(path), not stat.S_ISDIR(status.st_mode)
        handed_down = () if file else share["default"]
        if place.relative_to(folder).parts[0] == acls.BIN:
            # What a person deleted stays that person's own, owner included; only strangers are taken off the list.
            if acls.excess(path, status, inherited):
                put(place, share["default"] if file else closed, handed_down, keep_owner=True)
                number += 1
        elif acls.deviations(path, status, acls.meant(tuple(share["default"]), file), inherited):
            put(place, share["default"], handed_down)
            number += 1
    return number


def put(
    path: Path, access: list[str], default: list[str] | tuple[str, ...], keep_owner: bool = False
) -> None:
    """Gives a path its list of rights, the one it hands down, and the owner that everything has."""
    if not keep_owner:
        os.chown(path, acls.OWNER, -1, follow_symlinks=False)
    os.setxattr(path, acls.ACCESS, acls.pack(access), follow_symlinks=False)
    if default:
        os.setxattr(path, acls.DEFAULT, acls.pack(default), follow_symlinks=False)


def take_up(conf: str, served: list[str], gone: list[str]) -> None:
    """Lets Samba serve by another configuration, if its own checker likes it; other people's sessions stay open."""
    if _text(CONF) != conf:
        with tempfile.TemporaryDirectory() as aside:
            trial, included = Path(aside, "smb.conf"), Path(aside, "shares.conf")
            included.write_text(conf, encoding="utf-8")
            trial.write_text(
                MAIN.read_text(encoding="utf-8").replace(str(CONF), str(included)), encoding="utf-8"
            )
            said = subprocess.run(["testparm", "-s", trial], capture_output=True, text=True, check=False)
            wrong = [
                line for line in said.stderr.splitlines() if "nknown parameter" in line or "ERROR" in line
            ]
            if said.returncode or wrong:
                raise FaultError(
                    f"testparm refuses the configuration: {' '.join(wrong) or said.stderr.strip()}"
                )
        write(CONF, conf, 0o644)
    _control("reload-config")
    for name in served:
        _control("close-denied-share", name)
    for name in gone:
        _control("close-share", name)


def set_aside(path: Path) -> None:
    """Moves what is no longer declared out of everybody's reach; nothing of it is deleted."""
    keep = ROOT / REMOVED
    keep.mkdir(mode=0o700, exist_ok=True)
    keep.chmod(0o700)
    shutil.move(path, keep / f"{path.name}-{time.strftime('%Y%m%dT%H%M%S')}")


def write(path: Path, text: str, mode: int) -> None:
    """Replaces a file in one step: written aside, synced, renamed."""
    handle, aside = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as stream:
            stream.write(text)
            stream.flush()
            os.fchmod(stream.fileno(), mode)
            os.fsync(stream.fileno())
        os.replace(aside, path)  # noqa: PTH105 - the same call on both names, as the rename it is
    except BaseException:
        Path(aside).unlink(missing_ok=True)
        raise


def _control(*words: str) -> None:
    # Without a running smbd there is no session to close and nothing to reload: it reads the file when it starts.
    subprocess.run(["smbcontrol", "smbd", *words], capture_output=True, check=False, timeout=30)


def _names(shares: dict[str, Any]) -> Iterator[tuple[str, str]]:
    for share in shares.values():
        for line in share["access"]:
            kind, name, _ = line.split(":")
            if name:
                yield kind, name


def _known(kind: str, name: str) -> bool:
    try:
        acls.number_of(kind, name)
    except acls.UnknownNameError:
        return False
    return True


def _meant(share: dict[str, Any]) -> tuple[frozenset[str], frozenset[str]]:
    return acls.meant(tuple(share["access"]), False), acls.meant(tuple(share["default"]), False)


def _exact(folder: Path, share: dict[str, Any]) -> bool:
    lists = ((acls.ACCESS, share["access"]), (acls.DEFAULT, share["default"]))
    return any(sorted(acls.read(str(folder), which)) != sorted(lines) for which, lines in lists)


def _bin(folder: Path) -> str:
    try:
        status = (folder / acls.BIN).lstat()
    except FileNotFoundError:
        return "missing"
    return f"{status.st_uid} {status.st_mode & 0o7777:o}"


def _text(path: Path) -> str | None:
    return path.read_text(encoding="utf-8") if path.exists() else None


@contextmanager
def _alone() -> Iterator[None]:
    with LOCK.open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def main() -> int:
    """Answers one question; 1 with the reason on stderr when it cannot."""
    question = json.load(sys.stdin)
    with _alone():
        try:
            answer = {"observe": observe, "apply": apply}[question["do"]](question["wanted"])
        except (FaultError, OSError, subprocess.SubprocessError) as fault:
            print(f"shares: {fault}", file=sys.stderr)
            return 1
    print(json.dumps(answer))
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
