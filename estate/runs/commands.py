"""Runs the ordinary commands of a run: each printed as a person could type it, streamed, kept in a log."""

from __future__ import annotations

import ctypes
import os
import shlex
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from rich.console import Console

say = Console(stderr=True, highlight=False, soft_wrap=True, markup=False)
PR_SET_PDEATHSIG = 1
_libc = ctypes.CDLL(None, use_errno=True)


def tool(name: str, root: Path) -> str:
    """Names a program beside this Python, as short as it can be typed in the repository's root."""
    beside = Path(sys.executable).parent / name
    if not beside.exists():
        return name
    return str(beside.relative_to(root)) if beside.is_relative_to(root) else str(beside)


def streamed(
    argv: Sequence[str],
    each: Callable[[str], None],
    *,
    root: Path,
    variables: Mapping[str, str],
    keep: Sequence[int] = (),
    seconds: float | None = None,
) -> int:
    """Runs one command in the repository's root, gives each line it prints to `each`, and returns its exit code.

    It finds the programs installed beside this Python first and inherits the open files `keep` (the lock). It is
    killed after `seconds`, and told to stop when this process ends, however it ends.
    """
    process = subprocess.Popen(
        list(argv),
        cwd=root,
        env={**os.environ, "PATH": _search(), "PYTHONUNBUFFERED": "1", **variables},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
        pass_fds=tuple(keep),
        preexec_fn=_die_with_parent,
    )
    assert process.stdout is not None
    watch = threading.Timer(seconds or threading.TIMEOUT_MAX, process.kill)
    watch.start()
    try:
        for line in process.stdout:
            each(line)
        return process.wait()
    except BaseException:
        process.terminate()
        process.wait()
        raise
    finally:
        watch.cancel()
        process.stdout.close()


def run(
    argv: Sequence[str], *, root: Path, log: Path, variables: Mapping[str, str], keep: Sequence[int] = ()
) -> int:
    """Runs one command of a run and returns its exit code; what it prints goes to standard error and the log."""
    say.print(f"$ {shlex.join(argv)}", style="bold")
    with log.open("a", encoding="utf-8") as kept:
        kept.write(f"$ {shlex.join(argv)}\n")

        def each(line: str) -> None:
            sys.stderr.write(line)
            kept.write(line)
            kept.flush()

        return streamed(argv, each, root=root, variables=variables, keep=keep)


def _search() -> str:
    return f"{Path(sys.executable).parent}{os.pathsep}{os.environ.get('PATH', '')}"


def _die_with_parent() -> None:
    _libc.prctl(PR_SET_PDEATHSIG, signal.SIGTERM)
