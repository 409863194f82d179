"""What is not known is never green; what is known is judged by the worst of it."""

import re
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path

import pytest

from estate.declared import load
from estate.declared.estate import Estate
from estate.status import judging, sides, wording
from estate.status.judging import BACKED_UP, Seen
from estate.status.measured import MTIME
from estate.status.shapes import Alert, Light, Measured, Noted, Recorded, Row, Rule, Sample
from exporters import textfile

ROOT = Path(__file__).parents[3]
NOW = datetime(2026, 11, 26, 12, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)


@cache
def _estate() -> Estate:
    return load(ROOT / "inventories/lab")


def _healthy() -> Measured:
    """Gives what a server tells of an estate where everything is measured and nothing is wrong."""
    running = [service for service in _estate().services if service.state == "running"]
    names = {name for service in running for name in service.metrics}
    samples = {name: (Sample({"instance": "x"}, 1.0, NOW),) for name in names}
    jobs = [
        Sample({"backup_job": job.id, "instance": "x"}, NOW.timestamp() - 60, NOW)
        for job in _estate().backups.jobs
    ]
    beat = Alert("Watchdog", True, "none", {}, "", NOW)
    rules = {name: Rule(True, NOW) for service in running for name in service.alerts}
    return Measured(rules, (beat,), {**samples, BACKED_UP: tuple(jobs)}, 0)


def _seen(measured: Measured | None = None, **recorded: object) -> Seen:
    drills = tuple(Noted(drill.id, "held", NOW - HOUR, "passed") for drill in _estate().drills)
    told = Recorded(**{"drills": drills, **recorded})  # type: ignore[arg-type]
    return Seen(_estate(), measured, "" if measured else "no answer", told, NOW, {})


def _row(seen: Seen, name: str = "eposta") -> Row:
    return next(row for row in judging.services(seen) if row.id == name)


def _alert(name: str, severity: str = "critical", firing: bool = True, **labels: str) -> Alert:
    return Alert(name, firing, severity, labels, "kötü", NOW - HOUR)


def test_a_healthy_estate_is_green() -> None:
    lights = {row.id: row.light for row in judging.services(_seen(_healthy()))}
    assert set(lights.values()) == {"green", "none"}
    assert lights["ebys"] == "none", "planned"


def test_without_measurements_nothing_is_green() -> None:
    told = judging.services(_seen())
    assert {row.light for row in told} == {"unknown", "none"}
    failed = _seen(drills=(Noted("mail", "held", NOW, "failed"),))
    assert _row(failed).light == "red", "what is on record can still be bad"


@pytest.mark.parametrize(
    ("alert", "light"),
    [
        (_alert("MailProbeFailing", service="eposta"), "red"),
        (_alert("CanaryStale", service="dizin"), "green"),
        (_alert("BackupFailed", "warning", backup_job="eposta"), "yellow"),
        (_alert("DrillFailed", scenario="mail"), "red"),
        (_alert("MailProbeFailing", firing=False, service="eposta"), "yellow"),
        (_alert("HostDown", instance="mon1"), "green"),
    ],
)
def test_an_alert_counts_for_the_service_it_is_about(alert: Alert, light: Light) -> None:
    healthy = _healthy()
    seen = _seen(replace(healthy, alerts=(*healthy.alerts, alert)))
    assert _row(seen).light == light
    (others,) = [row for row in sides.sides(seen) if row.id == "alerts"]
    assert (others.light == "red") == (alert.name == "HostDown")


def _without_metric(told: Measured) -> Measured:
    kept = {name: rows for name, rows in told.samples.items() if "mail_probe_roundtrip" not in name}
    return replace(told, samples=kept)


def _standing_still(told: Measured) -> Measured:
    old = Sample({"instance": "x", "file": "/t/mail_probe.prom"}, (NOW - 2 * HOUR).timestamp(), NOW)
    return replace(told, samples={**told.samples, MTIME: (old,)})


def _unevaluated(told: Measured) -> Measured:
    return replace(told, rules={**told.rules, "CanaryStale": Rule(True, NOW - HOUR)})


def _broken(told: Measured) -> Measured:
    return replace(told, rules={**told.rules, "CanaryStale": Rule(False, NOW)})


def _no_rule(told: Measured) -> Measured:
    return replace(told, rules={name: rule for name, rule in told.rules.items() if name != "CanaryStale"})


@pytest.mark.parametrize("bend", [_without_metric, _standing_still, _unevaluated, _broken, _no_rule])
def test_silence_is_not_taken_for_health(bend: Callable[[Measured], Measured]) -> None:
    seen = replace(_seen(bend(_healthy())), files={"bim_mail_probe_roundtrip_seconds": ("mail_probe",)})
    assert _row(seen).light == "unknown"


@pytest.mark.parametrize(
    ("metric", "labels", "file"),
    [
        ("bim_directory_check_success", {}, "directory"),
        ("bim_backup_runs_total", {"backup_job": "dosya"}, "backup_dosya"),
        ("bim_canary_last_timestamp_seconds", {"service": "santral"}, "telephone_canary"),
        ("bim_internet_filter_update_timestamp_seconds", {}, "web_lists"),
    ],
)
@pytest.mark.parametrize(
    ("minutes", "what"), [(0, "measured"), (66, "measured"), (71, "stale"), (None, "undated")]
)
def test_a_figure_is_as_old_as_its_textfile(
    metric: str, labels: dict[str, str], file: str, minutes: int | None, what: str
) -> None:
    """Files are written hourly at the least; one that nobody finds tells no age, and the host's answer none either."""
    row = Sample({"instance": "x", **labels}, 1.0, NOW)
    found = {"other": NOW, **({} if minutes is None else {file: NOW - minutes * HOUR / 60})}
    times = tuple(
        Sample({"instance": "x", "file": f"/t/{name}.prom"}, at.timestamp(), NOW)
        for name, at in found.items()
    )
    service = (
        _estate()
        .services[0]
        .model_copy(update={"id": labels.get("service", "x"), "metrics": (metric,), "alerts": ()})
    )
    files = {name: entry.files for name, entry in textfile.load().items()}
    told = replace(_healthy(), samples={metric: (row,), MTIME: times})
    (fact,) = judging._watched(service, replace(_seen(told), files=files))
    assert fact.what == what


@pytest.mark.parametrize(("age", "light"), [(60, "green"), (3601, "red"), (NOW.timestamp(), "red")])
def test_a_backup_is_judged_by_what_it_promises(age: float, light: Light) -> None:
    told = (Sample({"backup_job": "eposta"}, NOW.timestamp() - age, NOW),)
    assert (
        judging.backup("eposta", 3600, _seen(replace(_healthy(), samples={BACKED_UP: told}))).light == light
    )
    assert judging.backup("eposta", 3600, _seen(replace(_healthy(), samples={}))).light == "unknown"


@pytest.mark.parametrize(
    ("held", "light"),
    [
        (Noted("mail", "held", NOW - HOUR, "passed"), "green"),
        (Noted("mail", "due", NOW - HOUR, "passed"), "green"),
        (Noted("mail", "late", NOW - HOUR, "passed"), "yellow"),
        (Noted("mail", "missed", NOW - HOUR, "passed"), "red"),
        (Noted("mail", "held", NOW, "error"), "red"),
        (Noted("mail", "never", None), "yellow"),
        (Noted("other", "held", NOW, "passed"), "unknown"),
    ],
)
def test_a_drill_is_judged_by_its_end_and_its_standing(held: Noted, light: Light) -> None:
    assert judging.drilled("mail", _seen(drills=(held,))).light == light


def _side(seen: Seen, name: str) -> Row:
    return next(row for row in sides.sides(seen) if row.id == name)


def test_the_sides_of_an_estate_nobody_looked_at_are_not_green() -> None:
    lights = {row.id: row.light for row in sides.sides(_seen(drills=()))}
    assert {name for name, light in lights.items() if light == "green"} == {"lock"}
    assert (lights["pipeline"], lights["drift"], lights["runs"]) == ("none", "unknown", "unknown")


def test_the_way_of_alerts_itself_is_judged() -> None:
    healthy = _healthy()
    assert _side(_seen(healthy), "alerts").light == "green"
    assert _side(_seen(replace(healthy, alerts=())), "alerts").light == "red"
    assert _side(_seen(replace(healthy, held_back=None)), "alerts").light == "unknown"
    assert _side(_seen(replace(healthy, held_back=2)), "alerts").light == "yellow"
    for idle in (Rule(True, NOW - HOUR), Rule(False, NOW), Rule(True, None)):
        row = _side(_seen(replace(healthy, rules={**healthy.rules, "HostDown": idle})), "alerts")
        assert (row.light, row.facts[0].values) == ("unknown", {"alert": "HostDown"})
        assert row.facts[1].values == {"count": str(len({*healthy.rules} - {"HostDown"}))}


def test_drift_of_a_host_is_known_for_a_day() -> None:
    hosts = _estate().hosts["managed"]
    good = tuple(Noted(host, "in_sync", NOW) for host in hosts)
    assert _side(_seen(drift=good), "drift").light == "green"
    for changed, light in (("corrective", "red"), ("pending", "yellow"), ("contradicted", "unknown")):
        assert _side(_seen(drift=(replace(good[0], word=changed), *good[1:])), "drift").light == light
    old = tuple(replace(one, at=NOW - 27 * HOUR) for one in good)
    assert _side(_seen(drift=old), "drift").light == "unknown"


def test_a_run_that_failed_and_a_pipeline_that_waits_are_told() -> None:
    runs = tuple(Noted(kind, "ok", NOW, "id") for kind in sides.KEPT_KINDS)
    assert _side(_seen(runs=runs), "runs").light == "green"
    assert _side(_seen(runs=(replace(runs[0], word="interrupted"), *runs[1:])), "runs").light == "red"
    assert _side(_seen(pipeline=Noted("p", "waiting", NOW)), "pipeline").light == "yellow"
    assert _side(_seen(lock=Noted("w", "left", NOW)), "lock").light == "yellow"
    assert _side(_seen(unread=("drift.json",)), "records").light == "unknown"
    runs = _side(_seen(unread=("runs/20261126T1-apply-a1b2c3/run.json",)), "runs")
    told = {fact.values["kind"] for fact in runs.facts if fact.what == "run_unread"}
    assert (runs.light, told) == ("unknown", {"apply"}), "it took place, and how it ended nobody knows"


@pytest.mark.parametrize(
    ("kind", "word", "age", "light"),
    [
        ("measure", "ok", 25 * HOUR, "green"),
        ("measure", "ok", 27 * HOUR, "unknown"),
        ("verify", "ok", 7 * 24 * HOUR, "green"),
        ("verify", "ok", 700 * 24 * HOUR, "unknown"),
        ("verify", "failed", 700 * 24 * HOUR, "red"),
        ("plan", "ok", 700 * 24 * HOUR, "green"),
        ("apply", "running", 3 * HOUR, "green"),
        ("apply", "running", 5 * HOUR, "unknown"),
        ("apply", "ok", -HOUR, "unknown"),
    ],
)
def test_a_run_is_judged_by_its_age_too(kind: str, word: str, age: timedelta, light: Light) -> None:
    runs = {one: Noted(one, "ok", NOW, "id") for one in sides.KEPT_KINDS}
    runs[kind] = Noted(kind, word, NOW - age, "id")
    assert _side(_seen(runs=tuple(runs.values())), "runs").light == light


def test_a_pipeline_that_runs_for_days_is_not_known() -> None:
    for age, light in ((HOUR, "green"), (30 * 24 * HOUR, "unknown")):
        assert _side(_seen(pipeline=Noted("p", "running", NOW - age)), "pipeline").light == light


def test_what_bears_a_time_to_come_is_not_known() -> None:
    ahead = NOW + HOUR
    backup = (Sample({"backup_job": "eposta"}, ahead.timestamp(), NOW),)
    healthy = _healthy()
    told = replace(healthy, samples={**healthy.samples, BACKED_UP: backup})
    assert _row(_seen(told)).light == "unknown"
    hosts = tuple(Noted(host, "in_sync", ahead) for host in _estate().hosts["managed"])
    assert _side(_seen(drift=hosts), "drift").light == "unknown"
    near = tuple(replace(one, at=NOW + HOUR / 60) for one in hosts)
    assert _side(_seen(drift=near), "drift").light == "green", "clocks differ a little"


def test_of_nothing_nothing_is_known() -> None:
    assert Row.of("x", "x", ()).light == "unknown"


def test_every_fact_that_is_made_has_its_words() -> None:
    text = "".join(path.read_text("utf-8") for path in (ROOT / "estate/status").glob("*.py"))
    pairs = re.findall(r'Fact\(\s*f?"(\w+)"(?: if [^"]+ else "(\w+)")?', text)
    made = {name for pair in pairs for name in pair if name} | {"drift", "drift_host"}
    assert {"drill_failed", "stale", "lock_free", "alert"} <= made
    assert made <= set(wording.FACTS)
    seen = replace(_seen(unread=("x",)), refused="x")
    assert {row.id for row in sides.sides(seen)} == set(wording.SIDES)
