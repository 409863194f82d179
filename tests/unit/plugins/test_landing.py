"""Files land whole, under a new inode, and one digest stands for what a reader gets."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from ansible.module_utils import digests, landing

ME, MINE = os.getuid(), os.getgid()


def test_a_reader_keeps_the_old_file_while_a_new_one_lands(tmp_path: Path) -> None:
    script = tmp_path / "clean.sh"
    script.write_text("old\n")
    with script.open() as running:
        before = script.stat().st_ino
        landing.write_aside(str(script), b"new\n", 0o755, ME, MINE)
        assert running.read() == "old\n"
    assert script.read_text() == "new\n"
    assert script.stat().st_ino != before
    assert script.stat().st_mode & 0o777 == 0o755


def test_nothing_is_left_aside_when_the_rename_fails(tmp_path: Path) -> None:
    (tmp_path / "taken").mkdir()
    with pytest.raises(OSError, match="taken"):
        landing.write_aside(str(tmp_path / "taken"), b"x", 0o644, ME, MINE)
    assert [path.name for path in tmp_path.iterdir()] == ["taken"]


def test_a_link_replaces_a_file_and_a_file_replaces_a_link(tmp_path: Path) -> None:
    place = tmp_path / "localtime"
    place.write_text("x")
    landing.link_aside(str(place), "/usr/share/zoneinfo/Europe/Istanbul")
    assert str(place.readlink()) == "/usr/share/zoneinfo/Europe/Istanbul"
    landing.write_aside(str(place), b"y", 0o644, ME, MINE)
    assert not place.is_symlink() and place.read_text() == "y"


@pytest.mark.parametrize("change", ["content", "name", "more", "link", "moved away and back"])
def test_the_digest_of_a_directory_moves_with_everything_in_it(tmp_path: Path, change: str) -> None:
    (tmp_path / "d" / "sub").mkdir(parents=True)
    (tmp_path / "d" / "sub" / "a").write_text("1")
    (tmp_path / "target").write_text("t")
    (tmp_path / "d" / "link").symlink_to(tmp_path / "target")
    before = digests.digest(str(tmp_path / "d"))
    assert digests.digest(str(tmp_path / "d")) == before
    if change == "content":
        (tmp_path / "d" / "sub" / "a").write_text("2")
    elif change == "name":
        (tmp_path / "d" / "sub" / "a").rename(tmp_path / "d" / "sub" / "b")
    elif change == "more":
        (tmp_path / "d" / "empty").write_text("")
    elif change == "link":  # the file behind it
        (tmp_path / "target").write_text("T")
    else:  # same content, but a service may have been started in between
        (tmp_path / "d" / "sub" / "a").rename(tmp_path / "aside")
        (tmp_path / "aside").rename(tmp_path / "d" / "sub" / "a")
    assert digests.digest(str(tmp_path / "d")) != before


def test_a_missing_path_has_a_digest_of_its_own(tmp_path: Path) -> None:
    assert digests.digest(str(tmp_path / "none")) == "absent"
    (tmp_path / "none").mkdir()
    assert digests.digest(str(tmp_path / "none")) != "absent"


def test_predictions_are_pending_until_the_service_would_have_taken_them_up() -> None:
    state = landing.remember_paths({}, ["/etc/a", "/etc/b"])
    assert landing.pending_paths(state, "web") == ["/etc/a", "/etc/b"]
    state = landing.remember_service(state, "web")
    assert landing.pending_paths(state, "web") == []
    assert landing.pending_paths(state, "mail") == ["/etc/a", "/etc/b"]
    state = landing.remember_paths(state, ["/etc/b"])
    assert landing.pending_paths(state, "web") == ["/etc/b"]
