"""A commit is adopted by a person's word, with a warning when no signature stands for it, and only when it is named."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from typer.testing import CliRunner, Result

from estate.cli import pipeline, runs
from estate.pipeline import order
from estate.runs.environment import Environment
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
