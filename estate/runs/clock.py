"""Tells which day it is in the municipality, whatever zone the machine at work is in."""

from __future__ import annotations

from datetime import date, datetime
from zoneinfo import ZoneInfo

from estate.declared.estate import Estate


def today(estate: Estate) -> date:
    """Gives the day by which access opens and closes: the municipality's, at this moment."""
    return datetime.now(ZoneInfo(estate.organisation.time_zone)).date()
