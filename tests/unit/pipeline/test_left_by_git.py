"""A git that was killed stops no later run, half of its checkout is taken back, and one that lives is respected."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from estate.pipeline import conducting, interrupted, order, placing
from estate.pipeline.conducting import Asked
from estate.runs import git
from estate.runs.environment import Environment
from estate.runs.refused import Exit, RefusedError
from tests.unit.pipeline.conftest import Desk, Killed

PREPARED = "start\nupdate {ref} {commit}\nprepare\n"


@pytest.fixture
def control(desk: Desk, tmp_path: Path) -> Environment:
    """A checkout of its own, on the first commit."""
    root = tmp_path / "srv"
    desk.git("clone", "-q", str(desk.root), str(root))
    made = Environment("example", root)
    order.accept(made, root, "HEAD", "", "deneme")
    return made


@contextmanager
def working(place: Path, lock: str, *words: str, told: str = "") -> Iterator[subprocess.Popen[str]]:
    """Runs a real git that has taken a lock and waits for more on its standard input; kills it at the end."""
    path = placed(place) / lock
    argv = ["git", "-C", str(place), *words]
    with subprocess.Popen(argv, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdin and process.stdout
        if told:
            process.stdin.write(told)
            process.stdin.flush()
            assert process.stdout.readline() == "start: ok\n"
            assert process.stdout.readline() == "prepare: ok\n"
        while not path.exists():
            assert process.poll() is None
        yield process
        process.kill()


def placed(place: Path) -> Path:
    return place / ".git" if (place / ".git").is_dir() else place


def gate(desk: Desk, control: Environment) -> bool:
    record, code, more = conducting.gate(control, str(desk.root), Asked("main", signers=desk.signers))
    assert (code, more) == (Exit.OK, True), record
    return desk.git("rev-parse", "HEAD", place=control.root) == record.commit


@pytest.mark.parametrize("which", ["index", "trusted", "copy"])
def test_a_lock_that_a_killed_git_left_stops_no_run_and_that_of_a_living_one_does(
    desk: Desk, control: Environment, which: str, capsys: pytest.CaptureFixture[str]
) -> None:
    desk.commit("iki")
    assert gate(desk, control)
    place = placing.copy(control) if which == "copy" else control.root
    ref = {"trusted": "refs/estate/trusted", "copy": "refs/heads/main"}.get(which, "")
    lock = f"{ref}.lock" if ref else "index.lock"
    words = ("update-ref", "--stdin") if ref else ("update-index", "--stdin")
    before = desk.git("rev-parse", "HEAD~1")
    told = PREPARED.format(ref=ref, commit=before) if ref else ""
    after = desk.commit("üç")
    with working(place, lock, *words, told=told) as living:
        with pytest.raises(
            RefusedError, match=rf"git \(process {living.pid}\) is at work in .*holds .*{lock}"
        ) as no:
            gate(desk, control)
        assert no.value.code == Exit.LOCKED
        assert (placed(place) / lock).exists()
    assert (placed(place) / lock).exists(), "what a kill leaves"
    assert gate(desk, control)
    assert desk.git("rev-parse", "HEAD", place=control.root) == after
    assert not (placed(place) / lock).exists()
    assert f"removed {placed(place) / lock}, which a killed git left" in capsys.readouterr().err


def test_a_git_that_closed_its_lock_is_alive_all_the_same(control: Environment) -> None:
    """One that waits for an editor stands in the repository with its lock closed."""
    (control.root / ".git/index.lock").touch()
    with working(control.root, "HEAD", "cat-file", "--batch"):
        with pytest.raises(RefusedError, match="is at work in"):
            interrupted.unlock(control.root)
        assert (control.root / ".git/index.lock").exists()
    interrupted.unlock(control.root)
    assert not (control.root / ".git/index.lock").exists()


def kill_in_checkout(desk: Desk, control: Environment, monkeypatch: pytest.MonkeyPatch) -> None:
    """Lays down the half of a checkout: one file whole, one cut short, one removed, the lock still there."""

    def half(place: Path, *words: str, **rest: object) -> str:
        if words[0] != "checkout":
            return git.asked(place, *words, **rest)  # type: ignore[arg-type]
        (place / ".git/index.lock").touch()
        (place / "yeni").write_text("yeni dosya\n")
        (place / "note").write_text("i")
        (place / "eski").unlink()
        raise Killed

    with monkeypatch.context() as patched, pytest.raises(Killed):
        patched.setattr(placing, "asked", half)
        gate(desk, control)


@pytest.fixture
def torn(desk: Desk, control: Environment, monkeypatch: pytest.MonkeyPatch) -> Environment:
    """A checkout in which a run was killed."""
    desk.commit("bir", eski="eski\n", kalan="kalan\n")
    assert gate(desk, control)
    (desk.root / "eski").unlink()
    desk.commit("iki", yeni="yeni dosya\n")
    kill_in_checkout(desk, control, monkeypatch)
    return control


@pytest.mark.parametrize("newer", [False, True])
def test_half_of_a_checkout_is_taken_back(
    desk: Desk, torn: Environment, newer: bool, capsys: pytest.CaptureFixture[str]
) -> None:
    if newer:  # and does not hold any more what the killed one brought
        (desk.root / "yeni").unlink()
        desk.commit("üç")
    assert gate(desk, torn)
    assert (torn.root / "note").read_text() == ("üç" if newer else "iki")
    assert (torn.root / "yeni").exists() is not newer
    assert not (torn.root / "eski").exists()
    assert desk.git("status", "--porcelain", "--untracked-files=all", place=torn.root) == ""
    assert "took back the checkout of" in capsys.readouterr().err
    assert not (torn.var / "pipeline/placing").exists()


@pytest.mark.parametrize(("name", "text"), [("kalan", "ka"), ("note", "elle")])
def test_an_edit_beside_half_of_a_checkout_is_not_lost(
    desk: Desk, torn: Environment, name: str, text: str
) -> None:
    before = (torn.root / name).read_text()
    (torn.root / name).write_text(text)
    with pytest.raises(RefusedError, match=f"has edits, which a checkout would lose.*\n(?s:.*){name}"):
        gate(desk, torn)
    assert (torn.root / name).read_text() == text
    (torn.root / name).write_text(before)
    assert gate(desk, torn), "after the edit is undone"


def test_a_file_that_a_power_cut_left_empty_is_laid_down_again(desk: Desk, control: Environment) -> None:
    """HEAD stands on the commit already, but what it holds had not come to the disk."""
    desk.commit("iki")
    before = desk.git("rev-parse", "HEAD", place=control.root)
    assert gate(desk, control)
    (control.var / "pipeline/placing").write_text(f"{before} {desk.git('rev-parse', 'HEAD')}\n")
    (control.root / "note").write_text("")
    assert gate(desk, control)
    assert (control.root / "note").read_text() == "iki"


def test_a_copy_that_was_half_made_is_made(desk: Desk, control: Environment) -> None:
    desk.commit("iki")
    copy = placing.copy(control)
    copy.mkdir(parents=True)
    (copy / "HEAD").write_text("ref: refs/heads/main\n")
    (copy / "config.lock").touch()
    assert gate(desk, control)
    shutil.rmtree(copy)
    assert gate(desk, control) is True
