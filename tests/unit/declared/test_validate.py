"""Runs `estate validate` as a person does and holds its exit codes."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner

from estate.cli import validate
from estate.runs.environment import Environment

ROOT = Path(__file__).parents[3]
APP = typer.Typer()
APP.command()(validate.command)


@pytest.fixture
def checkout(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Gives a checkout that holds nothing but the example; the command works in it."""
    shutil.copytree(ROOT / "inventories" / "example", tmp_path / "inventories" / "example")
    chosen = Environment("example", tmp_path)
    monkeypatch.setattr(Environment, "chosen", classmethod(lambda cls, name=None: chosen))
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_a_well_declared_estate_exits_0_and_lists_what_is_missing(checkout: Path) -> None:
    result = CliRunner().invoke(APP, [])
    assert result.exit_code == 0
    assert result.stdout.startswith("example: ok: directorates 2, sites 2, ")
    assert "  eposta: provisioned: role:mail_server does not exist\n" in result.stdout
    assert "  izleme: drill: no drill\n" in result.stdout


def test_strict_exits_3_when_links_are_missing(checkout: Path) -> None:
    result = CliRunner().invoke(APP, ["--strict"])
    assert result.exit_code == 3
    assert "missing links: " in result.stdout


def test_mistakes_exit_2_with_file_and_line(checkout: Path) -> None:
    (checkout / "inventories/example/group_vars/all/mail.yml").write_text(
        "estate_mail: {}\n", encoding="utf-8"
    )
    result = CliRunner().invoke(APP, [])
    assert result.exit_code == 2
    assert result.stdout == ""
    first = "inventories/example/group_vars/all/mail.yml:1: estate_mail.accounts: the key is missing; "
    assert result.stderr.startswith(first)
    assert "Traceback" not in result.stderr


def test_json_tells_the_same_to_programs(checkout: Path) -> None:
    told = json.loads(CliRunner().invoke(APP, ["--json"]).stdout)
    assert (told["result"], told["counts"]["duties"]) == ("ok", 6)
    assert told["chain"][0]["links"][0]["name"] == "provisioned"
    assert {"subject": "izleme", "link": "drill", "why": "no drill"} in told["missing"]
    (checkout / "inventories/example/estate/drills.yml").unlink()
    result = CliRunner().invoke(APP, ["--json"])
    assert result.exit_code == 2
    refused = json.loads(result.stdout)
    assert refused["result"] == "refused"
    assert [(m["file"], m["line"]) for m in refused["mistakes"]] == [("estate/drills.yml", 1)]


def test_an_exception_in_force_is_shown(checkout: Path) -> None:
    path = checkout / "inventories/example/group_vars/all/backups.yml"
    path.write_text(
        path.read_text("utf-8")
        .replace("# exclude:", "exclude:")
        .replace("#   - {", "- {")
        .replace("2027", "2999")
    )
    shown = "exception until 2999-06-30: eposta: leaves out /srv/eposta/cok-buyuk (veli.ornek: Too large.)\n"
    assert shown in CliRunner().invoke(APP, []).stdout


def test_an_unknown_environment_exits_2() -> None:
    result = CliRunner().invoke(APP, ["--environment", "nowhere"])
    assert result.exit_code == 2
    assert "nowhere" in result.stderr


def test_who_left_and_is_still_named_is_told_and_not_refused(checkout: Path) -> None:
    path = checkout / "inventories/example/estate/people.yml"
    path.write_text(
        path.read_text("utf-8").replace('start: "2019-03-04"', 'start: "2019-03-04"\n    end: "2026-01-01"')
    )
    result = CliRunner().invoke(APP, [])
    assert result.exit_code == 0
    assert (
        "undecided: Ayşe Örnek (200001, 2001) has left (2026-01-02) and is still a member of queue 5050\n"
        in (result.stdout)
    )
    assert len(json.loads(CliRunner().invoke(APP, ["--json"]).stdout)["undecided"]) == 4
