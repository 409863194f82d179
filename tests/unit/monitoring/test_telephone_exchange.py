"""The exchange's calls are counted once by what became of them, and what cannot be asked is left out and said."""

import json
import os
import re
import sqlite3
from dataclasses import replace
from datetime import date, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from estate.declared import load
from estate.telephony import figures
from exporters.backup_record import Record, publish
from exporters.telephone_calls import Counts, Row, at_night, count, rows
from exporters.telephone_exchange import (
    MeasureError,
    backed_up,
    declaration,
    extensions,
    measure,
    messages,
    overdue,
)
from exporters.textfile import Textfile

ROOT = Path(__file__).parents[3]
TODAY = date(2026, 11, 30)
LAB = load(ROOT / "inventories/lab", TODAY)
DECLARED: dict[str, Any] = json.loads(figures.text(LAB, TODAY))
# as Asterisk 22 answers
CONTACTS = """
  Contact:  <Aor/ContactUri..............................> <Hash....> <Status> <RTT(ms)..>
==========================================================================================

  Contact:  2401/sip:2401-0x555fbea63f50@10.98.0.81:5101   27af4f4bcd Avail         0.650
  Contact:  2402/sip:2402-0x55b4bbb9df50@10.98.0.81:5102   d844d0f9ae Unavail         nan
  Contact:  2801/sip:2801@10.98.0.81:5104                  400872ef4d NonQual        -nan
  Contact:  5990/sip:5990@10.98.0.81:5106                  61cb4af7c6 Avail         0.704
  Contact:  ana/sip:gumuscagil@10.98.0.60:5060             173891c25e Avail         3.330
  Contact:  yedek/sip:gumuscagil_yedek@10.98.0.60:5070     5102702d9a Avail         1.080

Objects found: 6
"""
REGISTRATIONS = """
 <Registration/ServerURI..............................>  <Auth....................>  <Status.......>
==========================================================================================

 ana/sip:10.98.0.60:5060                                 ana                         Registered        (exp. 57s)
 yedek/sip:10.98.0.60:5070                               yedek                       Rejected          (exp. 3s ago)

Objects found: 2
"""
SAID = {
    "core show channels count": "4 active channels\n2 of 500 max active calls ( 0.40% of capacity)\n",
    "pjsip show contacts": CONTACTS,
    "pjsip show registrations": REGISTRATIONS,
    "asterisk": "Status for the jail: asterisk\n   |- Currently banned: 3\n   `- Total banned: 9\n",
}
OUT, IN = "PJSIP/2401-0000000a", "PJSIP/ana-0000000b"


def ask(*command: str) -> str:
    return SAID[command[-1]]


def leg(number: int, channel: str = OUT, became: str = "ANSWERED", **more: Any) -> Row:
    usual = {
        "dst": "2402",
        "dstchannel": "PJSIP/2402-0000000c",
        "app": "Dial",
        "linked": str(number),
        "userfield": "",
    }
    return Row(id=number, start=1_795_716_216, channel=channel, disposition=became, **{**usual, **more})


@pytest.mark.parametrize(
    ("legs", "calls", "classes"),
    [
        ([leg(1)], {"internal answered": 1}, {}),
        ([leg(1, IN)], {"inbound answered": 1}, {}),
        ([leg(1, IN, dstchannel="", app="VoiceMail")], {"inbound unanswered": 1}, {}),
        ([leg(1, IN, dstchannel="", app="ReceiveFAX", userfield="fax")], {"inbound answered": 1}, {}),
        ([leg(1, became="BUSY", dstchannel=IN, userfield="local")], {"outbound busy": 1}, {"local": 1}),
        ([leg(1, became="CONGESTION", userfield="mobile")], {"outbound error": 1}, {"mobile": 1}),
        ([leg(1, became="NO ANSWER", userfield="refused")], {"outbound error": 1}, {"refused": 1}),
        ([leg(1, IN, "NO ANSWER", linked="x"), leg(2, IN, linked="x")], {"inbound answered": 1}, {}),
        ([leg(1, "PJSIP/5990-0000000a", dstchannel=IN, userfield="emergency")], {}, {}),
        ([leg(1, IN, dst="+903125555990")], {}, {}),
        (
            [leg(1, dst="0005125990", userfield="international")],
            {"outbound answered": 1},
            {"international": 1},
        ),
    ],
)
def test_a_call_is_counted_by_where_it_came_from_and_what_became_of_it(
    legs: list[Row], calls: dict[str, int], classes: dict[str, int]
) -> None:
    counts = Counts()
    count(counts, legs, DECLARED)
    assert (counts.calls, counts.classes) == (calls, classes)


def test_a_late_record_of_a_call_does_not_count_it_again() -> None:
    counts = Counts()
    count(counts, [leg(1, linked="x")], DECLARED)
    count(counts, [leg(2, linked="x"), leg(3)], DECLARED)
    assert counts.calls == {"internal answered": 2}


def test_a_queue_that_rings_its_members_in_an_earlier_minute_hides_no_call() -> None:
    counts = Counts()
    member = leg(1, "Local/3102@queued-0000001a;2", "NO ANSWER", linked="x")
    count(counts, [member], DECLARED)
    assert (counts.calls, counts.last) == ({}, 1)
    count(counts, [leg(2, IN, linked="x", dstchannel="Local/3103@queued-0000001b;1", app="Queue")], DECLARED)
    assert counts.calls == {"inbound answered": 1}


@pytest.mark.parametrize(
    ("clock", "night"),
    [("06:59", True), ("07:00", False), ("20:59", False), ("21:00", True), ("03:00", True)],
)
def test_night_is_told_by_the_municipalitys_clock(clock: str, night: bool) -> None:
    moment = datetime.fromisoformat(f"2026-11-26T{clock}").replace(tzinfo=ZoneInfo("Europe/Istanbul"))
    assert at_night(int(moment.timestamp()), DECLARED) is night


def test_calls_at_night_are_counted_apart() -> None:
    counts, late = Counts(), leg(1, userfield="international")  # at 21:03
    count(counts, [late], DECLARED)
    count(counts, [replace(late, id=2, linked="2", start=late.start - 6 * 3600)], DECLARED)
    assert (counts.night, counts.classes) == ({"international": 1}, {"international": 2})


def database(path: Path, *records: tuple[int, int]) -> Path:
    """Writes records of calls, their numbers and starts; columns have no type, as the exchange makes them."""
    path.unlink(missing_ok=True)
    opened = sqlite3.connect(path)
    names = "start, dst, channel, dstchannel, lastapp, disposition, linkedid, userfield"
    opened.execute(f"CREATE TABLE cdr (AcctId INTEGER PRIMARY KEY, {names})")
    for number, start in records:
        values = (
            number,
            str(start),
            "2402",
            OUT,
            "PJSIP/2402-0000000c",
            "Dial",
            "ANSWERED",
            f"{start}.1",
            "",
        )
        opened.execute(f"INSERT INTO cdr VALUES ({', '.join('?' * 9)})", values)
    opened.commit()
    opened.close()
    return path


def test_every_record_is_read_once_also_after_a_restore(tmp_path: Path) -> None:
    counts = Counts()

    def read(*records: tuple[int, int]) -> list[int]:
        found = rows(database(tmp_path / "calls.db", *records), counts)
        count(counts, found, DECLARED)
        counts.save(tmp_path / "counts.json")
        assert Counts.load(tmp_path / "counts.json") == counts
        return [row.id for row in found]

    assert read((1, 100), (2, 200), (3, 300)) == [1, 2, 3]
    assert read((1, 100), (2, 200), (3, 300), (4, 400)) == [4]
    assert read((1, 100), (2, 200)) == []  # restored from before
    assert read((1, 100), (2, 200), (3, 500)) == [3]
    assert counts.calls == {"internal answered": 5}


def test_broken_counts_are_set_aside(tmp_path: Path) -> None:
    path = tmp_path / "counts.json"
    path.write_text("{", "utf-8")
    assert Counts.load(path) == Counts() and path.with_suffix(".broken").exists()


def places(tmp_path: Path) -> dict[str, Path]:
    found = {name: tmp_path / name for name in ("faxes", "messages", "dump", "job")}
    return found | {"calls": database(tmp_path / "calls.db", (1, 100))}


def test_what_the_exchange_says_is_measured(tmp_path: Path) -> None:
    out, problems = measure(DECLARED, Counts(), ask, places(tmp_path))
    text = out.render()
    assert problems == []
    for line in (
        "bim_pbx_up 1.0",
        "bim_pbx_active_calls 2.0",
        "bim_pbx_blocked_addresses 3.0",
        'bim_pbx_trunk_up{trunk="ana"} 1.0',
        'bim_pbx_trunk_up{trunk="yedek"} 0.0',
        'bim_pbx_extensions{site="ANA",state="registered",type="sip",unit="malihizmetler"} 1.0',
        'bim_pbx_extensions{site="ANA",state="unregistered",type="sip",unit="malihizmetler"} 1.0',
        'bim_pbx_extensions{site="ANA",state="registered",type="fax",unit="yazi"} 1.0',
        'bim_pbx_calls_total{direction="internal",disposition="answered"} 1.0',
        'bim_pbx_calls_total{direction="inbound",disposition="busy"} 0.0',
        'bim_pbx_night_calls_total{class="international"} 0.0',
        'bim_pbx_faxes_total{result="failed"} 0.0',
    ):
        assert f"\n{line}\n" in text, line
    numbers = {number for number in DECLARED["extensions"] if f'"{number}"' in text}
    assert numbers == set(), "a label names a number"


def test_what_cannot_be_asked_is_left_out_and_said(tmp_path: Path) -> None:
    def silent(*command: str) -> str:
        raise MeasureError(f"{command[0]}: exit 1: Unable to connect")

    out, problems = measure(DECLARED, Counts(), silent, places(tmp_path) | {"calls": tmp_path / "none.db"})
    assert [problem.partition(":")[0] for problem in problems] == ["exchange", "calls", "blocked"]
    text = out.render()
    assert "\nbim_pbx_up 0.0\n" in text
    for name in ("trunk_up", "extensions", "active_calls", "blocked_addresses"):
        assert f"bim_pbx_{name}" not in text
    assert 'bim_pbx_block_utilization_ratio{unit="faks"} 0.02\n' in text


def test_no_block_of_the_lab_is_as_good_as_full_as_it_is_shipped() -> None:
    out = Textfile()
    declaration(out, DECLARED)
    ratios = re.findall(r'bim_pbx_block_utilization_ratio\{unit="(\w+)"\} (\S+)', out.render())
    assert dict(ratios)["sonda"] == "0.5"
    assert [unit for unit, ratio in ratios if float(ratio) > 0.9] == []


def test_secrets_are_overdue_the_day_after_their_last() -> None:
    issued = {row["issued"] for row in DECLARED["extensions"].values()} - {None}
    assert issued == {"2026-06-01"}
    assert overdue(DECLARED, date(2027, 6, 1)) == 0
    assert overdue(DECLARED, date(2027, 6, 2)) == sum(
        bool(row["issued"]) for row in DECLARED["extensions"].values()
    )


def test_messages_of_probes_are_nobodys(tmp_path: Path) -> None:
    for path in (
        "2401/INBOX/msg0000.txt",
        "2401/INBOX/msg0000.wav",
        "2401/Old/msg0000.txt",
        "5990/INBOX/msg0000.txt",
    ):
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).touch()
    assert messages(tmp_path, DECLARED["probes"]) == {"new": 1, "heard": 1}


@pytest.mark.parametrize(
    ("good", "made", "held"),
    [(2000, 1995, 1995), (2000, 3000, 1990), (0, 3000, 0)],
    ids=["in the good run", "a run after it failed or is at work", "no good run ever"],
)
def test_the_copy_that_counts_is_that_of_the_last_good_backup(
    tmp_path: Path, good: int, made: int, held: int
) -> None:
    """A newer copy that no good backup holds does not make the one before it go away."""
    dump, job = tmp_path / "calls.db", tmp_path / "job.prom"
    dump.touch()
    os.utime(dump, (made, made))
    assert backed_up(dump, job) == 0
    record = Record(last_success=good, duration=10.0)
    publish("job", record, {"rpo_seconds": 86_400}, tmp_path)
    assert backed_up(dump, tmp_path / "backup_job.prom") == held


def waiting(told: dict[str, Any]) -> int:
    return sum(sum(sites.values()) for sites in told["reserved"].values())


def test_who_waits_or_has_left_keeps_a_number_and_has_no_telephone() -> None:
    estate = load(ROOT / "inventories/lab", TODAY)
    told = figures.figures(estate, date(2020, 1, 1))
    now = figures.figures(estate, TODAY)
    assert waiting(told) > waiting(now)
    out = Textfile()
    extensions(out, now, {})
    text = out.render()
    found = re.findall(
        r'(?m)^bim_pbx_extensions\{site="(\w+)",state="reserved",type="sip",unit="(\w+)"} (\S+)$', text
    )
    assert sum(float(number) for *_, number in found) == waiting(now)
    assert {site for site, *_ in found} <= {one.code for one in estate.sites} | {"unknown"}
    assert told["blocks"]["fen"] == figures.figures(estate, TODAY)["blocks"]["fen"] == [5, 100]
    assert not {"5990"} & set(told["extensions"])
