"""Ends the reading of a file that no person would write with one sentence instead of a traceback."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

from estate.declared import Refusal, load
from estate.declared.reading import DEEPEST, read

EXAMPLE = Path(__file__).parents[3] / "inventories" / "example"
FILES = ("estate/drills.yml", "hosts.yml", "group_vars/all/connection.yml", "group_vars/all/vault.yml")

DEEP = {
    "lists": ("[" * 20_000, 1),
    "mappings": ("{a: " * 3_000, 1),
    "blocks": ("".join(f"{' ' * level}a:\n" for level in range(1_500)), DEEPEST),
    "one too many": ("[" * (DEEPEST + 1) + "]" * (DEEPEST + 1), 1),
}


@pytest.fixture
def copied(tmp_path: Path) -> Path:
    """Gives a copy of the example that a test may edit."""
    shutil.copytree(EXAMPLE, tmp_path / "example")
    return tmp_path / "example"


@pytest.mark.parametrize(
    "file", ["estate/drills.yml", "hosts.yml", "group_vars/mail_servers/mail_server.yml"]
)
@pytest.mark.parametrize("text, line", DEEP.values(), ids=DEEP)
def test_deep_nesting_is_refused_at_its_line(copied: Path, file: str, text: str, line: int) -> None:
    (copied / file).parent.mkdir(exist_ok=True)
    (copied / file).write_text(text, encoding="utf-8")
    with pytest.raises(Refusal) as refused:
        load(copied)
    told = [mistake for mistake in refused.value.mistakes if mistake.file == file]
    assert [(each.line, each.wrong) for each in told] == [(line, "nested too deeply: more than 50 levels")]


def test_the_deepest_level_is_still_read(tmp_path: Path) -> None:
    (tmp_path / "deep.yml").write_text("[" * DEEPEST + "]" * DEEPEST, encoding="utf-8")
    assert read(tmp_path, "deep.yml").mistakes == []


def test_the_same_bytes_are_understood_once_and_mistakes_are_each_readings_own(tmp_path: Path) -> None:
    (tmp_path / "words.yml").write_text("- yes\n", encoding="utf-8")
    first, second = read(tmp_path, "words.yml"), read(tmp_path, "words.yml")
    assert second.lines is first.lines
    first.say((0,), "a check found this", "mend it")
    assert (len(first.mistakes), len(second.mistakes), len(read(tmp_path, "words.yml").mistakes)) == (2, 1, 1)
    assert read(tmp_path, "words.yml", edited="- no doubt\n").value == ("no doubt",)
    (tmp_path / "words.yml").write_text("- yet\n", encoding="utf-8")
    assert read(tmp_path, "words.yml").value == ("yet",)
    assert read(tmp_path, "words.yml", edited="- yes\n").mistakes[0].file == "words.yml"


def _directory(path: Path) -> None:
    path.mkdir()


def _loop(path: Path) -> None:
    path.symlink_to(path.name)


@pytest.mark.parametrize("make", [_directory, _loop, os.mkfifo])
@pytest.mark.parametrize("file", FILES)
def test_what_is_no_file_is_refused_without_waiting(copied: Path, file: str, make: object) -> None:
    (copied / file).unlink(missing_ok=True)
    assert callable(make)
    make(copied / file)
    with pytest.raises(Refusal) as refused:
        load(copied)
    told = [mistake for mistake in refused.value.mistakes if mistake.file == file]
    assert [each.wrong for each in told] == ["cannot be read: not a regular file"]
