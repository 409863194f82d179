"""`estate dashboards render` writes what was asked for, and nothing when it refuses."""

import json
from pathlib import Path

from typer.testing import CliRunner

from estate.cli.dashboards import app


def test_one_language_is_written_and_told(tmp_path: Path) -> None:
    done = CliRunner().invoke(app, ["render", "--out", str(tmp_path), "--language", "en", "--json"])
    written = sorted(str(path) for path in tmp_path.rglob("*") if path.is_file())
    assert (done.exit_code, sorted(json.loads(done.stdout)["files"])) == (0, written)
    assert {Path(path).parent.name for path in written} == {"en"} and len(written) == 8


def test_a_language_that_is_not_there_is_refused_by_name(tmp_path: Path) -> None:
    done = CliRunner().invoke(app, ["render", "--out", str(tmp_path / "new"), "--language", "de"])
    assert (done.exit_code, list(tmp_path.iterdir())) == (2, [])
    assert "de" in done.stderr and "tr and en" in done.stderr


def test_nothing_is_written_beside_a_target_that_cannot_be(tmp_path: Path) -> None:
    told = CliRunner().invoke(app, ["render", "--out", str(tmp_path / "first"), "--json"])
    last = Path(json.loads(told.stdout)["files"][-1]).relative_to(tmp_path / "first")
    out = tmp_path / "out"
    (out / last).mkdir(parents=True)
    done = CliRunner().invoke(app, ["render", "--out", str(out)])
    assert done.exit_code == 2 and done.stderr.startswith(f"refused: {out / last}: a folder stands there")
    assert [path for path in out.rglob("*") if path.is_file()] == []
    (tmp_path / "file").touch()
    done = CliRunner().invoke(app, ["render", "--out", str(tmp_path / "file")])
    assert done.exit_code == 2 and f"{tmp_path}/file: no folder" in done.stderr
