"""The commands of the control host say what they need, before there is anything they could run."""

import re
import subprocess
from pathlib import Path

import pytest

from estate.runs.environment import ROOT

LAID = ROOT / "roles/gitops_controller/templates/root/usr/local"


def _called(place: Path, name: str, *words: str) -> tuple[int, str, str]:
    """Runs a command as it is laid down, with every path of the role in a folder of the test."""
    text = re.sub(r"{{ \w+ }}", str(place), (LAID / f"{name}.j2").read_text("utf-8"))
    done = subprocess.run(["sh", "-c", text, name, *words], capture_output=True, text=True, check=False)
    return done.returncode, done.stdout, done.stderr


@pytest.mark.parametrize("words", [(), ("",), ("--again",), ("--help",)])
def test_adopting_nothing_is_told_how_it_is_called(tmp_path: Path, words: tuple[str, ...]) -> None:
    usage = "usage: estate-adopt COMMIT [--again]\n"
    assert _called(tmp_path, "sbin/estate-adopt", *words) == (2, "", usage)


def test_before_adoption_the_pipeline_says_so_and_what_to_do(tmp_path: Path) -> None:
    told = "estate: no commit has been adopted yet. As root on this machine: estate-adopt COMMIT\n"
    assert _called(tmp_path, "bin/estate", "pipeline", "status") == (2, "", told)
