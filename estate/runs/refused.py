"""Names the exit codes of a run and the one exception that ends it before anything was changed."""

from __future__ import annotations

from enum import IntEnum


class Exit(IntEnum):
    """Fixes what each exit code of plan, apply and verify means (docs/operations.md)."""

    OK = 0
    VERDICT_FAILED = 1
    REFUSED = 2
    FAILED = 3
    UNREACHABLE = 4
    LOCKED = 5
    ERROR = 6


class RefusedError(Exception):
    """Says what was asked, what was found and what to do; nothing was changed. Carries the exit code."""

    def __init__(self, message: str, code: Exit = Exit.REFUSED) -> None:
        """Keeps the message and the exit code."""
        super().__init__(message)
        self.code = code
