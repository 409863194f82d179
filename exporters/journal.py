"""Leaves a sign in the journal at a steady interval and reads the signs that reached the disk: a gap has start and end.

When the disk is full, journald goes on in memory, silently, and stays there when there is room again; the next start
of the machine takes all of it away. So the disk alone is looked at, and what is in memory is sent there as soon as it
fits. Needs no memory of its own: the signs are the memory. The time between two starts of the machine is no gap.
"""

from __future__ import annotations

import argparse
import json
import socket
import subprocess
import sys
import time
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

from exporters.textfile import DIRECTORY, Textfile

WHO = "estate-journal"
SOCKET = "/run/systemd/journal/socket"
DISK = "/var/log/journal"
SECONDS = 40


class JournalError(Exception):
    """Says that the journal could not be asked, and why."""


@dataclass(frozen=True)
class Sign:
    """Is one sign as it was read: when it was written (Unix seconds), and since which start of the machine."""

    at: float
    boot: str


@dataclass(frozen=True)
class Gap:
    """Is a time in which nothing was written; `end` is 0 while it goes on."""

    start: float
    end: float

    def seconds(self, now: float) -> float:
        """Tells how long it lasted, or lasts until now."""
        return (self.end or now) - self.start


def leave_sign() -> None:
    """Hands one line to the journal; it takes the line even when it cannot keep it."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as door:
        door.connect(SOCKET)
        door.send(f"MESSAGE=the journal is written\nPRIORITY=5\nSYSLOG_IDENTIFIER={WHO}\n".encode())


def signs() -> list[Sign]:
    """Reads the signs of the last day that are on the disk, oldest first."""
    command = ["journalctl", f"--directory={DISK}", f"--identifier={WHO}", "--since=-1d"]
    done = _ran([*command, "--output=json", "--output-fields=_BOOT_ID"])
    if done.returncode and done.stderr.strip():
        raise JournalError(f"journalctl: exit {done.returncode}: {done.stderr.strip()}")
    rows = [json.loads(line) for line in done.stdout.splitlines()]
    return [Sign(int(row["__REALTIME_TIMESTAMP"]) / 1e6, row["_BOOT_ID"]) for row in rows]


def look(begun: float) -> list[Sign]:
    """Gives the signs on the disk; where the newest is not there, sends what is in memory there and looks again."""
    _ran(["journalctl", "--sync"])
    found = signs()
    if found and found[-1].at >= begun:
        return found
    _ran(["journalctl", "--flush"])
    return signs()


def _ran(command: list[str]) -> subprocess.CompletedProcess[str]:
    try:
        return subprocess.run(command, capture_output=True, text=True, timeout=SECONDS)
    except (OSError, subprocess.TimeoutExpired) as error:
        raise JournalError(str(error)) from None


def gaps(found: list[Sign], now: float, longest: float) -> list[Gap]:
    """Gives the times longer than `longest` seconds without a sign, oldest first; the last may still go on."""
    between = [
        Gap(before.at, after.at)
        for before, after in pairwise(found)
        if before.boot == after.boot and after.at - before.at > longest
    ]
    silent = [Gap(found[-1].at, 0)] if found and now - found[-1].at > longest else []
    return between + silent


def measurements(found: Iterable[Sign], now: float, longest: float) -> Textfile:
    """Gives the figures: the newest sign, the newest gap of the last day and its length (0: none)."""
    out, kept = Textfile(), list(found)
    newest = next(reversed(gaps(kept, now, longest)), None)
    out.set("bim_journal_last_sign_timestamp_seconds", kept[-1].at if kept else 0)
    out.set("bim_journal_gap_start_timestamp_seconds", newest.start if newest else 0)
    out.set("bim_journal_gap_end_timestamp_seconds", newest.end if newest else 0)
    out.set("bim_journal_gap_seconds", newest.seconds(now) if newest else 0)
    return out


def main() -> int:
    """Leaves a sign and measures once; 0 when the journal could be asked."""
    parser = argparse.ArgumentParser(description="Looks whether the journal is written.")
    parser.add_argument(
        "--longest", type=float, default=300, help="Seconds without a sign that are no gap yet."
    )
    parser.add_argument("--textfile", type=Path, default=DIRECTORY / "journal.prom")
    arguments = parser.parse_args()
    try:
        begun = time.time()
        leave_sign()
        found = look(begun)
    except (OSError, JournalError) as error:
        print(f"journal: {error}", file=sys.stderr)
        return 2
    measurements(found, time.time(), arguments.longest).write(arguments.textfile)
    return 0


if __name__ == "__main__":
    sys.exit(main())
