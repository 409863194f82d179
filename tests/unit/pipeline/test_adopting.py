"""A commit is adopted by a person's word, with a warning when no signature stands for it, and only when it is named."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from estate.cli import pipeline, runs
from estate.pipeline import order, placing
from estate.runs import git
from estate.runs.environment import Environment
from estate.runs.refused import RefusedError
from tests.unit.pipeline.conftest import Desk

Asking = Callable[..., Result]


@pytest.fixture
def ask(example: Environment, desk: Desk, monkeypatch: pytest.MonkeyPatch) -> Asking:
    """Gives `estate pipeline ...` and `estate runs ...` in the municipality's checkout."""
    monkeypatch.setattr(Environment, "chosen", lambda *_: example)
    monkeypatch.setenv("ESTATE_SIGNERS", str(desk.signers))

    def asking(*words: str) -> Result:
        app = {"pipeline": pipeline.app, "runs": runs.app}[words[0]]
        return CliRunner().invoke(app, words[1:])

    return asking


@pytest.mark.parametrize("commit", ["nosuchcommit", "", "HEAD"])
def test_another_commit_than_the_accepted_is_not_adopted_in_silence(
    desk: Desk, example: Environment, ask: Asking, commit: str
) -> None:
    kept = order.accepted(example)
    assert ask("pipeline", "adopt", kept.commit).exit_code == 0
    tip = desk.commit("iki")
    done = ask("pipeline", "adopt", commit)
    why = f"kept {kept.commit} as the accepted commit, not {tip}" if commit == "HEAD" else "is no commit in"
    assert (done.exit_code, order.accepted(example)) == (2, kept) and why in done.stderr
    assert ask("pipeline", "adopt", "HEAD", "--again").exit_code == 0
    assert order.accepted(example).commit == tip


@pytest.mark.parametrize(
    ("key", "why"), [("veli.ornek", ""), (None, "not signed"), ("yabanci", "by nobody in allowed_signers")]
)
def test_a_commit_that_no_signature_vouches_for_is_adopted_with_a_warning(
    desk: Desk, example: Environment, ask: Asking, key: str | None, why: str
) -> None:
    tip = desk.commit("iki", key=key)
    done = ask("pipeline", "adopt", "HEAD", "--again")
    assert (done.exit_code, order.accepted(example).commit) == (0, tip)
    warned = f"WARNING: nothing but your word stands for {tip[:12]}: "
    assert (warned in done.stderr and why in done.stderr) if why else done.stderr == ""


def test_without_a_run_nothing_is_called_a_number_of_runs(ask: Asking) -> None:
    assert "there is no run of the pipeline yet" in ask("pipeline", "approve").stderr
    assert "no run is named" in ask("runs", "show", "").stderr


@pytest.mark.parametrize("verb", [("trust",), ("run",), ("adopt", "HEAD")])
@pytest.mark.parametrize("by", ["--upload-pack=touch {mark}; true", "-ctouch", "", " "])
def test_a_repository_is_never_taken_for_an_option_nor_an_empty_one_for_this_folder(
    example: Environment, ask: Asking, tmp_path: Path, verb: tuple[str, ...], by: str
) -> None:
    mark = tmp_path / "mark"
    done = ask("pipeline", *verb, "--repository", by.format(mark=mark))
    why = "reads like an option" if by.strip() else "--repository is empty"
    assert (done.exit_code, mark.exists()) == (2, False) and why in done.stderr, done.output
    assert len(done.stderr.splitlines()) == 1


def test_what_reaches_git_as_a_repository_stands_behind_the_options(
    example: Environment, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(placing, "_place_of", lambda repository: repository)
    with pytest.raises(RefusedError, match="cannot be fetched"):
        placing.fetch(example, f"--upload-pack=touch {tmp_path / 'mark'}; true", "HEAD")
    assert not (tmp_path / "mark").exists()


def test_no_option_of_git_is_a_commit(example: Environment, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(git, "git", lambda *words, **_: pytest.fail(f"git was asked {words}"))
    assert not git.holds(example.root, "--batch-all-objects")
