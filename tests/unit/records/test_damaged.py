"""One damaged record costs a list what it told alone: the rest is shown, the file named, and the exit code says so."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from estate.cli import apply as apply_verb
from estate.cli import drill, pipeline, runs
from estate.records import RunDirectory
from estate.records.pipelines import started
from estate.runs.environment import ROOT, Environment


@pytest.fixture
def var(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Gives an environment with one whole and one damaged record of each kind."""
    monkeypatch.setattr(Environment, "var", property(lambda self: tmp_path))
    whole = RunDirectory.start(tmp_path, "plan", environment="lab", commit="c", who="w", reason="whole")
    whole.finish("ok")
    started(tmp_path, "lab", "c" * 40, "ayse", ())
    record = {"id": "RUN", "scenario": "mail", "result": "passed", "rto_seconds": 60, "rpo_seconds": None}
    _write(tmp_path / "evidence/20261128T070000Z-drill-abcdef/record.json", json.dumps(record))
    for name in ("runs/2-plan-x/run.json", "pipelines/2.json", "evidence/2-drill-x/record.json"):
        _write(tmp_path / name, "")
    return tmp_path


def _write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, "utf-8")


@pytest.mark.parametrize(
    ("app", "words", "rest", "named"),
    [
        (runs.app, ["list"], "whole", "runs/2-plan-x/run.json"),
        (pipeline.app, ["list"], "ayse", "pipelines/2.json"),
        (pipeline.app, ["status"], "ayse", "pipelines/2.json"),
        (drill.app, ["list"], "back after 60 s, lost not measured", "evidence/2-drill-x/record.json"),
    ],
)
def test_the_rest_is_listed_and_the_damaged_one_named(
    var: Path, app: Any, words: list[str], rest: str, named: str
) -> None:
    done = CliRunner().invoke(app, words)
    assert (done.exit_code, rest in done.stdout) == (3, True), done.output
    assert str(var / named) in done.stderr and "move it aside" in done.stderr
    (var / named).unlink()
    done = CliRunner().invoke(app, words)
    assert (done.exit_code, rest in done.stdout, done.stderr) == (0, True, "")


def test_a_record_that_is_a_pipe_keeps_nobody_waiting(tmp_path: Path) -> None:
    """Runs in a process of its own, which ends by itself where it would wait."""
    asked = """
import sys
from pathlib import Path
from estate.drill import evidence
from estate.records import Outcome, RecordError, read, read_lines
folder = Path(sys.argv[1])
for what in (lambda path: read(path, Outcome), lambda path: read_lines(path, Outcome), evidence.verify):
    try:
        what(folder if what is evidence.verify else folder / "record.json")
    except (RecordError, evidence.EvidenceError) as refused:
        print(refused)
"""
    os.mkfifo(tmp_path / "record.json")
    command = [sys.executable, "-c", asked, str(tmp_path)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=20, check=False)
    told = f"{tmp_path}/record.json is no file"
    assert [told in line for line in done.stdout.splitlines()] == [True] * 3, done.stdout + done.stderr


def test_the_accepted_commit_of_a_damaged_file_is_not_told_as_none(var: Path) -> None:
    _write(var / "pipeline/accepted.json", "")
    done = CliRunner().invoke(pipeline.app, ["status"])
    assert done.exit_code == 3 and "accepted: its record cannot be read" in done.stdout


def test_what_is_no_plan_is_told_as_such_and_how_one_is_made() -> None:
    app = apply_verb.typer.Typer()
    app.command()(apply_verb.command)
    done = CliRunner().invoke(app, [str(ROOT / "README.md")])
    assert done.exit_code == 2 and f"refused: {ROOT}/README.md is no plan: " in done.stderr
    assert "estate plan --out plan.json" in done.stderr and "edit" not in done.stderr
