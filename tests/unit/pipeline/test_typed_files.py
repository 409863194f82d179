"""A file that is named wrongly is refused in a line, and no file of the repository is written over."""

from __future__ import annotations

from pathlib import Path

import pytest
from typer.testing import CliRunner

from estate.cli import pipeline as cli
from estate.cli import runs
from estate.pipeline import conducting
from estate.runs.environment import ROOT, Environment
from estate.runs.refused import RefusedError, refuse_astray
from tests.unit.pipeline.conftest import Desk, World, change, run


@pytest.fixture
def planned(desk: Desk, example: Environment, world: World, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Gives the folder of a run that waits for somebody to agree."""
    desk.commit("iş")
    world.todo = {"yedek1": [change("yedek1")]}
    record, _ = run(desk, example, until="plan")
    monkeypatch.setattr(Environment, "chosen", lambda *_: example)
    monkeypatch.setenv("ESTATE_SIGNERS", str(desk.signers))
    return example.var / "pipelines" / record.id


def refused(*words: str, given: bytes | None = None) -> str:
    done = CliRunner().invoke(cli.app, words, input=given)
    assert (done.exit_code, len(done.stderr.splitlines())) == (2, 1), done.output
    return done.stderr


def test_a_signature_that_cannot_be_read_and_a_summary_that_is_gone_are_refused(
    planned: Path, tmp_path: Path
) -> None:
    (tmp_path / "binary").write_bytes(b"\x7fELF\xff")
    assert "No such file" in refused("approve", "--signature", "/nosuch")
    assert "Is a directory" in refused("approve", "--signature", str(tmp_path))
    assert "is no text" in refused("approve", "--signature", str(tmp_path / "binary"))
    assert "is no text" in refused("approve", "--signature", "-", given=b"\xff\xfe")
    (planned / "summary.md").unlink()
    assert "summary.md, which says what is agreed to" in refused("approve")


def test_a_summary_is_written_nowhere_else(planned: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cli.conducting, "run", lambda *_: pytest.fail("ran"))
    assert "is a folder" in refused("trust", "--summary", "/")
    assert "there is no folder" in refused("plan", "--summary", str(planned / "none/summary.md"))
    assert "which git tracks" in refused("plan", "--summary", str(ROOT / "README.md"))


def test_a_summary_that_cannot_be_written_is_refused(planned: Path, tmp_path: Path) -> None:
    with pytest.raises(RefusedError, match="cannot be written to"):
        conducting._copied(planned / "summary.md", tmp_path)


@pytest.mark.parametrize("name", ["README.md", "inventories/lab/estate/drills.yml", "docs/../README.md"])
def test_a_file_that_git_tracks_is_not_written_over(name: str, tmp_path: Path) -> None:
    with pytest.raises(RefusedError, match="which git tracks"):
        refuse_astray(ROOT / name)
    refuse_astray(ROOT / "plan*.json")
    refuse_astray(tmp_path / "README.md")


@pytest.mark.parametrize("app", [cli.app, runs.app])
@pytest.mark.parametrize("number", ["0", "-5"])
def test_at_least_one_run_is_listed(
    example: Environment, monkeypatch: pytest.MonkeyPatch, app: object, number: str
) -> None:
    monkeypatch.setattr(Environment, "chosen", lambda *_: example)
    done = CliRunner().invoke(app, ["list", "--number", number])  # type: ignore[arg-type]
    assert done.exit_code == 2 and "--number" in done.stderr
