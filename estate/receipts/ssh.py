"""Reaches many hosts at once over plain SSH: one command, one round trip each, nobody waits for anybody."""

from __future__ import annotations

import subprocess
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

AT_ONCE = 32
NOT_REACHED = 255
SECONDS = 120
CHEAP = "KexAlgorithms=^curve25519-sha256"
"""The key exchange asked for first: what is said here shows no content, and need not stay unread by computers to come,
against which the default of OpenSSH spends most of what a connection costs. A host without it takes the default."""
T = TypeVar("T")


@dataclass(frozen=True)
class Answer:
    """Holds what a host said to one command; `failure` in words, empty when the command ended well."""

    out: str
    failure: str
    reached: bool


def ask(config: Path, host: str, command: str, given: str) -> Answer:
    """Runs one command on one host as its declared user, with a text on standard input."""
    argv = ["ssh", "-F", str(config), "-o", "BatchMode=yes", "-o", CHEAP, host, command]
    try:
        done = subprocess.run(
            argv, input=given, capture_output=True, text=True, errors="replace", check=False, timeout=SECONDS
        )
    except subprocess.TimeoutExpired:
        return Answer("", f"no answer in {SECONDS} s", False)
    if done.returncode == 0:
        return Answer(done.stdout, "", True)
    said = done.stderr.strip().splitlines()
    return Answer("", (said or [f"ended with {done.returncode}"])[-1], done.returncode != NOT_REACHED)


@contextmanager
def started(hosts: Iterable[str], do: Callable[[str], T]) -> Iterator[dict[str, Future[T]]]:
    """Starts something for every host, at most AT_ONCE at a time, and gives what will come of it by host."""
    names = list(hosts)
    with ThreadPoolExecutor(max_workers=max(1, min(AT_ONCE, len(names)))) as pool:
        yield {host: pool.submit(do, host) for host in names}


def each(hosts: Iterable[str], do: Callable[[str], T]) -> dict[str, T]:
    """Does something for every host and gives the results by host."""
    with started(hosts, do) as coming:
        return {host: one.result() for host, one in coming.items()}
