"""Holds the one place for a lab on a machine: who has it, since when, and whether it may be taken over."""

from __future__ import annotations

import fcntl
import os
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path

from estate.lab.commands import say
from estate.lab.errors import LabError
from estate.lab.hosts import Container
from estate.lab.places import MACHINE_STATE

LOCK_PATIENCE_SECONDS = 900.0


@contextmanager
def locked(checkout: Path, verb: str, folder: Path = MACHINE_STATE) -> Iterator[int]:
    """Lets one `up` or `down` at a time change the machine; the others wait, saying for whom. Yields the lock's fd."""
    handle = _open(folder, verb)
    try:
        since = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        os.ftruncate(handle, 0)
        os.pwrite(handle, f"`lab {verb}` of {checkout}, process {os.getpid()}, since {since}".encode(), 0)
        yield handle
        os.ftruncate(handle, 0)
    finally:
        os.close(handle)


def _open(folder: Path, verb: str) -> int:
    """Returns the locked file that bears the name now: the holder before us may have taken the old one away."""
    while True:
        folder.mkdir(parents=True, exist_ok=True)
        handle = os.open(folder / "lock", os.O_RDWR | os.O_CREAT, 0o600)
        try:
            _acquire(handle, verb)
            with suppress(FileNotFoundError):
                if os.path.samestat(os.fstat(handle), (folder / "lock").stat()):
                    return handle
        except BaseException:
            os.close(handle)
            raise
        os.close(handle)


def _acquire(handle: int, verb: str) -> None:
    end = time.monotonic() + LOCK_PATIENCE_SECONDS
    told = ""
    while True:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return
        except BlockingIOError:
            holder = os.pread(handle, 4096, 0).decode(errors="replace") or "somebody unnamed"
            if holder != told:
                say(f"lab: waiting for {holder}")
                told = holder
            if time.monotonic() > end:
                raise LabError(
                    f"asked for `lab {verb}`",
                    f"the lab is locked by {holder}",
                    "Wait for it to end, or end it by its process number, and repeat",
                ) from None
            time.sleep(0.5)


def to_clear(containers: Sequence[Container], checkout: Path, link_owner: str | None) -> list[Container]:
    """Returns the hosts of other checkouts that may be cleared away, or refuses because another lab lives.

    A lab lives while one of its containers runs and its checkout still exists. `link_owner` is the checkout named on
    the controller's cable; it names nobody who lives unless a container of his does.
    """
    foreign = [one for one in containers if one.owner != str(checkout)]
    living = [one for one in foreign if one.alive and Path(one.owner).is_dir()]
    if living:
        owner = living[0].owner
        hosts = ", ".join(sorted(one.host for one in living if one.owner == owner))
        raise LabError(
            f"asked for the lab of {checkout}",
            f"the machine already runs the lab of {owner} since {min(one.since for one in living)} ({hosts})",
            f"Use that one, or end it: {owner}/scripts/estate lab down",
        )
    if foreign or (link_owner and link_owner != str(checkout)):
        say("lab: clearing what a lab of another checkout left behind")
    return foreign
