"""Frozen inputs stay frozen: what was changed afterwards is refused."""

import json
from pathlib import Path

import pytest

from estate.report.inputs import freeze, read
from estate.report.period import ReportError

from .conftest import Bent


def test_what_is_frozen_is_read_back(bent: Bent, tmp_path: Path) -> None:
    path = tmp_path / "inputs.json"
    digest = freeze(bent(), path)
    assert read(path) == (bent(), digest)
    assert (tmp_path / "inputs.json.sha256").read_text("utf-8") == f"{digest}  inputs.json\n"


def test_the_same_inputs_freeze_to_the_same_bytes(bent: Bent, tmp_path: Path) -> None:
    digests = {freeze(bent(), tmp_path / name) for name in ("a.json", "b.json")}
    assert len(digests) == 1
    keys = list(json.loads((tmp_path / "a.json").read_text("utf-8")))
    assert keys == sorted(keys)


def test_a_changed_file_is_refused(bent: Bent, tmp_path: Path) -> None:
    path = tmp_path / "inputs.json"
    freeze(bent(), path)
    path.write_text(path.read_text("utf-8").replace("0.1.0", "0.1.1"), "utf-8")
    with pytest.raises(ReportError, match="it was changed after it was frozen"):
        read(path)


def test_a_file_that_is_no_inputs_names_its_faults(bent: Bent, tmp_path: Path) -> None:
    path = tmp_path / "inputs.json"
    content = json.loads(bent().model_dump_json())
    path.write_text(json.dumps({**content, "format": 2, "guess": 1}), "utf-8")
    with pytest.raises(ReportError, match=r"`format` is none of 1; `guess` is not one of its keys"):
        read(path)


def test_a_missing_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ReportError, match="asked to read frozen inputs"):
        read(tmp_path / "inputs.json")
