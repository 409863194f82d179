"""Gives the calendar month of a report as instants of Turkey's clock."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError


class ReportError(Exception):
    """Says what was asked of the report, what was found and what to do."""


def turkish_zone(name: str = "Europe/Istanbul") -> ZoneInfo:
    """Gives the zone, or refuses time zone data that does not know Turkey's clock of +03:00 since 2016."""
    try:
        zone = ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError):
        raise ReportError(
            f"time zone {name}: not known on this machine. Install the package tzdata."
        ) from None
    if name == "Europe/Istanbul":
        winter = datetime(2026, 1, 5, 12, tzinfo=zone).utcoffset()
        if winter != timedelta(hours=3):
            raise ReportError(
                f"time zone {name}: expected +03:00 in January 2026, found {winter}. "
                "The time zone data is older than 2016g: update the package tzdata."
            )
    return zone


@dataclass(frozen=True)
class Period:
    """Is one calendar month, local: `start` inclusive, `end` exclusive, figures as of `evaluated_at`."""

    name: str
    start: datetime
    end: datetime
    evaluated_at: datetime

    @classmethod
    def of(cls, name: str, now: datetime, zone: ZoneInfo) -> Period:
        """Reads `2026-11`; a month that still runs is evaluated now; one that has not begun is refused."""
        found = re.fullmatch(r"(\d{4})-(\d{2})", name)
        if not found or not 1 <= int(found[2]) <= 12 or int(found[1]) < 2000:
            raise ReportError(f"period {name!r}: not a month. Write year and month, for example 2026-11.")
        year, month = int(found[1]), int(found[2])
        start = datetime(year, month, 1, tzinfo=zone)
        end = datetime(year + month // 12, month % 12 + 1, 1, tzinfo=zone)
        now = now.astimezone(zone).replace(microsecond=0)
        if start >= now:
            raise ReportError(
                f"period {name}: begins {start:%d.%m.%Y}, after now. Ask for a month that has begun."
            )
        return cls(name, start, end, min(end, now))

    @property
    def running(self) -> bool:
        """Tells whether the month was not over when it was evaluated."""
        return self.evaluated_at < self.end

    @property
    def seconds(self) -> int:
        """Is the length from the start to the evaluation in whole seconds, at least one."""
        return max(1, int((self.evaluated_at - self.start).total_seconds()))

    @property
    def last_day(self) -> datetime:
        """Is an instant of the last day of the month, for printing."""
        return self.end - timedelta(seconds=1)

    def holds(self, moment: datetime) -> bool:
        """Tells whether an instant lies inside the evaluated part of the month."""
        return self.start <= moment <= self.evaluated_at and moment < self.end

    def days(self) -> list[tuple[datetime, datetime]]:
        """Lists the local days begun so far: start and end (the running day ends at the evaluation)."""
        found, day = [], self.start
        while day < self.evaluated_at:
            following = (day.replace(tzinfo=None) + timedelta(days=1)).replace(tzinfo=self.start.tzinfo)
            found.append((day, min(following, self.evaluated_at)))
            day = following
        return found
