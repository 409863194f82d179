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
from estate.plan import fingerprint
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


def target(estate: Estate, usual: str) -> str:
    """Gives the host of `--data target=HOST`, or the usual one; raises PyinfraError on one that is not declared."""
    named = str(host.data.get("target") or usual)
    if named not in estate.networks.hosts:
        known = ", ".join(estate.networks.hosts)
        raise PyinfraError(f"target {named!r} is no declared host; known: {known}")
    return named


def observed_file() -> Path:
    """Gives the file of `--data observed_file=PATH`; raises PyinfraError when none is named."""
    if not host.data.get("observed_file"):
        raise PyinfraError("say where to write what is observed: --data observed_file=PATH")
    return Path(host.data.observed_file)


def keep(
    changes: Sequence[records.Change],
    refusal: str | None = None,
    notices: Sequence[str] = (),
    own: str | None = None,
    wanted: object = None,
) -> None:
    """Tells what is found and left alone; writes all of a plan to the file of `--data changes_file=PATH`, if named.

    The changes stand in that file, why the deploy refuses them and the notices beside it. `own` is
    what of a refusal that speaks of several hosts is about this one, empty when nothing is. `wanted` is all that the
    host has to hold, of which a digest is written: whether what is declared moved since an earlier plan.
    """
    if told := refusal if own is None else own:
        REFUSED[host.name] = told
    for line in notices:
        logger.warning(f"{host.print_prefix}{line}")
    if host.data.get("changes_file"):
        path = Path(host.data.changes_file)
        words = {"refusals": [refusal] if refusal else [], "notices": list(notices)}
        if wanted is not None:
            words["wanted"] = [fingerprint(wanted)]
        records.write(records.said(path), words)
        records.write(path, list(changes))


def run() -> str:
    """Names the run that asked for this, or the hand that called pyinfra."""
    outcomes = os.environ.get("ESTATE_OUTCOMES")
    return Path(outcomes).parent.name if outcomes else "by hand"
