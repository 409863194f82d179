"""Whoever makes no PDF does not wait for what makes PDFs."""

import subprocess
import sys


def test_the_command_starts_without_the_engine_of_pdfs() -> None:
    code = "import sys, estate.cli as cli; cli._collect(); print(*sorted({'weasyprint', 'fontTools'} & {*sys.modules}))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert (done.returncode, done.stdout.strip()) == (0, ""), done.stderr
