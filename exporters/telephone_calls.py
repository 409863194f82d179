"""Counts what became of calls and faxes, from the records of the exchange; once each, whatever ends in between.

How far the records were read is kept in one file with the counts. Calls of the call probe are nobody's and not counted.
"""

from __future__ import annotations

import json
import os
import re
import sqlite3
from collections.abc import Iterable, Mapping
from contextlib import closing
from dataclasses import asdict, dataclass, field
from datetime import datetime
from itertools import groupby
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

CLASSES = ("local", "national", "mobile", "international", "emergency", "refused")
NIGHTLY = ("mobile", "international")
DISPOSITIONS = {"BUSY": "busy", "NO ANSWER": "unanswered", "FAILED": "error", "CONGESTION": "error"}
WEEK = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
RESULT, LINE = 2, 3
"""Where a line of the fax log (subroutine fax-told of the dial plan) tells what became of a fax, and of which line."""
FAX_RESULTS = ("received", "sent", "failed")
REMEMBERED = 2000
_CHANNEL = re.compile(r"PJSIP/(?P<name>.+)-[0-9a-f]{8}")
_QUEUED = re.compile(r"Local/[^@/]+@queued-")
_QUERY = (
    "SELECT rowid, CAST(start AS INTEGER), dst, channel, dstchannel, lastapp, disposition, linkedid, userfield"
    " FROM cdr WHERE rowid > ? OR CAST(start AS INTEGER) > ? ORDER BY rowid"
)


@dataclass(frozen=True)
class Row:
    """One record of a call; a call that rang in turn or was handed on has several, with one `linked`."""

    id: int
    start: int
    dst: str
    channel: str
    dstchannel: str
    app: str
    disposition: str
    linked: str
    userfield: str


@dataclass
class Counts:
    """Keeps how far calls and faxes were read, and what was counted until there.

    `last` and `start` are those of the newest record; `recent` are calls of which a late record may still come.
    `fax_offset` is how far the log of faxes was read, `fax_moment` when its newest fax was counted.
    """

    last: int = 0
    start: int = 0
    recent: list[str] = field(default_factory=list)
    calls: dict[str, int] = field(default_factory=dict)
    classes: dict[str, int] = field(default_factory=dict)
    night: dict[str, int] = field(default_factory=dict)
    fax_offset: int = 0
    fax_moment: int = 0
    faxes: dict[str, int] = field(default_factory=dict)

    @classmethod
    def load(cls, path: Path) -> Counts:
        """Reads the counts of the last run; a broken file is set aside, and counting begins anew."""
        try:
            return cls(**json.loads(path.read_text(encoding="utf-8")))
        except FileNotFoundError:
            return cls()
        except (ValueError, TypeError):
            path.replace(path.with_suffix(".broken"))
            return cls()

    def save(self, path: Path) -> None:
        """Replaces the file in one step."""
        aside = path.with_suffix(".aside")
        with aside.open("w", encoding="utf-8") as stream:
            json.dump(asdict(self), stream)
            stream.flush()
            os.fsync(stream.fileno())
        aside.replace(path)


def rows(database: Path, counts: Counts) -> list[Row]:
    """Reads the records that came since; after a restore those that are newer than the newest one counted."""
    with closing(sqlite3.connect(f"file:{database}?mode=ro", uri=True, timeout=10)) as opened:
        if not opened.execute("SELECT 1 FROM sqlite_master WHERE name = 'cdr'").fetchone():
            return []
        [newest] = opened.execute("SELECT COALESCE(MAX(rowid), 0) FROM cdr").fetchone()
        if newest < counts.last:
            return [Row(*row) for row in opened.execute(_QUERY, (newest, counts.start))]
        return [Row(*row) for row in opened.execute(_QUERY, (counts.last, 2**62))]


def count(counts: Counts, found: Iterable[Row], declared: Mapping[str, Any]) -> None:
    """Adds the calls that these records tell of; how a queue rang its members is no call of its own."""
    ordered = sorted(found, key=lambda row: (row.linked, row.id))
    calls = [row for row in ordered if not _QUEUED.match(row.channel)]
    for linked, group in groupby(calls, key=lambda row: row.linked):
        legs = list(group)
        if linked in counts.recent or _of_a_probe(legs, declared):
            continue
        way = direction(legs[0], legs, declared)
        _add(counts.calls, f"{way} {disposition(way, legs)}")
        for name in {leg.userfield for leg in legs} & set(CLASSES):
            _add(counts.classes, name)
            if name in NIGHTLY and at_night(legs[0].start, declared):
                _add(counts.night, name)
    seen = dict.fromkeys([*counts.recent, *(row.linked for row in calls)])
    counts.recent = list(seen)[-REMEMBERED:]
    if ordered:
        counts.last = max(row.id for row in ordered)
        counts.start = max(counts.start, *(row.start for row in ordered))


def direction(first: Row, legs: Iterable[Row], declared: Mapping[str, Any]) -> str:
    """Tells where a call came from and went to: a trunk calls in, a class is a call out."""
    if endpoint(first.channel) in declared["trunks"]:
        return "inbound"
    out = any(leg.userfield in CLASSES or endpoint(leg.dstchannel) in declared["trunks"] for leg in legs)
    return "outbound" if out else "internal"


def disposition(way: str, legs: Iterable[Row]) -> str:
    """Tells what became of a call; a caller outside who met an announcement or a mailbox was not answered."""
    known = list(legs)
    if any(leg.userfield == "refused" for leg in known):
        return "error"
    for leg in known:
        if leg.disposition == "ANSWERED" and (way != "inbound" or leg.dstchannel or leg.app == "ReceiveFAX"):
            return "answered"
    became = {DISPOSITIONS.get(leg.disposition, "unanswered") for leg in known}
    return next(one for one in ("busy", "unanswered", "error") if one in became)


def at_night(moment: int, declared: Mapping[str, Any]) -> bool:
    """Tells whether a moment lies outside the declared hours of the day."""
    local = datetime.fromtimestamp(moment, ZoneInfo(declared["time_zone"]))
    today, clock = WEEK[local.weekday()], f"{local:%H:%M}"
    return not any(today in span["days"] and span["start"] <= clock < span["end"] for span in declared["day"])


def endpoint(channel: str) -> str:
    """Gives the name of the telephone or trunk of a channel, an empty text for what is neither."""
    found = _CHANNEL.fullmatch(channel)
    return found["name"] if found else ""


def faxes(counts: Counts, log: Path, declared: Mapping[str, Any]) -> None:
    """Adds the faxes of the log, without those of the probe's line.

    A log that is shorter than before was restored or begun anew: what is not newer than the newest counted is known.
    """
    if not log.exists():
        return
    known = 0
    if log.stat().st_size < counts.fax_offset:
        counts.fax_offset, known = 0, counts.fax_moment
    with log.open("rb") as stream:
        stream.seek(counts.fax_offset)
        whole = stream.read().rpartition(b"\n")[0]
    for line in whole.decode(errors="replace").splitlines():
        words = line.split(" ")
        if len(words) <= LINE or words[RESULT] not in FAX_RESULTS or not words[0].isdigit():
            continue
        if (moment := int(words[0])) <= known:
            continue
        counts.fax_moment = max(counts.fax_moment, moment)
        if words[LINE] not in declared["probes"]:
            _add(counts.faxes, words[RESULT])
    counts.fax_offset += len(whole) + 1 if whole else 0


def _of_a_probe(legs: Iterable[Row], declared: Mapping[str, Any]) -> bool:
    probes = set(declared["probes"])
    return any(probes & {endpoint(leg.channel), endpoint(leg.dstchannel), leg.dst} for leg in legs)


def _add(sums: dict[str, int], key: str) -> None:
    sums[key] = sums.get(key, 0) + 1
