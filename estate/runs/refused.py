"""Names the exit codes of a run and the one exception that ends it before anything was changed."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from enum import IntEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

    from estate.records.damaged import Damaged


class Exit(IntEnum):
    """Fixes what each exit code means (docs/operations.md, docs/pipeline.md)."""

    OK = 0
    VERDICT_FAILED = 1
    REFUSED = 2
    FAILED = 3
    UNREACHABLE = 4
    LOCKED = 5
    ERROR = 6
    SUPERSEDED = 7
    WAITING = 8
    INTERRUPTED = 130


class InterruptedRunError(KeyboardInterrupt):
    """Says how far a run came that somebody interrupted; an interrupt itself, for whoever handles these."""


class RefusedError(Exception):
    """Says what was asked, what was found and what to do; nothing was changed. Carries the exit code."""

    def __init__(self, message: str, code: Exit = Exit.REFUSED) -> None:
        """Keeps the message and the exit code."""
        super().__init__(message)
        self.code = code


@contextmanager
def told(reads: bool = False) -> Iterator[None]:
    """Turns a refusal into its message on standard error and its exit code: a user's mistake has no traceback.

    A verb that `reads` changes nothing outside of a run, and a run tells of its own interrupt.
    """
    try:
        yield
    except RefusedError as refusal:
        print(f"refused: {refusal}", file=sys.stderr)
        raise SystemExit(refusal.code) from None
    except Exception as refusal:
        from estate.declared.mistakes import (
            Refusal,  # read when needed: who only looks does not wait for them
        )
        from estate.records.shapes import RecordError

        if not isinstance(refusal, Refusal | RecordError):
            raise
        print(f"refused: {refusal}", file=sys.stderr)
        raise SystemExit(Exit.REFUSED) from None
    except InterruptedRunError as stop:
        print(f"interrupted: {stop}", file=sys.stderr)
        raise SystemExit(Exit.INTERRUPTED) from None
    except KeyboardInterrupt:
        if not reads:
            raise
        print("interrupted; nothing was changed", file=sys.stderr)
        raise SystemExit(Exit.INTERRUPTED) from None


def left_out(damaged: Damaged) -> Exit:
    """Names on standard error the records that a list had to leave out; gives its exit code, FAILED when one was."""
    for words in damaged.words():
        print(words, file=sys.stderr)
    return Exit.FAILED if damaged.counts else Exit.OK


def refuse_astray(file: Path | None) -> None:
    """Raises when a file to be written would lie somewhere unseen, or in the place of a folder or a tracked file."""
    if file is None:
        return
    if not file.absolute().parent.is_dir():
        raise RefusedError(
            f"{file}: there is no folder {file.parent}. Name one that stands, or make it first."
        )
    if file.is_dir():
        raise RefusedError(f"{file} is a folder. Name a file in it.")
    if _tracked(file):
        raise RefusedError(f"{file} is a file of this repository, which git tracks. Name another one.")


def _tracked(file: Path) -> bool:
    from estate.runs.environment import ROOT  # both read this module
    from estate.runs.git import OWN, git

    # a link is replaced, not what it leads to
    whole = file.absolute().parent.resolve() / file.name
    if not whole.is_relative_to(ROOT.resolve()) or not (ROOT / ".git").exists():
        return False
    words = ("--literal-pathspecs", "ls-files", "--error-unmatch", "--", str(whole))
    return git(ROOT.resolve(), *words, variables=OWN).returncode == 0
