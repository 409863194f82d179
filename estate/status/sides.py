"""Judges the sides of the estate that are no service: lock, runs, drift, pipeline, drills, backups, alerts."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta

from estate.status.judging import (
    RECORDED_WITHIN,
    Seen,
    backup,
    believed,
    drilled,
    evaluates,
    fact_of,
    newest,
    strangers,
    unwatched,
)
from estate.status.measured import ALWAYS_FIRES
from estate.status.shapes import Fact, Light, Noted, Row, Status

OF_RESULT: Mapping[str, Light] = {
    "ok": "green",
    "changed": "green",
    "running": "green",
    "passed": "green",
    "superseded": "green",
    "waiting": "yellow",
    "failed": "red",
    "error": "red",
    "interrupted": "red",
}
OF_DRIFT: Mapping[str, Light] = {"in_sync": "green", "pending": "yellow", "corrective": "red"}
OF_SUBJECT = {"drift": "hosts", "switches": "switches", "backups": "backups", "drills": "drills"}
"""The declared subject that tells what a side consists of."""
KEPT_KINDS = ("plan", "apply", "verify", "measure")
RUN_WITHIN = {"measure": RECORDED_WITHIN, "verify": timedelta(days=8)}
"""Older runs of these kinds tell nothing about today; a plan and an apply stand until the next one."""
ENVELOPE_WITHIN = timedelta(days=8)


def status(environment: str, services: Sequence[Row], seen: Seen) -> Status:
    """Puts the rows of the services and those of the estate together."""
    return Status(environment, seen.now, seen.unasked, tuple(services), tuple(sides(seen)), seen.refused)


def sides(seen: Seen) -> Iterator[Row]:
    """Gives a row per side; one that this estate does not have counts for nothing."""
    nothing = [Fact("none_declared", "none", "records")]
    told: dict[str, Iterable[Fact]] = {
        "alerts": _alerts(seen),
        "drift": _drift(seen.recorded.drift, seen),
        "switches": _switches(seen),
        "runs": _runs(seen),
        "pipeline": [_pipeline(seen.recorded.pipeline, seen)],
        "backups": [*_backups(seen)] or nothing,
        "drills": [drilled(drill.id, seen) for drill in seen.estate.drills] or nothing,
        "lock": [_lock(seen.recorded.lock)],
    }
    for side, subject in OF_SUBJECT.items():
        if subject in seen.lacking:
            told[side] = [Fact("undeclared", "unknown", "declared", None, {"subject": subject})]
    if seen.refused:
        lacking = [
            Fact("undeclared", "unknown", "declared", None, {"subject": name}) for name in seen.lacking
        ]
        told["declared"] = [Fact("refused", "unknown", "declared", None, {"why": seen.refused}), *lacking]
    if unread := seen.recorded.unread:
        told["records"] = [Fact("unread", "unknown", "records", None, {"file": name}) for name in unread]
    yield from (Row.of(name, "", believed(facts, seen.now)) for name, facts in told.items())


def _alerts(seen: Seen) -> Iterator[Fact]:
    """Tells what belongs to no service, and whether the way of alerts itself is alive."""
    if seen.measured is None:
        yield Fact("unmeasured", "unknown", "prometheus", None, {"why": seen.unasked})
        return
    yield from map(fact_of, strangers(seen))
    beat = [alert for alert in seen.measured.alerts if alert.name == ALWAYS_FIRES and alert.firing]
    if not beat:
        yield Fact("no_watchdog", "red", "prometheus")
    rules = seen.measured.rules
    idle = [name for name, rule in rules.items() if not evaluates(rule, seen.now)]
    yield from (unwatched(name, rules[name]) for name in idle)
    held_back = seen.measured.held_back
    if held_back is None:
        yield Fact("alertmanager_silent", "unknown", "alertmanager")
    elif held_back:
        yield Fact("held_back", "yellow", "alertmanager", seen.now, {"count": str(held_back)})
    else:
        yield Fact("delivers", "green", "alertmanager", seen.now, {"count": str(len(rules) - len(idle))})


def _drift(notes: Sequence[Noted], seen: Seen) -> Iterator[Fact]:
    managed = seen.estate.hosts.get("managed", ())
    for host in managed:
        yield _drifted(host, newest(notes, host), seen.now, "drift_host")


def _drifted(name: str, note: Noted | None, now: datetime, what: str) -> Fact:
    """Judges a host or a switch by what the newest look found; `what` is the fact that is told when it is of today."""
    if note is None or note.at is None:
        return Fact("drift_unknown", "unknown", "records", None, {"host": name})
    values = {"host": name, "state": note.word, "beside": note.detail}
    if now - note.at > RECORDED_WITHIN:
        return Fact("drift_old", "unknown", "records", note.at, values)
    return Fact(what, OF_DRIFT.get(note.word, "unknown"), "records", note.at, values)


def _switches(seen: Seen) -> Iterable[Fact]:
    declared = seen.estate.switches.switches
    if not declared:
        return [Fact("none_declared", "none", "records")]
    facts = []
    for switch in declared:
        note = newest(seen.recorded.switches, switch.name)
        if note and note.word == "unreachable":
            facts.append(Fact("switch_down", "red", "records", note.at, {"host": switch.name}))
        else:
            facts.append(_drifted(switch.name, note, seen.now, "drift"))
    return facts


def _runs(seen: Seen) -> Iterator[Fact]:
    for kind in KEPT_KINDS:
        run = newest(seen.recorded.runs, kind)
        unread = [name for name in seen.recorded.unread if re.match(rf"runs/[^/]*-{kind}-", name)]
        if unread:
            yield Fact("run_unread", "unknown", "records", None, {"kind": kind, "file": unread[0]})
        elif run is None:
            yield Fact("run_never", "unknown", "records", None, {"kind": kind})
        else:
            values = {"kind": kind, "result": run.word, "run": run.detail}
            old = run.at is None or seen.now - run.at > RUN_WITHIN.get(kind, timedelta.max)
            if OF_RESULT.get(run.word) == "green" and (old or _too_long(run, seen)):
                word = "run_long" if run.word == "running" else "run_old"
                yield Fact(word, "unknown", "records", run.at, values)
                continue
            yield Fact("run", OF_RESULT.get(run.word, "unknown"), "records", run.at, values)


def _too_long(run: Noted, seen: Seen) -> bool:
    """Tells of what runs since longer than a lock is believed: on another machine nobody sees that it was killed."""
    limit = seen.estate.pipeline.lock_limit
    return run.word == "running" and (run.at is None or seen.now - run.at > limit)


def _pipeline(run: Noted | None, seen: Seen) -> Fact:
    if run is None:
        return Fact("no_pipeline", "none", "records")
    values = {"run": run.name, "result": run.word, "commit": run.detail}
    if _too_long(run, seen):
        return Fact("pipeline_long", "unknown", "records", run.at, values)
    return Fact("pipeline", OF_RESULT.get(run.word, "unknown"), "records", run.at, values)


def _backups(seen: Seen) -> Iterator[Fact]:
    for job in seen.estate.backups.jobs:
        yield backup(job.id, job.rpo_seconds, seen)
        yield _envelope(job.id, newest(seen.recorded.envelopes, job.id), seen.now)


def _envelope(job: str, tried: Noted | None, now: datetime) -> Fact:
    values = {"job": job}
    if tried is None or tried.at is None:
        return Fact("envelope_never", "unknown", "records", None, values)
    if tried.word != "passed":
        return Fact("envelope_failed", "red", "records", tried.at, values)
    fresh = now - tried.at < ENVELOPE_WITHIN
    light: Light = "green" if fresh else "unknown"
    return Fact("envelope" if fresh else "envelope_old", light, "records", tried.at, values)


def _lock(lock: Noted | None) -> Fact:
    if lock is None:
        return Fact("lock_free", "green", "records")
    values = {"who": lock.name, "run": lock.detail}
    return Fact(f"lock_{lock.word}", "yellow" if lock.word == "left" else "green", "records", lock.at, values)
