"""Ctrl-C ends a run as interrupted, with 130 and what was reached, also when only Ansible noticed; so does `kill`."""

import signal
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from typer.testing import CliRunner

from estate import cli
from estate.records import Outcome, append, runs_below
from estate.runs import calling, commands, planning
from estate.runs.environment import ROOT, Environment
from estate.runs.refused import told


@pytest.mark.parametrize("noticed", ["by Ansible", "here", "as SIGTERM"])
def test_ctrl_c_is_told_as_such_with_what_was_reached(
    environment: Environment,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    noticed: str,
) -> None:
    def pressed(argv: list[str], *, variables: dict[str, str], **_: Any) -> int:
        for host, status in (("one", "changed"), ("one", "ok"), ("two", "ok")):
            append(Path(variables["ESTATE_OUTCOMES"]), Outcome(host, "ansible", "r", "t", status))  # type: ignore[arg-type]
        if noticed == "here":
            raise KeyboardInterrupt
        if noticed == "as SIGTERM":
            signal.raise_signal(signal.SIGTERM)
        return 99

    monkeypatch.setattr(commands, "run", pressed)
    with pytest.raises(SystemExit) as ended, told():
        planning.plan(environment, "", "")
    [run] = runs_below(environment.var)
    assert (ended.value.code, run.head().result) == (130, "interrupted")
    said = capsys.readouterr().err
    reached = "one (changed 1, ok 1), two (ok 1)"
    assert said == f"interrupted: plan; reached: {reached}; ./scripts/estate runs show {run.path.name}\n"


def test_a_run_interrupted_before_it_reached_a_host_says_so(
    environment: Environment, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(commands, "run", lambda *_, **__: 99)
    with pytest.raises(SystemExit), told():
        planning.plan(environment, "", "")
    assert capsys.readouterr().err.startswith("interrupted: plan; no host was reached; ")


@pytest.mark.parametrize("started", [["-m", "estate"], ["-c", "from estate.cli import main; main()"]])
@pytest.mark.parametrize("read", ["typer", "rich"])
def test_ctrl_c_while_modules_are_read_is_one_line(tmp_path: Path, started: list[str], read: str) -> None:
    (tmp_path / f"{read}.py").write_text("import os, signal; os.kill(os.getpid(), signal.SIGINT)", "utf-8")
    variables = {"PYTHONPATH": f"{tmp_path}:{ROOT}"}
    # in the background of a script, where these tests may run, Ctrl-C is ignored
    argv = ["env", "--default-signal=INT", sys.executable, *started, "plan", "--help"]
    done = subprocess.run(argv, env=variables, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (130, "", "interrupted; nothing was changed\n")


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["status"], "interrupted; nothing was changed\n"),
        (["drift"], "interrupted; nothing was changed\n"),
        (["person", "move", "100101"], "interrupted\n"),
    ],
)
def test_ctrl_c_outside_a_run_is_one_line(
    monkeypatch: pytest.MonkeyPatch, words: list[str], said: str
) -> None:
    def pressed(*_: object) -> Any:
        raise KeyboardInterrupt

    monkeypatch.setattr(Environment, "chosen", pressed)
    cli.app.cache_clear()
    cli._collect(words[0])
    done = CliRunner().invoke(cli.app(), words)
    assert (done.exit_code, done.stderr) == (130, said)


def test_calls_that_were_broken_off_are_told_as_such(
    environment: Environment, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """`timeout 20 estate call check` was silent."""
    monkeypatch.setattr(commands, "run", lambda *_, **__: signal.raise_signal(signal.SIGTERM))
    estate: Any = SimpleNamespace(telephony=SimpleNamespace(probe=SimpleNamespace(host="one")))
    with pytest.raises(SystemExit) as ended, told():
        calling.check(environment, estate, (), {}, "")
    [run] = runs_below(environment.var)
    assert (ended.value.code, run.head().result) == (130, "interrupted")
    again = f"./scripts/estate runs show {run.path.name}"
    assert capsys.readouterr().err == f"interrupted: the calls; the telephones of one sign off; {again}\n"
    assert signal.getsignal(signal.SIGTERM) == signal.SIG_DFL
