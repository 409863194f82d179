"""The calendar is read back by a strict reader of RFC 5545 that shares no code with its writer."""

import re
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from typer.testing import CliRunner

from estate.cli import drill as cli
from estate.declared import load
from estate.drill.events import Event, events, ics
from estate.drill.timing import Attempt, standing
from estate.runs.environment import ROOT

ZONE = ZoneInfo("Europe/Istanbul")
NOW = datetime(2026, 11, 26, 12, 0, tzinfo=UTC)
DRILL = load(ROOT / "inventories/lab").drills[0]
HELD = Attempt(
    "20260905T070000Z-drill-abcdef", NOW - timedelta(days=82), NOW - timedelta(days=81.9), "failed"
)
BROKEN = Attempt(
    "20260912T070000Z-drill-fedcba", NOW - timedelta(days=75), NOW - timedelta(days=74.9), "error"
)


def _read(text: str) -> list[dict[str, str]]:
    """Reads a calendar as RFC 5545 wants it written, and gives the properties of its events."""
    raw = text.encode()
    assert raw.endswith(b"\r\n") and b"\n" not in raw.replace(b"\r\n", b"")
    physical = raw.removesuffix(b"\r\n").split(b"\r\n")
    assert max(map(len, physical)) <= 75
    lines: list[str] = []
    for line in map(bytes.decode, physical):  # a letter that was cut in two is no UTF-8
        if line[0] == " ":
            lines[-1] += line[1:]
        else:
            lines.append(line)
    found: list[dict[str, str]] = []
    stack: list[str] = []
    for line in lines:
        named = re.fullmatch(r'([A-Z][A-Z-]*)((?:;[A-Z-]+=[^;:,"]+)*):(.*)', line)
        assert named, line
        name, parameters, value = named.groups()
        if name == "BEGIN":
            stack.append(value)
            if value == "VEVENT":
                found.append({})
        elif name == "END":
            assert stack.pop() == value
        elif stack[-1] == "VEVENT":
            assert name not in found[-1], f"{name} stands twice"
            found[-1][name] = f"{parameters.lstrip(';')}:{value}" if parameters else value
    assert stack == [] and lines[0] == "BEGIN:VCALENDAR" and "VERSION:2.0" in lines
    return found


def _moment(value: str) -> datetime:
    return datetime.strptime(value, "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)


def _calendar(attempts: list[Attempt], now: datetime = NOW) -> tuple[list[Event], str]:
    rows = [(DRILL, attempts, standing(DRILL, attempts, now, ZONE))]
    found = events(rows, now - timedelta(days=365), now + timedelta(days=365), ZONE)
    return found, ics(found, "gumuscagil.bel.example", now)


def test_what_was_held_and_what_is_planned_comes_back_as_it_was_written() -> None:
    found, text = _calendar([HELD, BROKEN])
    read = _read(text)
    assert len(read) == len(found) > 5
    for event, line in zip(found, read, strict=True):
        assert (_moment(line["DTSTART"]), _moment(line["DTEND"])) == (event.begins, event.ends)
        assert event.begins < event.ends and line["DTSTAMP"] == "20261126T120000Z"
        assert DRILL.title_tr in line["SUMMARY"]
    assert [line["SUMMARY"].split(":")[0] for line in read[:3]] == [
        "Tatbikat yapıldı (başarısız)",
        "Tatbikat yapıldı (sonuçsuz)",
        "Tatbikat",
    ]
    assert [one.uid for one in found[:3]] == ["mail-1", BROKEN.run.lower(), "mail-2"]
    assert "METHOD" not in text  # one that publishes must name an organizer (RFC 5546)


def test_an_entry_keeps_its_name_when_its_drill_is_held() -> None:
    before = _read(_calendar([HELD])[1])
    held = Attempt("20261128T070000Z-drill-aaaaaa", NOW, NOW + timedelta(hours=1), "passed")
    after = _read(_calendar([HELD, held], NOW + timedelta(hours=2))[1])
    assert [line["UID"] for line in before[:3]] == [line["UID"] for line in after[:3]]
    assert len({line["UID"] for line in after}) == len(after)
    assert [line["STATUS"] for line in after[:3]] == ["CONFIRMED", "CONFIRMED", "TENTATIVE"]


def test_signs_with_a_meaning_are_marked() -> None:
    titled: Any = Event("a-1", "a", "Yangın, sel; \\ deprem", "planned", NOW, NOW + timedelta(hours=1))
    (line,) = _read(ics([titled], "x.example", NOW))
    assert line["SUMMARY"] == "Tatbikat: Yangın\\, sel\\; \\\\ deprem"


def test_an_hour_is_the_same_one_on_both_sides_of_a_change_of_clocks() -> None:
    berlin = ZoneInfo("Europe/Berlin")
    starts = [datetime(2026, month, 5, 9, 0, tzinfo=berlin) for month in (1, 7)]
    rows: list[Any] = [Event("a-1", "a", "A", "planned", one, one + timedelta(hours=1)) for one in starts]
    assert [_moment(line["DTSTART"]) for line in _read(ics(rows, "x.example", starts[0]))] == starts


@pytest.mark.parametrize(("file", "told"), [("", "Name a file"), ("takvm/x.ics", "there is no folder")])
def test_a_file_that_cannot_be_written_is_refused(tmp_path: Path, file: str, told: str) -> None:
    done = CliRunner().invoke(cli.app, ["calendar", "--ics", str(tmp_path / file)])
    assert done.exit_code == 2 and told in done.stderr and list(tmp_path.iterdir()) == []
