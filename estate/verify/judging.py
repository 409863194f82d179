"""Judges one use of a service: what it must show, and what came of it; pure."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from estate.records import Verdict
from estate.records.shapes import Judgement

Answer = Mapping[str, Any]


@dataclass(frozen=True)
class Check:
    """Fixes what one use of the service must show: in words, and as a test of the answer."""

    name: str
    expected: str
    holds: Callable[[Answer], bool]
    found: Callable[[Answer], str]


def judged(subject: str, check: Check, answer: Answer | None, target: str) -> Verdict:
    """Gives the verdict on one answer; none, or one with `error`, reaches no verdict: that is an error."""
    if answer is None or "error" in answer:
        found = "not observed" if answer is None else str(answer["error"])
        return Verdict(subject, check.name, target, "error", check.expected, found)
    result: Judgement = "passed" if check.holds(answer) else "failed"
    seconds = float(answer.get("seconds", 0.0))
    return Verdict(subject, check.name, target, result, check.expected, check.found(answer), seconds)
