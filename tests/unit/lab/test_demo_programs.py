"""The demo finds the programs it calls beside its Python, also when nobody put them on the search path."""

import pytest

from estate.cli import demo
from estate.runs.environment import ROOT


def test_every_program_of_a_stage_is_found_without_a_search_path(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    called = {demo._program(command)[0] for stage in demo._stages(drill=True) for command in stage.commands}
    assert len(called) == 2
    assert [name for name in called if not (ROOT / name).is_file()] == []
