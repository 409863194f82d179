"""Takes the calendar events of systemd and nothing else."""

from __future__ import annotations

import pytest
from pydantic import TypeAdapter, ValidationError

from estate.declared.schedules import Schedule

SCHEDULE: TypeAdapter[str] = TypeAdapter(Schedule)


@pytest.mark.parametrize(
    "text",
    [
        "*:0/15",
        "daily",
        "hourly",
        "Mon..Fri 02:00",
        "Mon,Thu 02:00:30",
        "*-*-* 03:30:00",
        "*-*-01 04:00",
        "*-02~01",
        "2026-11-30",
        "Sat",
        "Sun *-*-1..7 18:00 Europe/Istanbul",
        "00/2:15",
        "*:*:0/30",
        "weekly UTC",
    ],
)
def test_a_calendar_event_is_taken_as_it_is(text: str) -> None:
    assert SCHEDULE.validate_python(text) == text


@pytest.mark.parametrize(
    "text", ["every day", "", "25:00", "12:60", "*/5 * * * *", "@daily", "daily\n", "*", 15]
)
def test_anything_else_is_refused_with_an_example(text: object) -> None:
    with pytest.raises(ValidationError, match="found"):
        SCHEDULE.validate_python(text)
