"""Runs the ordinary commands of which the lab is made and shows each as a person could type it."""

from __future__ import annotations

import os
import shlex
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping, Sequence

from estate.lab.errors import LabError

PATIENCE_SECONDS = 10.0


def say(text: str) -> None:
    """Writes one line of progress to standard error, which keeps standard output for results."""
    print(text, file=sys.stderr, flush=True)


class Runner:
    """Runs commands one at a time; `run` changes the machine and is shown, `read` only looks.

    `lock_fd` is handed to commands started with `outlive=True`: an orphan of a killed `up` (mmdebstrap, apt) then
    keeps the lab locked until it has ended. It is never handed to podman, whose monitor would keep it for ever.
    """

    def __init__(self, show: Callable[[str], None] = say, lock_fd: int | None = None) -> None:
        self._show = show
        self._lock_fd = lock_fd
        self.count = 0

    def run(
        self, argv: Sequence[str], *, environment: Mapping[str, str] | None = None, outlive: bool = False
    ) -> str:
        """Shows and runs a command, raises LabError with the end of its error output, returns its output."""
        self.count += 1
        prefix = [f"{key}={value}" for key, value in (environment or {}).items()]
        self._show("  $ " + " ".join([*map(shlex.quote, prefix), shlex.join(argv)]))
        done = threading.Event()
        watcher = threading.Thread(target=self._report_waiting, args=(argv[0], done), daemon=True)
        watcher.start()
        try:
            finished = self._start(argv, environment, outlive)
        finally:
            done.set()
        if finished.returncode != 0:
            raise LabError(
                f"ran `{shlex.join(argv)}`",
                f"it ended with {finished.returncode}: {_tail(finished.stderr or finished.stdout)}",
                "Run it alone to see all of it; `./scripts/estate lab up` may be repeated at any time",
            )
        return finished.stdout

    def attempt(self, argv: Sequence[str]) -> bool:
        """Shows and runs a command that may fail because there is nothing left to do; says whether it worked."""
        self.count += 1
        self._show("  $ " + shlex.join(argv))
        return self._start(argv, None, False).returncode == 0

    def read(self, argv: Sequence[str]) -> str | None:
        """Runs a command that only looks, unseen; None when it failed."""
        finished = self._start(argv, None, False)
        return finished.stdout if finished.returncode == 0 else None

    def _start(
        self, argv: Sequence[str], environment: Mapping[str, str] | None, outlive: bool
    ) -> subprocess.CompletedProcess[str]:
        kept = (self._lock_fd,) if outlive and self._lock_fd is not None else ()
        try:
            return subprocess.run(
                argv,
                env={**os.environ, "LC_ALL": "C.UTF-8", **(environment or {})},
                stdin=subprocess.DEVNULL,
                capture_output=True,
                text=True,
                errors="replace",
                pass_fds=kept,
                check=False,
            )
        except FileNotFoundError as missing:
            raise LabError(
                f"ran `{argv[0]}`", "the program is not installed", "Run ./scripts/bootstrap"
            ) from missing

    def _report_waiting(self, program: str, done: threading.Event) -> None:
        begun = time.monotonic()
        while not done.wait(PATIENCE_SECONDS):
            self._show(f"    ... {program} still runs, {time.monotonic() - begun:.0f} s")


def _tail(text: str, lines: int = 6) -> str:
    kept = [line for line in text.strip().splitlines() if line.strip()][-lines:]
    return " / ".join(kept) or "without a word"
