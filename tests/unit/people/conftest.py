"""Gives a checkout with a copy of the lab's records, and `estate person` to run in it."""

from __future__ import annotations

import difflib
import json
import shutil
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from click.testing import Result
from typer.testing import CliRunner

from estate.cli.person import app
from estate.declared import Estate, load
from estate.declared.people import Person
from estate.people.editing import IDENTITIES, PEOPLE
from estate.runs.environment import Environment

ROOT = Path(__file__).parents[3]
TODAY = date(2026, 11, 30)
ADD = ["--title", "Memur", "--status", "memur", "--unit", "park", "--site", "ANA", "--start", "1.12.2026"]
"""What `estate person add` is told beside the names."""


def lines_changed(before: dict[str, str], after: dict[str, str]) -> list[str]:
    """Gives the lines that an edit took out and put in."""
    found = []
    for file in before:
        found += difflib.unified_diff(before[file].splitlines(), after[file].splitlines(), n=0, lineterm="")
    return [line for line in found if line[0] in "+-" and not line.startswith(("+++", "---"))]


@dataclass(frozen=True)
class Checkout:
    """A copy of the lab that a test may edit."""

    inventory: Path

    def run(self, *words: str, today: date = TODAY) -> Result:
        """Runs `estate person` with its words."""
        return CliRunner().invoke(app, [*words, "--as-of", str(today)])

    def done(self, *words: str, today: date = TODAY) -> dict[str, Any]:
        """Runs a verb that has to succeed; gives what it tells programs."""
        result = self.run(*words, "--json", today=today)
        assert result.exit_code == 0, result.output
        told: dict[str, Any] = json.loads(result.stdout)
        return told

    def refused(self, *words: str, code: int = 2) -> str:
        """Runs a verb that has to be refused; gives the refusal, and holds that the files stayed."""
        before = self.texts()
        result = self.run(*words)
        assert result.exit_code == code, result.output
        assert self.texts() == before
        return result.stderr

    def texts(self) -> dict[str, str]:
        return {file: (self.inventory / file).read_text("utf-8") for file in (PEOPLE, IDENTITIES)}

    def estate(self, today: date = TODAY) -> Estate:
        return load(self.inventory, today)

    def person(self, number: str, today: date = TODAY) -> Person:
        return next(one for one in self.estate(today).people if one.personnel_number == number)

    def names(self) -> dict[str, tuple[str | None, str | None]]:
        return {one.personnel_number: (one.user, one.sam_account_name) for one in self.estate().people}


@pytest.fixture
def checkout(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Checkout:
    inventory = tmp_path / "inventories" / "lab"
    shutil.copytree(ROOT / "inventories" / "lab", inventory, ignore=shutil.ignore_patterns("vault.yml"))
    chosen = Environment("lab", tmp_path)
    monkeypatch.setattr(Environment, "chosen", classmethod(lambda cls, name=None: chosen))
    monkeypatch.chdir(tmp_path)
    return Checkout(inventory)


@pytest.fixture(scope="session")
def lab() -> Estate:
    return load(ROOT / "inventories" / "lab", TODAY)


@pytest.fixture(scope="session")
def nobody(lab: Estate) -> Estate:
    """Gives the lab before anybody was declared."""
    return replace(lab, people=(), identities=())


@pytest.fixture
def export(tmp_path: Path) -> Callable[..., Path]:
    """Gives a writer of exports: rows as text, the heading before them."""

    def write(*rows: str, encoding: str = "utf-8", heading: str = HEADING, ends: str = "\r\n") -> Path:
        path = tmp_path / "export.csv"
        text = ends.join([heading, *rows, ""])
        path.write_bytes(
            (unicodedata.normalize("NFC", text) if encoding == "cp1254" else text).encode(encoding)
        )
        return path

    return write


HEADING = "sicil;ad;soyad;birim;unvan;statu;yer;baslangic;bitis"
