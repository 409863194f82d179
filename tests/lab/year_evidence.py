"""The events of a year that reports tell of: what nights and drills leave behind, by the project's own records."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Literal

import pytest

from estate.declared.estate import Estate
from estate.drill import evidence, judgement, record
from estate.drill.conductor import Held
from estate.drill.judgement import Promise, Restored
from estate.plan.directory_wanted import expiry
from estate.records import Outcome, RunDirectory, write
from estate.report import inputs
from estate.report.collect import Tool, frozen
from estate.report.document import Document, assemble
from estate.report.gather import Records
from estate.report.measure import Measured
from estate.report.period import Period, turkish_zone
from estate.report.render import render
from estate.signatures import ensure_signer
from tests.lab.calendar_year import Played, Year, colleague

ZONE = turkish_zone()
WHERE = {"environment": "lab", "commit": "0" * 40, "who": "ugur.sahin@bim1", "reason": "yıl tekrarı"}
BACKUPS = "bim_backup_runs_total"
WORDS = (("failed", "BAŞARISIZ"), ("passed", "BAŞARILI"))


@dataclass(frozen=True)
class Evidence:
    """Answers for var/lab of the year: runs of backups, drills, and reports of them."""

    var: Path
    estate: Estate

    def backup(self, at: datetime, host: str, status: Literal["ok", "unreachable"], detail: str = "") -> None:
        """Writes the run of one night's backup of a host, as it was at that moment."""
        run = RunDirectory.start(self.var, "backup", **WHERE)
        run.record(Outcome(host, "ansible", "backup_client", f"gece yedeği {host}", status, detail))
        ended = run.finish("failed" if status == "unreachable" else "ok")
        dated = replace(
            ended,
            started=at,
            ended=at + timedelta(minutes=9),
            id=f"{at:%Y%m%dT%H%M%S}-{host}-{ended.id[-6:]}",
        )
        write(run.path / "run.json", dated)

    def drill(
        self, scenario: str, at: datetime, phases: Mapping[str, float], mismatches: tuple[str, ...] = ()
    ) -> str:
        """Judges and seals a drill that came so far, in cumulative seconds; gives its result."""
        declared = next(one for one in self.estate.drills if one.id == scenario).model_dump(mode="json")
        promise = Promise(declared["rto_seconds"], declared["rpo_seconds"], at, 1)
        canary = at - timedelta(minutes=5)
        restored = Restored(
            result="failed" if mismatches else "passed",
            reason="mismatch" if mismatches else "ok",
            snapshot="d2677360aa",
            snapshot_time=canary.isoformat(),
            files=1482 - len(mismatches),
            bytes=96_331_002,
            expected_files=1482,
            mismatches=mismatches,
            restore_seconds=12.4,
        )
        verdicts = judgement.of_restore(declared["target"], promise, restored)
        if "accepted" in phases:
            verdicts += judgement.of_time(declared["target"], promise, phases)
        result, lost = judgement.result(verdicts), judgement.loss_seconds(promise, [canary])
        ended = at + timedelta(seconds=max(phases.values()))
        head = {**WHERE, "id": f"{at:%Y%m%dT%H%M%SZ}-drill-{scenario}"}
        built = record.build(
            declared, head, promise, Held(dict(phases)), restored, lost, verdicts, result, ended
        )
        folder = self.var / "evidence" / head["id"]
        folder.mkdir(parents=True)
        (folder / "transcript.log").write_text(f"T0: {declared['lost_host']}\n", "utf-8")
        key = ensure_signer(folder.parent, "drill@lab", evidence.NAMESPACE)
        evidence.seal(folder, built, ["transcript.log"], key)
        return result

    def report(self, month: str, now: datetime, backups: Mapping[str, int]) -> Document:
        """Gives the Turkish report of a month as of a moment; `backups` counts the backups of the month by result."""
        period = Period.of(month, now, ZONE)
        address, tool = "http://10.40.20.40:9090", Tool("0", "0" * 40)
        records = Records(self.var, period, _flaws)
        found = frozen(self.estate, address, _measured(period, backups), records, period, tool, now)
        return assemble(found, "0" * 64, "tr")


def page(document: Document) -> str:
    """Gives the report as a reader has it: one text, blanks tidied."""
    return " ".join(render(document, "html").decode("utf-8").split())


def counted(document: Document, figure: str) -> dict[str, float | None]:
    """Gives the values of a figure by their label."""
    return {next(iter(one.labels.values()), ""): one.number for one in document.figures[figure].values}


def _flaws(folder: Path) -> list[str]:
    return [f"{one.check}: {one.found}" for one in evidence.verify(folder) if not one.holds]


def _measured(period: Period, backups: Mapping[str, int]) -> Measured:
    """Answers as Prometheus would after so many backups."""
    newest = period.evaluated_at.timestamp() - 60
    share = backups["success"] / sum(backups.values())
    return Measured(
        metrics=[inputs.Metric(name=BACKUPS, coverage=1.0, newest=newest, evidence=newest)],
        measurements=[
            inputs.Measurement(
                id="I02",
                query=f"success of {BACKUPS}",
                samples=(inputs.Sample(labels={}, value=str(share)),),
                error=None,
            )
        ],
    )


def the_turn_of_the_year_and_the_leap_day_are_counted_once(year: Year) -> Played:
    later = datetime(2028, 5, 1, tzinfo=ZONE)
    december, january, leap, march = (
        Period.of(name, later, ZONE) for name in ("2026-12", "2027-01", "2028-02", "2028-03")
    )
    assert december.end == january.start == datetime.fromisoformat("2026-12-31T21:00:00+00:00")
    before, after = december.end - timedelta(seconds=1), december.end
    assert [december.holds(before), january.holds(before)] == [True, False]
    assert [december.holds(after), january.holds(after)] == [False, True]
    assert (len(leap.days()), leap.end) == (29, march.start)
    last = colleague("298016", "Şubat", "Sonu", unit="ik", end="2028-02-29")
    assert last.closed_from == date(2028, 3, 1)
    assert expiry(last.closed_from, "Europe/Istanbul") == str(
        (int(march.start.timestamp()) + 11_644_473_600) * 10_000_000
    )
    yield from ()


def kept(year: Year) -> Evidence:
    """Gives the folder of records of the year, apart from those of the lab."""
    return Evidence(year.folder / "var/lab", year.estate())


def at(day: date, hour: int, minute: int = 0) -> datetime:
    """Gives a moment of a day on Turkey's clock."""
    return datetime(day.year, day.month, day.day, hour, minute, tzinfo=ZONE)


def a_line_is_down_during_the_nightly_backup(year: Year) -> Played:
    nights = kept(year)
    nights.backup(at(year.today, 1, 30), "garaj1", "unreachable", "GR1: radyo hattı yanıt vermiyor")
    nights.backup(at(year.today + timedelta(days=1), 1, 30), "garaj1", "ok")
    report = nights.report("2027-11", at(year.today + timedelta(days=1), 9), {"success": 19, "failure": 1})
    [runs] = report.kinds_of_runs()
    assert (runs.kind, runs.counts["failed"], runs.counts["ok"]) == ("backup", 1, 1)
    assert any("1 tanesi başarısız" in line for line in report.attention)
    assert report.figures["I02"].number == 0.95
    assert any("%95,0; hedef tutmadı" in line for line in report.attention)
    yield from ()


def a_restore_test_fails_twice_and_passes_the_third_time(year: Year) -> Played:
    tests, phases = kept(year), {"decided": 0.0, "host_up": 31.8, "configured": 127.4}
    damaged = ("/srv/mail/gumuscagil.bel.example/bilgi/Maildir/cur/1",)
    whole = {**phases, "restored": 146.0, "accepted": 161.7}
    results = [
        tests.drill("mail", at(year.today, 10), phases, damaged),
        tests.drill("mail", at(year.today, 14), phases, damaged),
        tests.drill("mail", at(year.today + timedelta(days=1), 10), whole),
    ]
    assert results == ["failed", "failed", "passed"]
    report = tests.report("2027-11", at(year.today + timedelta(days=2), 9), {"success": 1})
    assert [drill.result for drill in report.drills] == results, "all three are shown"
    assert counted(report, "I06") == {"success": 1.0, "failure": 2.0, "error": 0.0}
    assert report.figures["I07"].number == pytest.approx(1 / 3)
    told = [line for line in report.attention if "E-posta sunucusunun kaybı" in line]
    assert len(told) == 2 and all("başarısız" in line for line in told)
    assert [page(report).count(f'class="state {result}">{word}') for result, word in WORDS] == [2, 1]
    yield from ()


def a_drill_misses_the_time_of_one_service(year: Year) -> Played:
    drills, phases = kept(year), {"decided": 0.0, "host_up": 40.0, "configured": 900.0}
    mail = {**phases, "restored": 1500.0, "accepted": 1800.0}
    late = {**phases, "restored": 4000.0, "accepted": 5400.0}
    begun = at(year.today, 9)
    assert drills.drill("mail", begun, mail) == "passed"
    assert drills.drill("directory", begun + timedelta(hours=1), late) == "failed"
    report = drills.report("2027-11", at(date(2027, 12, 1), 9), {"success": 1})
    assert [drill.result for drill in report.drills][-2:] == ["passed", "failed"]
    assert report.figures["I10"].number == 0.25 and report.figures["I10"].on_target is False
    [told] = [line for line in report.attention if "Dizin sunucusunun kaybı" in line]
    assert "hizmet 1 sa 30 dk sonra geri geldi, hedef (1 sa) tutmadı" in told
    assert page(report).count('<span class="state failed">tutmadı</span>') == 1
    yield from ()
