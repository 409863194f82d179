"""Lets one run at a time change an environment; who comes second learns who holds it and since when."""

from __future__ import annotations

import fcntl
import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from estate.records import RecordError, append, read_lines
from estate.records.runs import process_started
from estate.records.shapes import STRICT
from estate.runs.refused import Exit, RefusedError


@dataclass(frozen=True)
class Holder:
    """Names the run that holds, or held, the lock."""

    who: str
    host: str
    pid: int
    process_started: int
    since: datetime
    run: str

    __pydantic_config__ = STRICT


@contextmanager
def held(path: Path, *, who: str, run: str) -> Iterator[tuple[int, Holder | None]]:
    """Holds the lock; gives its open file for commands to inherit, and the dead holder it came from, if any.

    The kernel keeps the lock for this process and every command that inherited the file: it lasts exactly as
    long as something of the run still works, and a kill leaves none behind. The text only says who.
    Raises RefusedError (exit 5) when another run holds it.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
    try:
        left = _last_holder(path)
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise RefusedError(_told(path, left), Exit.LOCKED) from None
        left = _last_holder(path)
        os.ftruncate(handle, 0)
        started = process_started(os.getpid()) or 0
        append(path, Holder(who, socket.gethostname(), os.getpid(), started, datetime.now(UTC), run))
        try:
            yield handle, left
        finally:
            os.ftruncate(handle, 0)
    finally:
        os.close(handle)


def _last_holder(path: Path) -> Holder | None:
    try:
        lines = read_lines(path, Holder)
    except RecordError:
        return None
    return lines[-1] if lines else None


def _told(path: Path, holder: Holder | None) -> str:
    if holder is None:
        return f"another run holds {path} and has not written its name yet. Try again in a moment."
    age = _age(datetime.now(UTC) - holder.since)
    told = f"{holder.who} on {holder.host} holds {path} since {holder.since:%Y-%m-%d %H:%M:%S} UTC ({age}), "
    told += f"run {holder.run}, process {holder.pid}. "
    if holder.host == socket.gethostname() and process_started(holder.pid) != holder.process_started:
        return told + "That process is gone, commands it started still work. Try again when they end."
    return told + "Wait for it to end, or ask its owner."


def _age(passed: object) -> str:
    return f"{str(passed).partition('.')[0]} ago"
