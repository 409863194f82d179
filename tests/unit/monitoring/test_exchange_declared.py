"""The exchange is measured by what its deploy declared, and by nothing of another release."""

import json
from datetime import date
from pathlib import Path

import pytest

from estate.declared import load
from estate.telephony import figures
from exporters.telephone_exchange import main

TODAY = date(2026, 11, 30)
DECLARED = json.loads(figures.text(load(Path(__file__).parents[3] / "inventories/lab", TODAY), TODAY))


def test_a_declaration_of_another_release_is_no_answer_of_the_exchange(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The unit is red: 1 would say that the exchange did not tell something, which its alerts tell."""
    told = tmp_path / "declared.json"
    told.write_text(json.dumps({key: DECLARED[key] for key in DECLARED if key != "blocks"}), "utf-8")
    places = {"declared": told, "counts": tmp_path / "counts.json", "textfile": tmp_path / "out.prom"}
    words = [part for name, path in places.items() for part in (f"--{name}", str(path))]
    monkeypatch.setattr("sys.argv", ["telephone_exchange", *words])
    assert main() == 2 and not (tmp_path / "out.prom").exists()
    assert f"{told} is of another release (KeyError('blocks')); run the deploy" in capsys.readouterr().err
