"""Ctrl-C ends a run as interrupted, with 130 and what was reached, also when only Ansible noticed it."""

from pathlib import Path
from typing import Any

import pytest

from estate.records import Outcome, append, runs_below
from estate.runs import commands, planning
from estate.runs.environment import Environment
from estate.runs.refused import told


@pytest.mark.parametrize("noticed", ["by Ansible", "here"])
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
