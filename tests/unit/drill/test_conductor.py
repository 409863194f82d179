"""A drill stops at a wrong target, at a step without a verdict and at a finding that decides it."""

import itertools
import subprocess
import sys
import time
from pathlib import Path

import pytest

from estate.drill import conductor
from estate.drill.conductor import Held, Reach, Transcript, hold
from estate.drill.identity import Target
from estate.drill.scenario import Step

RUN = "20261126T090000Z-drill-abcdef"
TARGET = Target("tatbikat1", RUN, ("posta1",))


class _Machine(Reach):
    """Answers as a machine of this name; a question it does not know fails the test."""

    def __init__(self, name: str) -> None:
        object.__setattr__(self, "config", Path("/dev/null"))
        object.__setattr__(self, "name", name)
        object.__setattr__(self, "mark", "none")

    def ask(self, host: str, command: str) -> str | None:
        if command == "hostname":
            return self.name
        if command.startswith("mkdir"):
            object.__setattr__(self, "mark", RUN)
            return ""
        if command.startswith("hostname; cat"):
            return f"{self.name}\n{self.mark}\n"
        raise AssertionError(f"undeclared question: {command}")


def _hold(tmp_path: Path, machine: str, steps: list[Step], stop: bool = False) -> tuple[Held, str]:
    ticks = itertools.count(0, 10)
    transcript = Transcript(tmp_path / "transcript.log", tmp_path, clock=lambda: float(next(ticks)))
    held = hold(steps, TARGET, transcript, _Machine(machine), lambda: stop)
    return held, transcript.path.read_text(encoding="utf-8")


def _steps(tmp_path: Path) -> list[Step]:
    touched = tmp_path / "touched"
    return [
        Step("host_up", "builds", ("true",)),
        Step("restored", "restores", ("touch", str(touched)), destructive=True),
        Step("accepted", "proves", ("sh", "-c", "echo kabul")),
    ]


def test_all_steps_run_on_the_confirmed_target(tmp_path: Path) -> None:
    held, text = _hold(tmp_path, "tatbikat1", _steps(tmp_path))
    assert (held.problem, list(held.phases)) == ("", ["decided", "host_up", "restored", "accepted"])
    assert list(held.phases.values()) == sorted(held.phases.values()) and held.phases["accepted"] > 0
    assert "kabul" in text and "target confirmed" in text


def test_a_wrong_machine_is_not_touched(tmp_path: Path) -> None:
    held, _ = _hold(tmp_path, "posta1", _steps(tmp_path))
    assert "wrong target, nothing touched" in held.problem and not (tmp_path / "touched").exists()


def test_why_there_is_no_verdict_stands_in_the_record(tmp_path: Path) -> None:
    said = Step(
        "restored", "ends", ("sh", "-c", "echo 'Error: t1: no verdict: unreachable'; echo gone; exit 1")
    )
    held, _ = _hold(tmp_path, "tatbikat1", [said])
    assert held.problem.endswith("ended with 1: unreachable")
    before = Step("host_up", "says", ("echo", "t1: no verdict: of an earlier step"))
    held, _ = _hold(tmp_path, "tatbikat1", [before, Step("restored", "ends", ("false",))])
    assert held.problem.endswith("ended with 1")


@pytest.mark.parametrize("ends", ["true", "false"])
@pytest.mark.parametrize("answered", [False, True])
def test_an_owed_answer_decides_whatever_the_exit_code(tmp_path: Path, answered: bool, ends: str) -> None:
    answer = tmp_path / "answer.json"
    if answered:
        answer.write_text("{}", encoding="utf-8")
    held, _ = _hold(tmp_path, "tatbikat1", [Step("restored", "ends", (ends,), answers=str(answer))])
    assert ("left no answer.json" in held.problem) is not answered


def test_a_failed_step_without_an_answer_is_no_verdict(tmp_path: Path) -> None:
    held, _ = _hold(tmp_path, "tatbikat1", [Step("configured", "fails", ("false",))])
    assert held.problem == "no verdict: `false` ended with 1"


def test_a_rehearsal_marks_nothing(tmp_path: Path) -> None:
    transcript = Transcript(tmp_path / "transcript.log", tmp_path)
    held = hold(_steps(tmp_path), TARGET, transcript, _Machine("tatbikat1"), lambda: False, mark_new=False)
    assert "does not carry the mark" in held.problem and not (tmp_path / "touched").exists()


def test_steps_get_the_variables_of_the_drill(tmp_path: Path) -> None:
    transcript = Transcript(tmp_path / "transcript.log", tmp_path, {"ESTATE_ENVIRONMENT": "ornek"})
    assert transcript.run(("sh", "-c", "echo in $ESTATE_ENVIRONMENT"), {}) == 0
    assert "in ornek" in transcript.path.read_text(encoding="utf-8")


def test_a_decided_drill_ends_and_reaches_no_later_phase(tmp_path: Path) -> None:
    held, _ = _hold(tmp_path, "tatbikat1", _steps(tmp_path), stop=True)
    assert (held.problem, list(held.phases)) == ("", ["decided"])


def test_a_step_that_never_ends_is_ended(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(conductor, "STEP_TIMEOUT_SECONDS", 0.2)
    held, _ = _hold(tmp_path, "tatbikat1", [Step("configured", "hangs", ("sleep", "321"))])
    assert held.problem == "no verdict: `sleep 321` ended with -9"


def test_a_step_ends_with_the_drill_that_was_killed(tmp_path: Path) -> None:
    code = (
        "import pathlib, sys\nfrom estate.drill.conductor import Transcript\n"
        "Transcript(pathlib.Path(sys.argv[1]), pathlib.Path('/')).run(['sleep', '321'], {})"
    )
    drill = subprocess.Popen([sys.executable, "-c", code, str(tmp_path / "log")], stderr=subprocess.DEVNULL)
    deadline = time.monotonic() + 20
    while not (step := subprocess.run(["pgrep", "-P", str(drill.pid)], capture_output=True).stdout.split()):
        assert time.monotonic() < deadline
        time.sleep(0.05)
    drill.kill()
    drill.wait()
    while Path(f"/proc/{int(step[0])}").exists():
        assert time.monotonic() < deadline, "the step outlived its drill"
        time.sleep(0.05)
