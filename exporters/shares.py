"""Measures the shared folders: which are served, how full they are, where their rights differ from the record.

Runs on the file server. It also lays a dated canary beside the folders, from which a restore tells how much was lost,
and tells Samba per folder how large the disk shall look and how much of it is free.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from exporters.share_acls import Survey, UnknownNameError, number_of, survey_all
from exporters.textfile import DIRECTORY, Textfile

RECORD = Path("/etc/estate/shares.json")
ROOT = Path("/srv/shares")
FREE = Path("/var/lib/estate/shares")
REMOVED = ".kaldirilan"
CANARY = ".kanarya"
EVERYBODY = "ortak"


def measurements(
    record: Mapping[str, Any], found: Mapping[str, Survey], removed: int, canary: float
) -> Textfile:
    """Gives the measurements of all recorded folders; one that is missing has no size, only its quota."""
    out = Textfile()
    units = {share["unit"] or EVERYBODY for share in record["shares"].values()}
    out.lay_down("bim_shares", unit=units, state=("served", "missing"))
    out.set("bim_shares", removed, unit="none", state="removed")
    for name, share in record["shares"].items():
        seen = found[name]
        state = "served" if seen.exists else "missing"
        out.add("bim_shares", unit=share["unit"] or EVERYBODY, state=state)
        out.set("bim_share_quota_bytes", share["quota_bytes"], share=name)
        if seen.exists:
            out.set("bim_share_used_bytes", seen.used_bytes, share=name)
            out.set("bim_share_acl_drift", seen.drift, share=name)
    out.set("bim_canary_last_timestamp_seconds", canary, service=record["service"])
    return out


def refuse_nameless(record: Mapping[str, Any]) -> None:
    """Raises UnknownNameError when a name of the record means nothing here: then every right would look wrong."""
    for share in record["shares"].values():
        for line in share["access"]:
            kind, name, _ = line.split(":")
            if name:
                number_of(kind, name)


def tell_samba(record: Mapping[str, Any], found: Mapping[str, Survey], folder: Path) -> None:
    """Writes, per folder, size and free space of its disk in KiB, as Samba asks for it."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, share in record["shares"].items():
        free = max(share["quota_bytes"] - found[name].used_bytes, 0)
        replace(folder / name, f"{share['quota_bytes'] // 1024} {free // 1024} 1024\n", 0o644)


def lay_canary(root: Path, now: float) -> float:
    """Writes down the time beside the folders; gives it back."""
    folder = root / CANARY
    folder.mkdir(mode=0o700, exist_ok=True)
    replace(folder / "son", f"{now:.0f}\n", 0o600)
    return float(f"{now:.0f}")


def replace(path: Path, text: str, mode: int) -> None:
    """Replaces a small file in one step."""
    aside = path.with_name(f".{path.name}.new")
    aside.write_text(text, encoding="utf-8")
    aside.chmod(mode)
    aside.replace(path)


def main() -> int:
    """Measures once; 0 when every recorded folder could be looked at, 1 otherwise (the last file stays)."""
    parser = argparse.ArgumentParser(description="Measures the shared folders.")
    parser.add_argument("--record", type=Path, default=RECORD)
    parser.add_argument("--root", type=Path, default=ROOT)
    parser.add_argument("--free", type=Path, default=FREE)
    parser.add_argument("--textfile", type=Path, default=DIRECTORY / "shares.prom")
    arguments = parser.parse_args()
    try:
        record = json.loads(arguments.record.read_text(encoding="utf-8"))
        refuse_nameless(record)
        found = survey_all(os.fspath(arguments.root), record["shares"])
        removed = arguments.root / REMOVED
        kept = len(list(removed.iterdir())) if removed.is_dir() else 0
        tell_samba(record, found, arguments.free)
        out = measurements(record, found, kept, lay_canary(arguments.root, time.time()))
        out.write(arguments.textfile)
    except UnknownNameError as error:
        print(f"shares: {error}; does the directory answer? See: wbinfo --ping-dc", file=sys.stderr)
        return 1
    except (OSError, ValueError, KeyError) as error:
        print(f"shares: {type(error).__name__}: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
