"""Removes from the recycle bins what waited there long enough, by the days of each folder's record.

    python3 purge_recycled.py [--record FILE] [--root FOLDER]

A file's days are counted from the moment it was deleted (its change time: moving it into the bin sets it). Folders that
are empty then go as well. A folder that is not recorded is left alone. Written by the role file_server.
"""

from __future__ import annotations

import argparse
import json
import os
import stat
import sys
import time
from pathlib import Path

BIN = ".geri-donusum"
DAY = 86400


def purge(folder: Path, days: int, now: float) -> tuple[int, int]:
    """Removes what was deleted more than `days` ago below one recycle bin; gives files and bytes removed."""
    files, size = 0, 0
    for place, names, entries in os.walk(folder, topdown=False):
        for entry in entries:
            path = Path(place, entry)
            status = path.lstat()
            if now - status.st_ctime > days * DAY:
                path.unlink()
                files, size = files + 1, size + status.st_blocks * 512
        for name in names:
            inner = Path(place, name)
            # A day of grace: a folder that was made just now is about to be filled.
            if not inner.is_symlink() and now - inner.lstat().st_ctime > DAY and not any(inner.iterdir()):
                inner.rmdir()
    return files, size


def main() -> int:
    """Goes through all recorded folders; 1 when one could not be gone through."""
    parser = argparse.ArgumentParser(description="Removes what waited long enough in the recycle bins.")
    parser.add_argument("--record", type=Path, default=Path("/etc/estate/shares.json"))
    parser.add_argument("--root", type=Path, default=Path("/srv/shares"))
    arguments = parser.parse_args()
    shares = json.loads(arguments.record.read_text(encoding="utf-8"))["shares"]
    failed = False
    for name, share in shares.items():
        place = arguments.root / name / BIN
        try:
            if place.exists() and stat.S_ISDIR(place.lstat().st_mode):
                files, size = purge(place, int(share["recycle_days"]), time.time())
                if files:
                    print(f"{name}: {files} files, {size} bytes")
        except OSError as error:
            print(f"{name}: {error}", file=sys.stderr)
            failed = True
    return int(failed)


if __name__ == "__main__":
    sys.exit(main())
