"""Remembers at which readings nothing was to do, so that the same question is not worked through again; pure.

A plan follows from its question and from the code alone. Both are in the digest, so what is remembered is what would be
planned again, guards included; a plan with lines, refusals or waived refusals is never remembered.
"""

from __future__ import annotations

import hashlib
import json
import platform
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from functools import cache
from importlib.metadata import version
from pathlib import Path

from estate.switches.comparing import Question
from estate.switches.plan import SwitchPlan


@dataclass(frozen=True)
class Idle:
    """One reading at which nothing was to do: the digest of the question, and what was left alone."""

    digest: str
    left_alone: tuple[str, ...]


def digest(question: Question) -> str:
    """Gives one number for a question and the code that answers it, the same in every process."""
    parts = json.dumps(asdict(question), default=sorted, sort_keys=True)  # sets have no order of their own
    return hashlib.sha256(f"{_code()}{parts}".encode("utf-8", "surrogatepass")).hexdigest()


def recalled(question: Question, kept: Idle | None) -> tuple[SwitchPlan, Idle | None]:
    """Gives the plan, and what to keep of it: None when something is to do or to be said.

    Raises:
        ConfigurationError: a text is a redacted copy.
    """
    mark = digest(question)
    if kept is not None and kept.digest == mark:
        return SwitchPlan(left_alone=kept.left_alone), kept
    plan = question.answered()
    quiet = plan == SwitchPlan(left_alone=plan.left_alone)
    return plan, Idle(mark, plan.left_alone) if quiet else None


def merged(before: Mapping[str, Idle], now: Mapping[str, Idle | None]) -> dict[str, Idle]:
    """Gives what is kept of all switches after some were planned."""
    found = {**before, **now}
    return {name: kept for name, kept in sorted(found.items()) if kept is not None}


@cache
def _code() -> str:
    """Gives a digest of what plans: this package, hier-config and Python."""
    found = hashlib.sha256(f"{platform.python_version()} {version('hier-config')}".encode())
    for path in sorted(Path(__file__).parent.glob("*.py")):
        found.update(path.read_bytes())
    return found.hexdigest()
