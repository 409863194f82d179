"""The steps of a drill are complete, in order, and every word in braces is known."""

from pathlib import Path

import pytest

from estate.drill import scenario
from estate.runs.environment import ROOT

GOOD = """
- {phase: host_up, does: builds, command: [estate, lab, up, "{target}"]}
- {phase: configured, does: configures, command: ["true"], destructive: true}
- {phase: restored, does: restores, command: ["true"], destructive: true, answers: "{folder}/r.json"}
- {phase: accepted, does: proves, command: ["true"], environment: {X: "{target}"}}
"""


def _load(tmp_path: Path, text: str) -> tuple[scenario.Step, ...]:
    path = tmp_path / "mail" / "drill.yml"
    path.parent.mkdir()
    path.write_text(text, encoding="utf-8")
    return scenario.load(path, {"target": "t1", "folder": "/f"})


def test_words_are_filled_in(tmp_path: Path) -> None:
    steps = _load(tmp_path, GOOD)
    assert steps[0].command == ("estate", "lab", "up", "t1")
    assert (steps[2].answers, steps[3].environment) == ("/f/r.json", {"X": "t1"})


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("{target}", "{tarqet}", "'tarqet'"),
        ("destructive: true", "destructif: true", "destructif"),
        ("phase: restored", "phase: host_up", "in this order"),
        ("phase: accepted", "phase: restored", "in this order"),
    ],
)
def test_faults_are_named(tmp_path: Path, old: str, new: str, message: str) -> None:
    with pytest.raises(scenario.ScenarioError, match=message):
        _load(tmp_path, GOOD.replace(old, new))


@pytest.mark.parametrize("name", ["mail", "directory", "telephony", "switch"])
def test_outside_the_lab_a_drill_goes_through_every_phase_and_asks_the_lab_for_nothing(name: str) -> None:
    words = "environment drill target folder overlay envelope not_after address accounts ssh_config captures"
    steps = scenario.load(ROOT / f"pyinfra_deploys/drills/{name}/drill.yml", {w: w for w in words.split()})
    brought = [step for step in steps if step.where != "lab"]
    assert {step.phase for step in brought} == set(scenario.PHASES)
    assert [step.command for step in brought if step.command[:2] == ("estate", "lab")] == []


def test_a_missing_drill_lists_the_others(tmp_path: Path) -> None:
    _load(tmp_path, GOOD)
    with pytest.raises(scenario.ScenarioError, match="there are mail"):
        scenario.load(tmp_path / "fire" / "drill.yml", {})
