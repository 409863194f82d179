"""Lets one run at a time change an environment; who comes second learns who holds it and since when."""

from __future__ import annotations

import fcntl
import os
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Literal

from estate import declared
from estate.records import RecordError, append, read_lines
from estate.records.runs import process_started
from estate.records.shapes import STRICT
from estate.runs.environment import Environment
from estate.runs.refused import Exit, RefusedError

LIMIT = timedelta(hours=4)
"""How long a lock lasts that another machine holds or left, where nothing else is declared."""
AHEAD = timedelta(minutes=5)
"""So far clocks of machines may differ; a lock that bears a later time is as old as its file."""
GLANCE = 0.2
"""Seconds after which a lock is held in earnest: whoever looks at one holds it for less."""


def lock_limit(environment: Environment) -> timedelta:
    """Gives how long a lock that another machine left is believed, also where what stands here is not declared well."""
    try:
        return declared.load(environment.inventory).pipeline.lock_limit
    except declared.Refusal:
        return LIMIT


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
def held_in_part(
    path: Path, index: int, total: int, *, who: str, run: str, wait: float = 0, limit: timedelta = LIMIT
) -> Iterator[tuple[int, Holder | None]]:
    """Holds one slice of the lock as `held` does: beside other slices of the same division, never beside a whole run.

    The shared hold on the whole is released when this block ends, the slice itself when the last command that inherited
    its file ends; so whoever takes a lock asks for the slices beside it too.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a") as whole:
        _take(whole.fileno(), path, fcntl.LOCK_SH, wait)
        own = path.with_name(f"{path.name}.slice-{index}-of-{total}")
        with held(own, who=who, run=run, wait=wait, limit=limit) as taken:
            yield taken


@dataclass(frozen=True)
class Lock:
    """States how a lock stands: `free`, `held` by work going on, or `left` by a run that ended without releasing it.

    `overdue` says that its holder, if any, has had it for longer than the limit.
    """

    state: Literal["free", "held", "left"]
    holder: Holder | None
    overdue: bool

    __pydantic_config__ = STRICT


def look(path: Path, limit: timedelta = LIMIT) -> Lock:
    """Tells how a lock stands, without taking it from anybody."""
    if not path.exists():
        return Lock("free", None, False)
    holder = _last_holder(path)
    with path.open("rb") as stream:
        free = _taken(stream.fileno())
    free = free and not any(look(part).state == "held" for part in path.parent.glob(f"{path.name}.slice-*"))
    state: Literal["free", "held", "left"] = "held" if not free else "left" if holder else "free"
    return Lock(state, holder, holder is not None and _over(path, holder, limit))


def refuse_held(path: Path, limit: timedelta = LIMIT) -> None:
    """Raises RefusedError (exit 5) where `held` would; takes nothing, so what a killed run left can still be seen."""
    end = time.monotonic() + GLANCE
    while (seen := look(path, limit)).state == "held":
        if time.monotonic() >= end:
            raise RefusedError(_told(path, seen.holder), Exit.LOCKED)
        time.sleep(0.1)
    _refuse_left_elsewhere(path, seen.holder, limit)


@contextmanager
def held(
    path: Path, *, who: str, run: str, wait: float = 0, limit: timedelta = LIMIT
) -> Iterator[tuple[int, Holder | None]]:
    """Holds the lock; gives its open file for commands to inherit, and the dead holder it came from, if any.

    Waits up to `wait` seconds while another run holds it. What another machine left is taken over after `limit`.

    The kernel keeps the lock for this process and every command that inherited the file: it lasts exactly as
    long as something of the run still works, and a kill leaves none behind. The text only says who.
    Raises RefusedError (exit 5) when another run holds it.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
    try:
        _take(handle, path, wait=wait)
        left = _last_holder(path)
        _refuse_left_elsewhere(path, left, limit)
        os.ftruncate(handle, 0)
        started = process_started(os.getpid()) or 0
        append(path, Holder(who, socket.gethostname(), os.getpid(), started, datetime.now(UTC), run))
        try:
            yield handle, left
        finally:
            os.ftruncate(handle, 0)
    finally:
        os.close(handle)


def _take(handle: int, path: Path, how: int = fcntl.LOCK_EX, wait: float = 0) -> None:
    """Takes the lock of an open file, then looks whether a slice is held that may not be beside it."""
    end = time.monotonic() + max(wait, GLANCE)
    while busy := _busy(handle, path, how):
        if time.monotonic() >= end:
            raise RefusedError(_told(busy, _last_holder(busy)), Exit.LOCKED)
        time.sleep(0.1)


def _busy(handle: int, path: Path, how: int) -> Path | None:
    """Names the file that is in the way: the lock itself, or a slice (beside a slice one of another division)."""
    if not _taken(handle, how):
        return path
    if how == fcntl.LOCK_SH:
        return None
    whole, _, own = path.name.partition(".slice-")
    division = own.lstrip("0123456789")
    for part in sorted(path.parent.glob(f"{whole}.slice-*")):
        if not (division and part.name.endswith(division)) and look(part).state == "held":
            return part
    return None


def _taken(handle: int, how: int = fcntl.LOCK_EX) -> bool:
    try:
        fcntl.flock(handle, how | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _last_holder(path: Path) -> Holder | None:
    try:
        lines = read_lines(path, Holder)
    except RecordError:
        return None
    return lines[-1] if lines else None


def _told(path: Path, holder: Holder | None) -> str:
    if holder is None:
        for part in sorted(path.parent.glob(f"{path.name}.slice-*")):
            if look(part).state == "held":
                return _told(part, _last_holder(part))
        return f"another run holds {path} and has not written its name yet. Try again in a moment."
    age = datetime.now(UTC) - holder.since
    ago = "in the future" if age < timedelta() else f"{str(age).partition('.')[0]} ago"
    told = f"{holder.who} on {holder.host} holds {path} since {holder.since:%Y-%m-%d %H:%M:%S} UTC ({ago}), "
    told += f"run {holder.run}, process {holder.pid}. "
    if holder.host == socket.gethostname() and process_started(holder.pid) != holder.process_started:
        return told + "That process is gone, commands it started still work. Try again when they end."
    return told + "Wait for it to end, or ask its owner."


def _over(path: Path, holder: Holder, limit: timedelta) -> bool:
    now, since = datetime.now(UTC), holder.since
    if since > now + AHEAD:
        since = datetime.fromtimestamp(path.stat().st_mtime, UTC)
    return not -AHEAD <= now - since < limit


def _refuse_left_elsewhere(path: Path, left: Holder | None, limit: timedelta) -> None:
    """Refuses what another machine left, until the limit: its kernel is not asked from here, so only time tells."""
    if left is not None and left.host != socket.gethostname() and not _over(path, left, limit):
        raise RefusedError(_told(path, left) + f" After {limit} it is taken over.", Exit.LOCKED)
