"""Names the exit codes of a run and the one exception that ends it before anything was changed."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from enum import IntEnum

from estate.declared import Refusal
from estate.records import RecordError


class Exit(IntEnum):
    """Fixes what each exit code of plan, apply and verify means (docs/operations.md)."""

    OK = 0
    VERDICT_FAILED = 1
    REFUSED = 2
    FAILED = 3
    UNREACHABLE = 4
    LOCKED = 5
    ERROR = 6
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
def told() -> Iterator[None]:
    """Turns a refusal into its message on standard error and its exit code: a user's mistake has no traceback."""
    try:
        yield
    except RefusedError as refusal:
        print(f"refused: {refusal}", file=sys.stderr)
        raise SystemExit(refusal.code) from None
    except (Refusal, RecordError) as refusal:
        print(f"refused: {refusal}", file=sys.stderr)
        raise SystemExit(Exit.REFUSED) from None
    except InterruptedRunError as stop:
        print(f"interrupted: {stop}", file=sys.stderr)
        raise SystemExit(Exit.INTERRUPTED) from None
