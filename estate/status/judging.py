"""Judges how each service and each side of the estate stands; what nobody told is unknown, never green."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import PurePath

from estate.declared.estate import Estate
from estate.declared.services import Service
from estate.status.measured import ALWAYS_FIRES, MTIME
from estate.status.shapes import Alert, Fact, Light, Measured, Noted, Recorded, Row, Rule, Sample

EVALUATED_WITHIN = timedelta(minutes=5)
RENEWED_WITHIN = timedelta(minutes=70)
"""Some files are written once an hour, and writing takes its time; the alert TextfileStale waits 65 minutes."""
RECORDED_WITHIN = timedelta(hours=26)
"""Up to this age figures that one daily round brings are of today; the alert TextfileStale has the same limit."""
AHEAD = timedelta(minutes=5)
"""So far clocks may differ; what bears a later time tells nothing about now."""
RECORDER = "run_outcomes"
LIGHT_OF_SEVERITY: Mapping[str, Light] = {"critical": "red", "warning": "yellow"}
LIGHT_OF_STANDING: Mapping[str, Light] = {
    "held": "green",
    "due": "green",
    "late": "yellow",
    "missed": "red",
    "never": "yellow",
}
OF_STANDING = {"late": "drill_overdue", "missed": "drill_missed", "never": "drill_never"}
BACKED_UP = "bim_backup_last_success_timestamp_seconds"


@dataclass(frozen=True)
class Seen:
    """Is all that is judged: what is declared, measured (None with the reason in `unasked`) and recorded, at one time.

    `refused` says what is wrong with what is declared, `lacking` which subjects cannot be read.
    `files` names, for a metric, the textfiles it may stand in (Entry.files): their time tells how old the figure is.
    """

    estate: Estate
    measured: Measured | None
    unasked: str
    recorded: Recorded
    now: datetime
    files: Mapping[str, Sequence[str]]
    refused: str = ""
    lacking: Sequence[str] = ()


def services(seen: Seen) -> tuple[Row, ...]:
    """Judges every declared service; a planned one is named and counts for nothing."""
    rows = []
    for service in seen.estate.services:
        if service.state == "planned":
            facts: list[Fact] = [Fact("planned", "none", "records")]
        else:
            facts = [*_watched(service, seen), *_backed_up(service, seen), *_drilled(service, seen)]
        rows.append(Row.of(service.id, service.name_tr, believed(facts, seen.now)))
    return tuple(rows)


def believed(facts: Iterable[Fact], now: datetime) -> list[Fact]:
    """Gives the facts, and in place of what is green by a time that is still to come, that nothing is known."""
    return [
        Fact("ahead", "unknown", fact.source, fact.at, {"what": ", ".join(fact.values.values())})
        if fact.light == "green" and fact.at and fact.at - now > AHEAD
        else fact
        for fact in facts
    ]


def strangers(seen: Seen) -> list[Alert]:
    """Gives the alerts that belong to no running service: hosts, clocks, the estate's own records."""
    running = [service for service in seen.estate.services if service.state == "running"]
    told = seen.measured.alerts if seen.measured else ()
    return [
        alert
        for alert in told
        if alert.name != ALWAYS_FIRES and not any(belongs(alert, one) for one in running)
    ]


def belongs(alert: Alert, service: Service) -> bool:
    """Tells whether an alert is about a service: by its labels where they name one, else by the service's own list."""
    named = {
        "service": service.id,
        "backup_job": service.backup_job,
        "scenario": service.drill,
    }
    told = {label: alert.labels[label] for label in named if label in alert.labels}
    if told:
        return any(value == named[label] for label, value in told.items())
    return alert.name in service.alerts


def fact_of(alert: Alert) -> Fact:
    """Tells an alert as a fact; one that has not lasted long enough to be told is yellow."""
    light = LIGHT_OF_SEVERITY.get(alert.severity, "yellow") if alert.firing else "yellow"
    words = {"alert": alert.name, "summary": alert.summary}
    return Fact("alert" if alert.firing else "pending", light, "prometheus", alert.since, words)


def _watched(service: Service, seen: Seen) -> Iterator[Fact]:
    """Judges what the alerts and metrics of a service tell; without measurements that is nothing."""
    if seen.measured is None:
        yield Fact("unmeasured", "unknown", "prometheus", None, {"why": seen.unasked})
        return
    about = [
        alert for alert in seen.measured.alerts if belongs(alert, service) and alert.name != ALWAYS_FIRES
    ]
    yield from map(fact_of, about)
    yield from _unwatched(service, seen.measured, seen.now)
    rules = seen.measured.rules
    watching = [name for name in service.alerts if name in rules and name != ALWAYS_FIRES]
    evaluated = [rules[name].evaluated for name in watching]
    if evaluated and not about:
        at = min((one for one in evaluated if one), default=None)
        yield Fact("quiet", "green", "prometheus", at, {"count": str(len(evaluated))})
    for metric in service.metrics:
        yield _figure(metric, service, seen.measured, seen)


def _unwatched(service: Service, measured: Measured, now: datetime) -> Iterator[Fact]:
    """Names the declared alerts that nobody evaluates: their silence says nothing."""
    for name in service.alerts:
        rule = measured.rules.get(name)
        if not evaluates(rule, now):
            yield unwatched(name, rule)


def evaluates(rule: Rule | None, now: datetime) -> bool:
    """Tells whether a rule was evaluated lately and without an error."""
    return bool(rule and rule.healthy and rule.evaluated and now - rule.evaluated < EVALUATED_WITHIN)


def unwatched(name: str, rule: Rule | None) -> Fact:
    """Says that nobody evaluates an alert."""
    return Fact("unwatched", "unknown", "prometheus", rule.evaluated if rule else None, {"alert": name})


def _figure(metric: str, service: Service, measured: Measured, seen: Seen) -> Fact:
    """Judges whether a metric was measured, and lately: a figure that stands still looks healthy."""
    rows = measured.samples.get(metric, ())
    own = [row for row in rows if row.labels.get("service", service.id) == service.id]
    values = {"metric": metric}
    if not own:
        return Fact("absent", "unknown", "prometheus", None, values)
    files = seen.files.get(metric, ())
    ages = [_age_of(row, files, measured) for row in own]
    known = [age for age in ages if age]
    if len(known) < len(ages):
        return Fact("undated", "unknown", "prometheus", None, values)
    at = min(known)
    limit = RECORDED_WITHIN if RECORDER in files else RENEWED_WITHIN
    fresh = seen.now - at < limit
    return Fact("measured" if fresh else "stale", "green" if fresh else "unknown", "prometheus", at, values)


def _age_of(row: Sample, files: Sequence[str], measured: Measured) -> datetime | None:
    """Gives when a figure was written: by the oldest of its textfiles on the host, None when none is there.

    What comes from no textfile is as old as the answer of its host.
    """
    if not files:
        return row.at
    names = {name.format_map(dict(row.labels)) for name in files}
    times = [
        datetime.fromtimestamp(file.value, UTC)
        for file in measured.samples.get(MTIME, ())
        if file.labels.get("instance") == row.labels.get("instance")
        and PurePath(file.labels.get("file", "")).stem in names
    ]
    return min(row.at, *times) if times else None


def _backed_up(service: Service, seen: Seen) -> Iterator[Fact]:
    job = seen.estate.backups.job(service.backup_job)
    if job:
        yield backup(job.id, job.rpo_seconds, seen)
    elif service.backup_job:
        yield Fact("undeclared", "unknown", "declared", None, {"subject": "backups"})


def backup(job: str, rpo_seconds: int, seen: Seen) -> Fact:
    """Judges the newest good backup of a job by what it promises."""
    values = {"job": job}
    rows = seen.measured.samples.get(BACKED_UP, ()) if seen.measured else ()
    told = [row.value for row in rows if row.labels.get("backup_job") == job]
    if not told:
        return Fact("backup_unknown", "unknown", "prometheus", None, values)
    if max(told) <= 0:
        return Fact("backup_never", "red", "prometheus", None, values)
    at = datetime.fromtimestamp(max(told), UTC)
    in_time = seen.now - at <= timedelta(seconds=rpo_seconds)
    return Fact("backup", "green" if in_time else "red", "prometheus", at, values)


def _drilled(service: Service, seen: Seen) -> Iterator[Fact]:
    if not service.drill:
        return
    if any(drill.id == service.drill for drill in seen.estate.drills):
        yield drilled(service.drill, seen)
    else:
        yield Fact("undeclared", "unknown", "declared", None, {"subject": "drills"})


def drilled(drill: str, seen: Seen) -> Fact:
    """Judges a scenario: how its newest drill ended, and where it stands by its period and its windows."""
    held = newest(seen.recorded.drills, drill)
    if held is None:
        return Fact("drill_unknown", "unknown", "records", None, {"drill": drill})
    values = {"drill": drill, "result": held.detail}
    if held.detail not in ("passed", ""):
        return Fact("drill_failed", "red", "records", held.at, values)
    what = OF_STANDING.get(held.word, "drill")
    return Fact(what, LIGHT_OF_STANDING.get(held.word, "unknown"), "records", held.at, values)


def newest(notes: Sequence[Noted], name: str) -> Noted | None:
    """Gives the note of a name, None when nobody recorded one."""
    return next((note for note in notes if note.name == name), None)
