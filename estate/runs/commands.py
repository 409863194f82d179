"""Runs the ordinary commands of a run: each printed as a person could type it, streamed, kept in a log."""

from __future__ import annotations

import ctypes
import os
import shlex
import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence
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


def run(
    argv: Sequence[str], *, root: Path, log: Path, variables: Mapping[str, str], keep: Sequence[int] = ()
) -> int:
    """Runs one command in the repository's root and returns its exit code.

    Its output goes to standard error and to the log as it comes. `keep` are open files the command inherits
    (the lock). The command is told to stop when this process dies, however it dies.
    """
    say.print(f"$ {shlex.join(argv)}", style="bold")
    environment = {**os.environ, **variables, "PYTHONUNBUFFERED": "1"}
    with log.open("a", encoding="utf-8") as kept:
        kept.write(f"$ {shlex.join(argv)}\n")
        process = subprocess.Popen(
            list(argv),
            cwd=root,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            pass_fds=tuple(keep),
            preexec_fn=_die_with_parent,
        )
        assert process.stdout is not None
        try:
            for line in process.stdout:
                sys.stderr.write(line)
                kept.write(line)
                kept.flush()
            return process.wait()
        except BaseException:
            process.terminate()
            process.wait()
            raise


def _die_with_parent() -> None:
    _libc.prctl(PR_SET_PDEATHSIG, signal.SIGTERM)
