"""Refuses each edited copy of the example environment with exactly the expected words.

A case is a folder: `edit.yml` says what is wrong with the estate (its first line says why that matters) and how to
edit the example so; `expected.txt` holds the whole refusal. The example is the ground because it is complete, small
and seldom changes.
"""

from __future__ import annotations

import shutil
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from estate.declared import Refusal, load

HERE = Path(__file__).parent
EXAMPLE = HERE.parents[1] / "inventories" / "example"
TODAY = date(2026, 11, 30)
CASES = sorted(path.parent for path in HERE.glob("*/edit.yml"))


@pytest.mark.parametrize("case", CASES, ids=[case.name for case in CASES])
def test_the_refusal_has_exactly_these_words(case: Path, tmp_path: Path) -> None:
    edited = tmp_path / "example"
    shutil.copytree(EXAMPLE, edited)
    for edit in YAML(typ="safe").load((case / "edit.yml").read_text(encoding="utf-8")):
        apply(edit, edited)
    with pytest.raises(Refusal) as refused:
        load(edited, today=TODAY)
    told = "\n".join(refused.value.sentences()).replace(f"{edited.as_posix()}/", "") + "\n"
    assert told == (case / "expected.txt").read_text(encoding="utf-8")


def apply(edit: dict[str, Any], directory: Path) -> None:
    """Changes one file: remove it, write it, save it in another encoding, or replace the one place that is found."""
    path = directory / edit["file"]
    if edit.get("remove"):
        path.unlink()
    elif "write" in edit:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(edit["write"], encoding="utf-8")
    elif "encode" in edit:
        path.write_bytes(path.read_text(encoding="utf-8").encode(edit["encode"], errors="replace"))
    else:
        text = path.read_text(encoding="utf-8")
        assert text.count(edit["find"]) == 1, f"{edit['find']!r} must stand once in {edit['file']}"
        path.write_text(text.replace(edit["find"], edit["replace"]), encoding="utf-8")


def test_every_case_has_its_words() -> None:
    assert len(CASES) >= 25
    assert {case for case in HERE.iterdir() if case.is_dir() and case.name != "__pycache__"} == set(CASES)
    assert all((case / "expected.txt").is_file() for case in CASES)
