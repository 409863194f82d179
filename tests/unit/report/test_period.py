"""A period is a calendar month on Turkey's clock."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from estate.report import period
from estate.report.period import Period, ReportError, turkish_zone

ZONE = turkish_zone()


def _at(text: str) -> datetime:
    return datetime.fromisoformat(text)


def test_a_month_begins_and_ends_at_local_midnight() -> None:
    month = Period.of("2026-11", _at("2027-01-01T00:00:00+00:00"), ZONE)
    assert month.start.astimezone(UTC) == _at("2026-10-31T21:00:00+00:00")
    assert month.end.astimezone(UTC) == month.evaluated_at.astimezone(UTC) == _at("2026-11-30T21:00:00+00:00")
    assert (month.seconds, month.running) == (30 * 86400, False)


def test_december_ends_in_january() -> None:
    month = Period.of("2026-12", _at("2027-02-01T00:00:00+00:00"), ZONE)
    assert month.end.isoformat() == "2027-01-01T00:00:00+03:00"


def test_a_month_before_2016_had_summer_time() -> None:
    month = Period.of("2015-11", _at("2027-02-01T00:00:00+00:00"), ZONE)
    assert (month.start.isoformat(), month.end.isoformat()) == (
        "2015-11-01T00:00:00+03:00",
        "2015-12-01T00:00:00+02:00",
    )
    assert [f"{end:%z}" for _, end in month.days()[6:9]] == ["+0300", "+0200", "+0200"]


@pytest.mark.parametrize(
    ("noon", "hours"),
    [("2015-11-01", 3), ("2015-11-09", 2), ("2016-01-15", 2), ("2016-10-31", 3), ("2026-01-05", 3)],
)
def test_noon_in_istanbul(noon: str, hours: int) -> None:
    assert datetime.fromisoformat(f"{noon}T12:00").replace(tzinfo=ZONE).utcoffset() == timedelta(hours=hours)


def test_a_running_month_is_evaluated_now() -> None:
    month = Period.of("2026-11", _at("2026-11-25T21:30:00.7+00:00"), ZONE)
    assert month.running
    assert month.evaluated_at.isoformat() == "2026-11-26T00:30:00+03:00"
    assert [len(month.days()), month.days()[-1][1]] == [26, month.evaluated_at]
    assert not month.holds(_at("2026-11-26T00:00:00+00:00"))


@pytest.mark.parametrize("name", ["2026", "2026-13", "2026-00", "11-2026", "2026-1", "kasım", "1326-11"])
def test_what_is_no_month_is_refused(name: str) -> None:
    with pytest.raises(ReportError, match="Write year and month, for example 2026-11"):
        Period.of(name, _at("2027-01-01T00:00:00+00:00"), ZONE)


def test_a_month_that_has_not_begun_is_refused() -> None:
    with pytest.raises(ReportError, match=r"begins 01\.12\.2026, after now"):
        Period.of("2026-12", _at("2026-11-30T20:59:59+00:00"), ZONE)


def test_time_zone_data_older_than_2016_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(period, "ZoneInfo", lambda name: ZoneInfo("Europe/Athens"))
    with pytest.raises(ReportError, match="older than 2016g: update the package tzdata"):
        turkish_zone()


def test_a_zone_that_is_not_installed_is_refused() -> None:
    with pytest.raises(ReportError, match="Install the package tzdata"):
        turkish_zone("Europe/Gümüşçağıl")
