"""Reads what lies below var/<environment>, each subject by itself: one damaged record costs what it tells alone."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, get_args

from estate.records import RecordError, read_text, runs_below
from estate.records.runs import process_started
from estate.records.shapes import Kind
from estate.status.shapes import Noted, Recorded

KINDS = frozenset(get_args(Kind))
DAMAGE = (
    OSError,
    RecordError,
    ValueError,
    KeyError,
    TypeError,
    AttributeError,
    OverflowError,
    RecursionError,
)
"""What reading a damaged record raises: a time before the first year overflows, brackets without an end recurse."""
NEWEST_PIPELINES = 60
"""So many of the newest runs of the pipeline are opened, and a status stays quick."""


def recorded(var: Path, lock: Noted | None, drills: Callable[[], Sequence[Noted]] = tuple) -> Recorded:
    """Gathers all of it; `lock` is who holds the environment now, which the kernel tells and no file.

    `drills` reads the evidence and judges it by what is declared, or raises RecordError.
    """
    reader = _Reader(var)
    reader.newest(var.glob("applied.json"), _applied)  # no fact of its own, but without it no apply can begin
    return Recorded(
        runs=tuple(reader.each(_runs(var))),
        drills=tuple(reader.drills(drills)),
        envelopes=tuple(reader.newest(var.glob("escrow/*.check.json"), _envelope)),
        switches=tuple(reader.newest(var.glob("switches/state/*.json"), _switch)),
        drift=tuple(reader.drift(var / "drift.json")),
        pipeline=reader.pipeline(var / "pipelines"),
        lock=lock,
        unread=tuple(reader.unread),
    )


class _Reader:
    """Keeps the names of the files that could not be read."""

    def __init__(self, var: Path) -> None:
        self.var = var
        self.unread: list[str] = []

    def each(self, reads: Iterable[tuple[Path, Callable[[], Noted]]]) -> Iterator[Noted]:
        for path, read in reads:
            try:
                yield read()
            except DAMAGE:
                self.unread.append(path.relative_to(self.var).as_posix())

    def newest(self, paths: Iterable[Path], note: Callable[[Any], Noted]) -> list[Noted]:
        """Gives the newest note of every name; files are in the order of their time."""
        notes = self.each((path, lambda path=path: note(_loaded(path))) for path in sorted(paths))  # type: ignore[misc]
        return list({one.name: one for one in notes}.values())

    def drills(self, read: Callable[[], Sequence[Noted]]) -> Sequence[Noted]:
        """Gives where each drill stands; one damaged record hides which was the newest, so then nothing is known."""
        try:
            return read()
        except RecordError as damaged:
            self.unread.append(Path(damaged.file).relative_to(self.var).as_posix())
            return ()

    def drift(self, path: Path) -> Iterator[Noted]:
        """Gives one note per host of the newest look at receipts."""
        if not path.exists():
            return
        try:
            record = _loaded(path)
            yield from list(_hosts(record))
        except DAMAGE:
            self.unread.append(path.relative_to(self.var).as_posix())

    def pipeline(self, folder: Path) -> Noted | None:
        """Gives the newest run of the pipeline."""
        paths = sorted(folder.glob("*.json"))[-NEWEST_PIPELINES:]
        notes = self.each((path, lambda path=path: _pipeline(_loaded(path))) for path in paths)  # type: ignore[misc]
        return max(notes, key=lambda note: note.at or datetime.min.replace(tzinfo=UTC), default=None)


def _loaded(path: Path) -> Any:
    return json.loads(read_text(path))


def _runs(var: Path) -> Iterator[tuple[Path, Callable[[], Noted]]]:
    """Gives the newest run of each kind, however old; the names tell the kinds, so that few heads are opened."""
    seen: set[str] = set()
    for folder in reversed(list(runs_below(var))):
        if seen >= KINDS:
            return
        kind = folder.path.name.split("-")[1] if folder.path.name.count("-") > 1 else folder.path.name
        if kind in seen:
            continue
        seen.add(kind)

        def read(folder: Any = folder) -> Noted:
            head = folder.head()
            return Noted(head.kind, head.result, head.ended or head.started, head.id)

        yield folder.path / "run.json", read


def _envelope(record: Mapping[str, Any]) -> Noted:
    return Noted(str(record["job"]), str(record["result"]), _time(record["checked"]), str(record["reason"]))


def _applied(record: Mapping[str, Any]) -> Noted:
    return Noted("applied", str(record["commit"]), _time(record["at"]))


def _switch(record: Mapping[str, Any]) -> Noted:
    """Takes the kind of drift; a switch that did not answer at the last look says why in `failure`."""
    word = "unreachable" if record["failure"] else str(record["drift"])
    return Noted(str(record["switch"]), word, _time(record["looked_at"]), str(record["failure"] or ""))


def _hosts(record: Mapping[str, Any]) -> Iterator[Noted]:
    """Tells each host as the look found it; one that a full check found otherwise is `contradicted`."""
    looked, hosts = _time(record["at"]), record["hosts"]
    rows = hosts.items() if isinstance(hosts, Mapping) else [(row["host"], row) for row in hosts]
    told = (record.get("proof") or {}).get("contradicted") or ()
    contradicted = {str(change).split(" ", 1)[0] for change in told}
    for host, row in rows:
        word = "contradicted" if host in contradicted and row["state"] == "in_sync" else str(row["state"])
        yield Noted(str(host), word, looked, str(row.get("unverifiable", "?")))


def _pipeline(record: Mapping[str, Any]) -> Noted:
    """Takes the result; one still running whose process is gone from this machine was interrupted."""
    at, word = _time(record.get("ended") or record["started"]), str(record["result"])
    if word == "running" and record.get("host") == os.uname().nodename:
        alive = process_started(int(record["pid"])) == record["process_started"]
        word = word if alive else "interrupted"
    return Noted(str(record["id"]), word, at, str(record.get("commit", ""))[:12])


def _time(text: str) -> datetime:
    """Reads a time of a record; one without a zone is no time."""
    at = datetime.fromisoformat(text)
    if at.tzinfo is None:
        raise ValueError(f"{text}: a time without its zone")
    return at.astimezone(UTC)
