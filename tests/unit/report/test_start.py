"""Whoever makes no PDF does not wait for what makes PDFs, and nobody for the verbs of others."""

import subprocess
import sys

import pytest


@pytest.mark.parametrize(
    ("verb", "unwanted"),
    [("None", "weasyprint fontTools"), ("'person'", "estate.cli.report estate.cli.lab estate.cli.drill")],
)
def test_the_command_starts_with_what_it_needs_alone(verb: str, unwanted: str) -> None:
    shown = f"print(*sorted({set(unwanted.split())} & {{*sys.modules}}))"
    code = f"import sys, estate.cli as cli; cli._collect({verb}); {shown}"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert (done.returncode, done.stdout.strip()) == (0, ""), done.stderr


def test_an_unknown_verb_is_told_with_all_there_are() -> None:
    done = subprocess.run([sys.executable, "-m", "estate", "persn"], capture_output=True, text=True)
    assert done.returncode == 2
    assert "person" in done.stderr
