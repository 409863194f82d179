"""Keeps the records of calls and faxes: makes databases as the exchange needs them, copies for the backup, brings back.

usage: call_records.py make | dump | restore. `make` lays down empty databases that write ahead (one wait for the disk a
call, and readers that stop nobody). `dump` first forgets calls, events and faxes that are older than the `records_days`
which the deploy left in /etc/asterisk/estate/declared.json (nothing without them), then copies calls, events and the
memory of the exchange, each as it is at one moment, and the log of faxes to /var/lib/estate/telephone_exchange, and
proves the copies of databases. `restore` puts them in place while the exchange is stopped, and gives what it keeps its
owner. Standard library only.
Exit: 0 done, 1 a database is damaged or cannot be read, 2 asked for something else.
"""

from __future__ import annotations

import json
import shutil
import sqlite3
import subprocess
import sys
import time
from contextlib import closing
from pathlib import Path

CALLS = Path("/var/log/asterisk/calls.db")
EVENTS = Path("/var/log/asterisk/events.db")
FAXES = Path("/var/log/asterisk/fax.log")
DECLARED = Path("/etc/asterisk/estate/declared.json")
MEMORY = Path("/var/lib/asterisk/astdb.sqlite3")
DUMPS = Path("/var/lib/estate/telephone_exchange")
SPOOL = Path("/var/spool/asterisk")
OWNER = "asterisk"
DAY_SECONDS = 86_400


def make(path: Path) -> None:
    """Makes an empty database that writes ahead, owned by the exchange; one that is there keeps its content."""
    with closing(sqlite3.connect(path)) as database:
        database.execute("PRAGMA journal_mode=WAL")
    for one in (path, Path(f"{path}-wal"), Path(f"{path}-shm")):
        if one.exists():
            one.chmod(0o640)
            shutil.chown(one, OWNER, OWNER)


def forget(path: Path, table: str, moment: str, before: float) -> int:
    """Deletes what began before a moment (Unix seconds), bytes and all; gives how many rows. Raises sqlite3.Error.

    Which rows is asked without a lock: the exchange writes a call down as it ends, and waits for nobody long.
    """
    with closing(sqlite3.connect(path, timeout=30, isolation_level=None)) as database:
        database.execute("PRAGMA secure_delete=ON")
        if not database.execute("SELECT 1 FROM sqlite_master WHERE name = ?", (table,)).fetchone():
            return 0
        last = database.execute(f"SELECT max(rowid) FROM {table} WHERE {moment} < ?", (before,)).fetchone()[0]
        old = f"DELETE FROM {table} WHERE rowid <= ? AND {moment} < ?"
        return 0 if last is None else database.execute(old, (last, before)).rowcount


def blank(log: Path, before: float) -> int:
    """Overwrites the lines of a log that begin with an earlier moment; gives how many. Raises OSError.

    Its length stays: who counts its lines knows how far it has read.
    """
    found = at = 0
    with log.open("r+b") as stream:
        for line in stream.read().splitlines(keepends=True):
            moment = line.split(b" ", 1)[0]
            if line.endswith(b"\n") and moment.isdigit() and int(moment) < before:
                stream.seek(at)
                stream.write(b"-" * (len(line) - 1))
                found += 1
            at += len(line)
    return found


def dump(source: Path, target: Path) -> int:
    """Copies a database in use as it is at one moment and proves the copy; gives its bytes. Raises sqlite3.Error."""
    aside = target.with_suffix(".aside")
    aside.unlink(missing_ok=True)
    with (
        closing(sqlite3.connect(f"file:{source}?mode=ro", uri=True, timeout=30)) as read,
        closing(sqlite3.connect(aside)) as written,
    ):
        read.backup(written)
        written.execute("PRAGMA journal_mode=DELETE")
        answer = written.execute("PRAGMA integrity_check").fetchone()[0]
    if answer != "ok":
        raise sqlite3.DatabaseError(f"{source} is damaged: {answer}")
    aside.chmod(0o600)
    aside.replace(target)
    return target.stat().st_size


def copy_log(source: Path, target: Path) -> int:
    """Copies the log of faxes as it is; gives its bytes. Where nothing was ever faxed, there is an empty copy."""
    aside = target.with_suffix(".aside")
    aside.write_bytes(source.read_bytes() if source.exists() else b"")
    aside.chmod(0o600)
    aside.replace(target)
    return target.stat().st_size


def restore(copy: Path, target: Path) -> None:
    """Puts a copy in place of a database and of what was written ahead of it, or of a log."""
    for left in (target, Path(f"{target}-wal"), Path(f"{target}-shm")):
        left.unlink(missing_ok=True)
    shutil.copyfile(copy, target)
    target.chmod(0o640)
    shutil.chown(target, OWNER, OWNER)


def _forget() -> None:
    """Forgets what is older than declared; says so and keeps everything when nothing readable is."""
    try:
        before = time.time() - int(json.loads(DECLARED.read_text("utf-8"))["records_days"]) * DAY_SECONDS
    except (OSError, ValueError, KeyError, TypeError) as unknown:
        print(f"nothing is forgotten: {DECLARED}: {type(unknown).__name__}: {unknown}", file=sys.stderr)
        return
    print(f"forgotten: {forget(CALLS, 'cdr', 'start', before)} calls")
    print(f"forgotten: {forget(EVENTS, 'cel', 'eventtime', before)} events")
    if FAXES.exists():
        print(f"forgotten: {blank(FAXES, before)} faxes")
    old = [image for image in (SPOOL / "fax").glob("*.tif") if image.stat().st_mtime < before]
    for image in old:
        image.unlink()
    print(f"forgotten: {len(old)} images of faxes")


def main(arguments: list[str]) -> int:
    """Does what is asked and says what was written."""
    asked, *more = arguments or [""]
    if asked not in ("make", "dump", "restore") or more:
        print(__doc__, file=sys.stderr)
        return 2
    try:
        if asked == "dump":
            _forget()
            DUMPS.mkdir(mode=0o700, parents=True, exist_ok=True)
            for path in (CALLS, EVENTS, MEMORY):
                print(f"{path.name}: {dump(path, DUMPS / path.name)} bytes")
            print(f"{FAXES.name}: {copy_log(FAXES, DUMPS / FAXES.name)} bytes")
        elif asked == "restore":
            for path in (CALLS, EVENTS, MEMORY):
                restore(DUMPS / path.name, path)
            if (DUMPS / FAXES.name).exists():  # a backup of before this copy was made has none
                restore(DUMPS / FAXES.name, FAXES)
            for folder in ("voicemail", "fax"):
                subprocess.run(["chown", "-R", f"{OWNER}:{OWNER}", str(SPOOL / folder)], check=True)
            subprocess.run(["chgrp", "-R", OWNER, "/etc/asterisk/estate", "/etc/asterisk/local"], check=True)
        if asked != "dump":
            for path in (CALLS, EVENTS):
                make(path)
    except (sqlite3.Error, OSError, subprocess.CalledProcessError) as failed:
        print(failed, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
