"""A queue file that cannot be read stops the control host for no later push."""

import os
import stat
from pathlib import Path
from typing import Any

import pytest

from estate.runs.environment import ROOT
from exporters import gitops_run
from exporters.gitops_run import queued
from tests.unit.gitops.test_queue import NEW, _accept, _push
from tests.unit.gitops.test_queue import settings as settings


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        '{"a":1}',
        '{"commit": "2222',
        '{"commit": 5}',
        '{"commit": "--help"}',
        "\xff",
        "[" * 99999,
        "null",
    ],
    ids=range(9),
)
def test_a_queue_that_cannot_be_read_is_told_and_moved_aside_and_the_next_push_goes_on(
    settings: dict[str, Any], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], text: str
) -> None:
    _accept(settings)
    monkeypatch.setattr(gitops_run, "load", lambda: settings)
    monkeypatch.setattr(gitops_run.gitops_environment, "ensure", lambda *_: "same")
    monkeypatch.setattr(gitops_run, "call", lambda _: lambda argv: 0)
    (Path(settings["queue"]) / "main").write_bytes(text.encode("latin-1"))
    assert gitops_run.main([]) == 2
    (line,) = capsys.readouterr().err.splitlines()
    (aside,) = Path(settings["home"]).iterdir()
    assert aside.read_bytes() == text.encode("latin-1") and aside.name.startswith("main.damaged.")
    assert str(aside) in line and "push a new commit" in line
    assert list(Path(settings["queue"]).iterdir()) == [], "the path unit would start it again"
    _push(settings, NEW)
    assert (gitops_run.main([]), queued(settings)) == (0, None)


def test_a_damaged_file_that_cannot_be_moved_is_told_in_one_line(
    settings: dict[str, Any], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(gitops_run, "load", lambda: settings)
    (Path(settings["queue"]) / "main").write_text("", encoding="utf-8")
    Path(settings["home"]).rmdir()
    assert gitops_run.main([]) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert "nor moved aside" in line


def test_a_queued_commit_is_on_the_disk_before_it_stands_in_the_queue(
    settings: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    steps: list[str] = []
    real, rename = os.fsync, Path.rename

    def synced(handle: int) -> None:
        steps.append("folder" if stat.S_ISDIR(os.fstat(handle).st_mode) else "file")
        real(handle)

    def renamed(path: Path, to: Path) -> Path:
        steps.append("rename")
        return rename(path, to)

    monkeypatch.setattr(os, "fsync", synced)
    monkeypatch.setattr(Path, "rename", renamed)
    _push(settings, NEW)
    assert steps == ["file", "rename", "folder"]
    assert stat.S_IMODE((Path(settings["queue"]) / "main").stat().st_mode) == 0o640


def test_no_limit_of_starts_ends_the_watch_over_the_queue_and_a_pause_bounds_them() -> None:
    units = ROOT / "roles/gitops_controller/templates/root/etc/systemd/system"
    path, service = (
        (units / f"estate-pipeline.{kind}.j2").read_text("utf-8") for kind in ("path", "service")
    )
    for text in (path, service):
        assert "\nStartLimitIntervalSec=0\n" in text and "StartLimitBurst" not in text
    assert "\nTriggerLimitIntervalSec=0\n" in path and "\nExecStopPost=/usr/bin/sleep " in service
