"""Reads what a deploy was called with: the day it plans for, what may go, where its plan is kept, and by which run."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from datetime import date
from pathlib import Path

from pyinfra import logger
from pyinfra.api.exceptions import PyinfraError
from pyinfra.context import host

from estate import records
from estate.declared.estate import Estate
from estate.runs import clock
from estate.runs.environment import Environment

REFUSED: dict[str, str] = {}
"""Why the deploy of this process refuses its plan, by host: a run gives each deploy a process of its own."""


def today(estate: Estate) -> date:
    """Gives the day of `--data today=2026-12-31`, or the municipality's; raises PyinfraError on no such day.

    A day ahead is for looking: what it purges is gone for good. Without --dry it is refused, but for the lab, where a
    year is replayed.
    """
    typed = host.data.get("today")
    if typed is None:
        return clock.today(estate)
    try:
        day = date.fromisoformat(str(typed))
    except ValueError:
        raise PyinfraError(f"today={typed!r} is no day of the calendar; write it as 2026-12-31") from None
    if day > clock.today(estate) and "--dry" not in sys.argv and Environment.chosen().name != "lab":
        raise PyinfraError(
            f"today={day} lies ahead, and what would be closed and purged by then is due only then; add --dry to see it"
        )
    return day


def confirmed_removals() -> int:
    """Gives the number of `--data confirm_removals=N`, 0 when none was typed."""
    return int(host.data.get("confirm_removals") or 0)


def keep(changes: Sequence[records.Change], refusal: str | None = None, notices: Sequence[str] = ()) -> None:
    """Tells what is found and left alone; writes all of a plan to the file of `--data changes_file=PATH`, if named.

    The changes stand in that file, why the deploy refuses them and the notices beside it.
    """
    if refusal:
        REFUSED[host.name] = refusal
    for line in notices:
        logger.warning(f"{host.print_prefix}{line}")
    if host.data.get("changes_file"):
        path = Path(host.data.changes_file)
        records.write(
            records.said(path), {"refusals": [refusal] if refusal else [], "notices": list(notices)}
        )
        records.write(path, list(changes))


def run() -> str:
    """Names the run that asked for this, or the hand that called pyinfra."""
    outcomes = os.environ.get("ESTATE_OUTCOMES")
    return Path(outcomes).parent.name if outcomes else "by hand"
