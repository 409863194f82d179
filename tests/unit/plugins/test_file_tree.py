"""A tree lands as declared or not at all; check mode tells the same story as the run after it."""

from __future__ import annotations

import base64
import grp
import os
import pwd
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from ansible.module_utils.landing import RefusedError
from ansible.module_utils.wanted import pack

ME, MINE = pwd.getpwuid(os.getuid()).pw_name, grp.getgrgid(os.getgid()).gr_name
Plugin = Callable[[str], ModuleType]


@pytest.fixture
def module(plugin: Plugin) -> ModuleType:
    return plugin("modules/file_tree")


def entry(path: Path, content: str = "", **more: Any) -> dict[str, Any]:
    kind = {"kind": "file", "content": base64.b64encode(content.encode()).decode()}
    return {"path": str(path), "owner": ME, "group": MINE, **kind, **more}


def converge(
    module: ModuleType, *entries: dict[str, Any], check: bool = False, validate: Any = ()
) -> dict[str, Any]:
    parameters = {"tree": pack(list(entries)), "validate": list(validate), "predicted": {}}
    result: dict[str, Any] = module.converge(parameters, check)
    return result


def test_a_second_run_changes_nothing(module: ModuleType, tmp_path: Path) -> None:
    wanted = (entry(tmp_path / "etc/deep/a", "1\n"), entry(tmp_path / "etc/b", "2\n", mode="0600"))
    first, inode = converge(module, *wanted), (tmp_path / "etc/deep/a").stat().st_ino
    second = converge(module, *wanted)
    assert first["changed"] and not second["changed"] and second["paths"] == []
    assert (tmp_path / "etc/deep/a").stat().st_ino == inode
    assert (tmp_path / "etc/b").stat().st_mode & 0o777 == 0o600


def test_check_mode_predicts_the_run_and_changes_nothing(module: ModuleType, tmp_path: Path) -> None:
    (tmp_path / "old").write_text("x")
    wanted = (
        entry(tmp_path / "new/file", "1"),
        entry(tmp_path / "old", kind="absent"),
        entry(tmp_path / "dir", kind="directory", mode="0700"),
        entry(tmp_path / "link", kind="link", target="dir"),
    )
    predicted = converge(module, *wanted, check=True)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["old"]
    real = converge(module, *wanted)
    assert predicted["changes"] == real["changes"] and predicted["diff"] == real["diff"]
    assert predicted["ansible_facts"]["estate_predicted"]["paths"].keys() == set(real["paths"])
    assert "ansible_facts" not in real


def test_only_the_mode_is_corrected_when_only_the_mode_differs(module: ModuleType, tmp_path: Path) -> None:
    place = tmp_path / "a"
    place.write_text("1")
    place.chmod(0o666)
    inode = place.stat().st_ino
    result = converge(module, entry(place, "1", mode="0640"))
    assert place.stat().st_mode & 0o777 == 0o640 and place.stat().st_ino == inode
    assert "mode 0666" in result["diff"][0]["before"] and "mode 0640" in result["diff"][0]["after"]


def test_a_failing_checker_keeps_every_file_out(module: ModuleType, tmp_path: Path) -> None:
    (tmp_path / "a").write_text("old")
    checker = {"command": f"sh -c 'echo line 7: unknown setting in %(stage)s{tmp_path}/a; exit 3'"}
    with pytest.raises(RefusedError) as refusal:
        converge(module, entry(tmp_path / "a", "new"), entry(tmp_path / "b", "b"), validate=[checker])
    assert f"line 7: unknown setting in {tmp_path}/a" in str(refusal.value) and "exit 3" in str(refusal.value)
    assert (tmp_path / "a").read_text() == "old" and not (tmp_path / "b").exists()


def test_checkers_see_the_whole_tree_also_the_files_that_do_not_change(
    module: ModuleType, tmp_path: Path
) -> None:
    (tmp_path / "same").write_text("same")
    checker = {"command": f"grep -q same %(stage)s{tmp_path}/same"}
    result = converge(
        module, entry(tmp_path / "same", "same"), entry(tmp_path / "new", "n"), validate=[checker]
    )
    assert result["paths"] == [str(tmp_path / "new")]


def test_checkers_are_not_asked_when_nothing_differs(module: ModuleType, tmp_path: Path) -> None:
    (tmp_path / "a").write_text("1")
    (tmp_path / "a").chmod(0o644)
    assert not converge(module, entry(tmp_path / "a", "1"), validate=[{"command": "false"}])["changed"]


def test_a_checker_that_is_not_installed_yet_is_left_out_of_check_mode_only(
    module: ModuleType, tmp_path: Path
) -> None:
    checker = {"command": "no-such-checker %(stage)s"}
    predicted = converge(module, entry(tmp_path / "a", "1"), check=True, validate=[checker])
    assert predicted["changed"] and predicted["skipped_checks"] == [checker["command"]]
    with pytest.raises(RefusedError, match="no-such-checker is not on this host"):
        converge(module, entry(tmp_path / "a", "1"), validate=[checker])
    assert not (tmp_path / "a").exists()


def test_a_checker_that_acts_is_left_out_of_check_mode(module: ModuleType, tmp_path: Path) -> None:
    checker = {"command": f"touch {tmp_path}/acted", "check_mode": False}
    converge(module, entry(tmp_path / "a", "1"), check=True, validate=[checker])
    assert not (tmp_path / "acted").exists()
    converge(module, entry(tmp_path / "a", "1"), validate=[checker])
    assert (tmp_path / "acted").exists()


def test_a_missing_owner_is_tolerated_in_check_mode_and_refused_before_anything_lands(
    module: ModuleType, tmp_path: Path
) -> None:
    wanted = (entry(tmp_path / "a", "1"), entry(tmp_path / "b", "2", owner="no-such-user"))
    assert converge(module, *wanted, check=True)["changed"]
    with pytest.raises(RefusedError, match="user no-such-user, which this host does not have"):
        converge(module, *wanted)
    assert not (tmp_path / "a").exists()


def test_sensitive_content_is_in_no_diff_and_no_message(module: ModuleType, tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("old-marked-password")
    wanted = entry(tmp_path / "secret", "user = x\npassword = new-marked-password\n", sensitive=True)
    assert "marked" not in str(converge(module, wanted, check=True))
    checker = {"command": f"sh -c 'cat %(stage)s{tmp_path}/secret; exit 1'"}
    with pytest.raises(RefusedError) as refusal:
        converge(module, wanted, validate=[checker])
    assert "marked" not in str(refusal.value) and "(sensitive)" in str(refusal.value)


def test_a_directory_with_content_is_not_removed(module: ModuleType, tmp_path: Path) -> None:
    (tmp_path / "d").mkdir()
    (tmp_path / "d" / "kept").write_text("")
    with pytest.raises(RefusedError, match="is a directory with content"):
        converge(module, entry(tmp_path / "d", kind="absent"))
    assert (tmp_path / "d" / "kept").exists()


def test_a_link_in_the_way_of_a_file_is_replaced_not_followed(module: ModuleType, tmp_path: Path) -> None:
    (tmp_path / "stub").write_text("untouched")
    (tmp_path / "resolv.conf").symlink_to("stub")
    converge(module, entry(tmp_path / "resolv.conf", "nameserver 198.51.100.53\n"))
    assert (tmp_path / "stub").read_text() == "untouched"
    assert (tmp_path / "resolv.conf").read_text() == "nameserver 198.51.100.53\n"


def test_binary_content_lands_and_is_named_by_size_in_the_diff(module: ModuleType, tmp_path: Path) -> None:
    wanted = {**entry(tmp_path / "a"), "content": base64.b64encode(b"\xff\x00\xfe").decode()}
    assert converge(module, wanted)["diff"][0]["after"] == "(binary, 3 bytes)\n"
    assert (tmp_path / "a").read_bytes() == b"\xff\x00\xfe"


@pytest.mark.parametrize("path", ["etc/x", "/etc", "/srv/", "/etc/../x", "/etc//x", "/"])
def test_paths_that_are_relative_short_or_crooked_are_refused(plugin: Plugin, path: str) -> None:
    action = plugin("action/file_tree")
    with pytest.raises(action.AnsibleActionFail, match="is not a path it writes"):
        action.checked_path(path)


@pytest.mark.parametrize("mode", [420, "rw-r--r--", "", "0o644", None])
def test_a_mode_that_is_not_octal_text_is_refused(plugin: Plugin, mode: object) -> None:
    action = plugin("action/file_tree")
    with pytest.raises(action.AnsibleActionFail, match="is not octal text"):
        action.checked_mode("/etc/x", mode)
