"""The command freezes a month once, and collects again only when it must or is told to."""

import json
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
import typer
from typer.testing import CliRunner, Result

from estate.cli import report
from estate.report.inputs import Inputs, freeze

from .conftest import Bent

CLOSED = {"name": "2026-10", "start": "2026-10-01T00:00:00+03:00", "end": "2026-11-01T00:00:00+03:00"}
CLOSED["evaluated_at"] = CLOSED["end"]
RUNNING = {**CLOSED, "evaluated_at": "2026-10-20T00:00:00+03:00"}


class Clock(datetime):
    """Stands still in November 2026."""

    @classmethod
    def now(cls, tz: Any = None) -> "Clock":
        """Gives the one moment of these tests."""
        return cls.fromisoformat("2026-11-20T09:00:00+03:00").astimezone(tz)


@pytest.fixture
def collected(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, bent: Bent) -> list[Inputs]:
    """Replaces the collecting of an environment in a folder of its own; lists what was collected."""
    made: list[Inputs] = []

    def collect(*_: Any) -> Inputs:
        made.append(bent(period=CLOSED, version="anew"))
        return made[-1]

    inventory = tmp_path / "inventories" / "lab"
    inventory.mkdir(parents=True)
    (inventory / "hosts.yml").write_text("all:\n", "utf-8")
    chosen = report.Environment("lab", tmp_path)
    monkeypatch.setattr(report.Environment, "chosen", lambda name: chosen)
    monkeypatch.setattr(report, "load", lambda path: REAL)
    monkeypatch.setattr(report, "collect", collect)
    monkeypatch.setattr(report, "datetime", Clock)
    return made


REAL = report.load(Path(__file__).parents[3] / "inventories" / "lab")


def _report(out: Path, *more: str) -> Result:
    app = typer.Typer()
    app.command()(report.command)
    words = ["--period", "2026-10", "--format", "csv", "--out", str(out), "--json", *more]
    return CliRunner().invoke(app, words)


def test_the_first_call_collects_and_records_its_run(collected: list[Inputs], tmp_path: Path) -> None:
    result = _report(tmp_path / "out")
    assert (result.exit_code, json.loads(result.stdout)["how"]) == (0, "collected")
    assert len(collected) == 1
    (head,) = (tmp_path / "var" / "lab" / "runs").glob("*-report-*/run.json")
    assert json.loads(head.read_text("utf-8"))["result"] == "ok"


def test_a_frozen_closed_month_is_not_collected_again(
    collected: list[Inputs], tmp_path: Path, bent: Bent
) -> None:
    digest = freeze(bent(period=CLOSED), tmp_path / "out" / "inputs.json")
    told = json.loads(_report(tmp_path / "out").stdout)
    assert (told["how"], told["sha256"], collected) == ("frozen before", digest, [])


@pytest.mark.parametrize(
    "before", [{"period": RUNNING}, {"period": CLOSED, "prometheus": {"address": "x", "error": "refused"}}]
)
def test_a_month_that_ran_or_was_not_measured_is_collected_again(
    collected: list[Inputs], tmp_path: Path, bent: Bent, before: dict[str, Any]
) -> None:
    freeze(bent(**before), tmp_path / "out" / "inputs.json")
    assert json.loads(_report(tmp_path / "out").stdout)["how"] == "collected"
    assert len(collected) == 1


def test_inputs_of_an_older_shape_stop_only_a_closed_month(
    collected: list[Inputs], tmp_path: Path, bent: Bent
) -> None:
    path = tmp_path / "out" / "inputs.json"
    for period, code in ((RUNNING, 0), (CLOSED, 2)):
        content = json.loads(bent(period=period).model_dump_json())
        del content["drills"]
        path.parent.mkdir(exist_ok=True)
        path.write_text(json.dumps(content), "utf-8")
        path.with_name("inputs.json.sha256").unlink(missing_ok=True)
        assert _report(tmp_path / "out").exit_code == code


def test_again_keeps_the_old_inputs_beside(collected: list[Inputs], tmp_path: Path, bent: Bent) -> None:
    path = tmp_path / "out" / "inputs.json"
    digest = freeze(bent(period=CLOSED), path)
    old = path.read_bytes()
    assert json.loads(_report(tmp_path / "out", "--again").stdout)["how"] == "collected"
    assert path.with_name(f"inputs.{digest[:12]}.json").read_bytes() == old
    assert path.read_bytes() != old


def test_frozen_inputs_that_were_changed_are_refused(
    collected: list[Inputs], tmp_path: Path, bent: Bent
) -> None:
    path = tmp_path / "out" / "inputs.json"
    freeze(bent(period=CLOSED), path)
    path.write_text(path.read_text("utf-8") + " ", "utf-8")
    result = _report(tmp_path / "out")
    assert (result.exit_code, collected) == (2, [])
    assert "--again collects anew and keeps this file beside." in result.stderr


def test_a_silent_prometheus_is_its_own_exit_code(
    collected: list[Inputs], tmp_path: Path, bent: Bent, monkeypatch: pytest.MonkeyPatch
) -> None:
    silent = bent(period=CLOSED, prometheus={"address": "http://x:9090", "error": "refused"})
    monkeypatch.setattr(report, "collect", lambda *_: silent)
    result = _report(tmp_path / "out")
    assert result.exit_code == 4
    assert (tmp_path / "out" / "report-2026-10-tr.csv").exists()
    assert json.loads(result.stdout)["unmeasured"] == "refused"


def test_a_failed_collection_leaves_a_failed_run(
    collected: list[Inputs], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: Any) -> Inputs:
        raise report.ReportError("no host of the group monitoring_servers has an address")

    monkeypatch.setattr(report, "collect", refuse)
    result = _report(tmp_path / "out")
    assert (result.exit_code, (tmp_path / "out").exists()) == (2, False)
    (head,) = (tmp_path / "var" / "lab" / "runs").glob("*-report-*/run.json")
    assert json.loads(head.read_text("utf-8"))["result"] == "error"


def test_a_down_environment_is_not_asked(tmp_path: Path) -> None:
    reason = report._unasked(report.Environment("lab", tmp_path))
    assert reason and "is not up" in reason
