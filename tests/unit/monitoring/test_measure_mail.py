"""What `estate measure` finds on the mail servers is a total or nothing, and who did not tell is named."""

from __future__ import annotations

import os
import time
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from estate.cli import measure


class Opened:
    """A run over two mail servers, of which some fail."""

    def __init__(self, folder: Path, failing: set[str]) -> None:
        self.run = SimpleNamespace(path=folder)
        self.failing, self.blamed = failing, list[str]()

    def hosts(self, deploy: object, limit: str) -> list[str]:
        assert (deploy, limit) == (measure.LOOK, "")
        return ["mail1", "mail2"]

    def pyinfra(self, deploy: object, hosts: list[str], data: dict[str, str], *options: str) -> bool:
        assert (deploy, options) == (measure.LOOK, ("--dry",))
        [host] = hosts
        if host not in self.failing:
            Path(data["strays_file"]).touch()
        return host not in self.failing

    def blame(self, deploy: object, hosts: list[str]) -> None:
        assert deploy == measure.LOOK
        self.blamed += hosts


@pytest.mark.parametrize(
    ("failing", "found"), [(set(), ["mail1", "mail2"]), ({"mail2"}, []), ({"mail1", "mail2"}, [])]
)
def test_a_part_of_the_mail_servers_gives_no_total(
    tmp_path: Path, failing: set[str], found: list[str]
) -> None:
    opened: Any = Opened(tmp_path, failing)
    assert measure._looked(opened) == [tmp_path / f"strays-{host}.json" for host in found]
    assert set(opened.blamed) == failing


def _left(var: Path, run: str, *names: str, hours: float = 1) -> None:
    """Leaves files of a run that asked hosts so many hours ago."""
    folder = var / "runs" / run
    folder.mkdir(parents=True)
    for name in names:
        (folder / name).touch()
        os.utime(folder / name, (at := time.time() - hours * 3600, at))


def _kept(var: Path) -> list[str]:
    """Names what a handing over of recorded figures takes from earlier runs."""
    opened: Any = Opened(var / "recorded", set())
    opened.environment = SimpleNamespace(var=var)
    people, strays = measure._kept(opened)
    return [str(path.relative_to(var / "runs")) for path in [*([people] if people else []), *strays]]


def test_what_is_handed_over_each_half_hour_keeps_what_was_counted_on_hosts(tmp_path: Path) -> None:
    """Of the newest run that left it whole, until it is too old to tell of now."""
    assert _kept(tmp_path) == []
    mail = ("strays-mail1.json", "strays-mail2.json")
    _left(tmp_path, "20260101T033000Z-measure-a", "people.json", *mail, hours=25)
    _left(tmp_path, "20260102T033000Z-measure-b", "strays-mail1.json")
    _left(tmp_path, "20260102T043000Z-apply-c", "people.json", *mail)
    old = [f"20260101T033000Z-measure-a/{name}" for name in ("people.json", *mail)]
    assert _kept(tmp_path) == old
    _left(tmp_path, "20260102T053000Z-measure-d", "people.json")
    assert _kept(tmp_path) == ["20260102T053000Z-measure-d/people.json", *old[1:]]
    _left(tmp_path, "20260103T033000Z-measure-e", "people.json", *mail, hours=27)
    assert _kept(tmp_path) == []


def test_the_handing_over_leaves_no_run_and_its_own_folder_holds_the_newest_alone(tmp_path: Path) -> None:
    where: Any = SimpleNamespace(var=tmp_path)
    (tmp_path / "recorded").mkdir()
    (tmp_path / "recorded/outcomes.jsonl").write_text('{"host": "of the last one"}\n')
    opened = measure._aside(where)
    assert (opened.run.path, list(opened.run.path.iterdir())) == (tmp_path / "recorded", [])
    assert not (tmp_path / "runs").exists() and opened.fallen() == {}
