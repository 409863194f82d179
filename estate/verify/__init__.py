"""Judges observations of services in use against what is declared; pure, one module per subject."""

from __future__ import annotations

from collections.abc import Sequence

from estate.records import Verdict
from estate.records.shapes import Judgement


def overall(verdicts: Sequence[Verdict]) -> Judgement:
    """Sums verdicts up: error when one was not reached or none exists, else failed when one failed."""
    results = {verdict.result for verdict in verdicts}
    if not verdicts or "error" in results:
        return "error"
    return "failed" if "failed" in results else "passed"
