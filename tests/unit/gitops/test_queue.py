"""The control host takes the newest commit, runs it until there is a verdict, and nothing that was not accepted."""

import json
import subprocess
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from threading import Thread
from typing import Any

import pytest

from exporters import gitops_push, gitops_run
from exporters.gitops_environment import UnmadeError
from exporters.gitops_push import judge, pushed, queue, told
from exporters.gitops_run import adopt, queued, work

OLD, NEW = "1" * 40, "2" * 40
NOW = datetime(2026, 11, 26, 21, 0, tzinfo=UTC)


@pytest.fixture
def settings(tmp_path: Path) -> dict[str, Any]:
    names = ("queue", "checkout", "environments", "repository", "home")
    for name in names:
        (tmp_path / name).mkdir()
    places = {name: str(tmp_path / name) for name in names}
    rest = {"branch": "main", "environment": "lab", "host": "yonetim1", "last_ring": "", "wait_seconds": 5}
    return {**places, **rest, "wheelhouse": ""}


def _push(settings: dict[str, Any], commit: str) -> None:
    queue(Path(settings["queue"]), "main", commit, "veli.ornek", NOW)


def _accept(settings: dict[str, Any]) -> None:
    (Path(settings["checkout"]) / ".git").mkdir()


def test_only_the_branch_that_is_followed_is_queued_and_its_end_is_not() -> None:
    lines = [f"{OLD} {NEW} refs/heads/main\n", f"{OLD} {NEW} refs/heads/deneme\n"]
    assert pushed(lines, "main") == (NEW, ["refs/heads/deneme"])
    assert pushed([f"{OLD} {'0' * 40} refs/heads/main\n"], "main") == (None, ["refs/heads/main"])


def test_the_pusher_learns_what_comes_and_where_to_look(settings: dict[str, Any]) -> None:
    words = told(settings, NEW)
    assert "nothing of it has run" in words and "ssh yonetim1 estate pipeline status" in words


@pytest.mark.parametrize(
    ("code", "left"), [(0, None), (1, None), (2, None), (8, None), (5, NEW), (130, NEW), (-9, NEW)]
)
def test_a_commit_leaves_the_queue_by_a_verdict_alone(
    settings: dict[str, Any], code: int, left: str | None
) -> None:
    _push(settings, NEW)
    _accept(settings)
    assert work(settings, lambda _: code, lambda: "same") == code
    assert queued(settings) == left


def test_what_is_pushed_while_a_run_works_stays_and_is_next(settings: dict[str, Any]) -> None:
    _push(settings, OLD)
    _accept(settings)
    ran: list[str] = []

    def run(argv: Sequence[str]) -> int:
        ran.append(argv[argv.index("--commit") + 1])
        if ran == [OLD]:
            _push(settings, "3" * 40)
            _push(settings, NEW)
        return 0

    work(settings, run, lambda: "same")
    assert queued(settings) == NEW
    work(settings, run, lambda: "same")
    assert (ran, queued(settings)) == ([OLD, NEW], None)


def test_a_commit_that_pins_other_packages_is_tried_with_them(settings: dict[str, Any]) -> None:
    _push(settings, NEW)
    _accept(settings)
    made, codes = iter(["old", "new"]), iter([2, 0])
    assert work(settings, lambda _: next(codes), lambda: next(made)) == 0


@pytest.mark.parametrize(("made", "codes"), [((1, 1), [0]), ((1, 0), [2, 0]), ((0, 1), [0]), ((1, 1), [8])])
def test_a_commit_with_wrong_pins_is_run_by_the_environment_in_use_and_is_mended_by_a_push(
    settings: dict[str, Any], made: tuple[int, int], codes: list[int]
) -> None:
    _push(settings, NEW)
    _accept(settings)
    (Path(settings["checkout"]) / ".venv").mkdir()
    left, wrong = iter(codes), iter([UnmadeError("no such wheel"), ValueError("no TOML")])
    tries = iter(made)

    def renew() -> str:
        if next(tries):
            raise next(wrong)
        return "made"

    assert work(settings, lambda _: next(left), renew) == 2 * made[1]
    assert (queued(settings), list(left)) == (None, [])


def test_without_any_environment_the_commit_waits(settings: dict[str, Any]) -> None:
    _push(settings, NEW)
    _accept(settings)
    with pytest.raises(UnmadeError, match="requirements"):
        work(settings, lambda _: pytest.fail("ran"), lambda: Path("/requirements").read_text("utf-8"))
    assert queued(settings) == NEW


def test_a_push_between_looking_and_emptying_is_kept(
    settings: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    _push(settings, OLD)
    pushing = Thread(target=_push, args=(settings, NEW))

    def seen(given: dict[str, Any]) -> str | None:
        found = queued(given)
        if not pushing.ident:
            pushing.start()
            pushing.join(0.2)
        return found

    monkeypatch.setattr(gitops_run, "queued", seen)
    gitops_run.empty(settings, OLD)
    pushing.join()
    assert queued(settings) == NEW


def test_nothing_runs_before_a_commit_was_adopted(
    settings: dict[str, Any], capsys: pytest.CaptureFixture[str]
) -> None:
    _push(settings, NEW)
    assert work(settings, lambda _: pytest.fail("ran"), lambda: pytest.fail("made")) == 0
    assert f"estate-adopt {NEW}" in capsys.readouterr().out
    assert queued(settings) is None


def _git(at: Path, *words: str) -> str:
    who = ["-c", "user.name=x", "-c", "user.email=x@ornek.bel.example"]
    done = subprocess.run(["git", "-C", at, *who, *words], capture_output=True, text=True, check=True)
    return done.stdout.strip()


@pytest.fixture
def signing(settings: dict[str, Any], tmp_path: Path) -> tuple[Path, list[str]]:
    """Gives a repository with one commit that nobody signed, and what lets git sign by a listed key."""
    at, key = Path(settings["repository"]), tmp_path / "key"
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", key], check=True)
    settings["signers"] = str(tmp_path / "signers")
    Path(settings["signers"]).write_text(f"veli.ornek {key.with_suffix('.pub').read_text()}", "utf-8")
    _git(at, "init", "-q", "-b", "main")
    (at / "file").write_text("1", encoding="utf-8")
    _git(at, "add", "file")
    _git(at, "commit", "-q", "-m", "unsigned")
    return at, ["-c", "gpg.format=ssh", "-c", f"user.signingkey={key}"]


def test_the_first_commit_is_one_that_a_listed_key_signed(
    settings: dict[str, Any], signing: tuple[Path, list[str]]
) -> None:
    at, sign = signing
    unsigned = _git(at, "rev-parse", "HEAD")
    assert adopt(settings, [unsigned], lambda _: pytest.fail("ran"), lambda: pytest.fail("made")) == 2
    assert not (Path(settings["checkout"]) / ".git").exists()
    _git(at, *sign, "commit", "-q", "-S", "--amend", "-m", "signed")
    asked: list[Sequence[str]] = []
    signed = _git(at, "rev-parse", "HEAD")
    assert adopt(settings, [signed], lambda argv: asked.append(argv) or 0, lambda: "made") == 0
    assert (Path(settings["checkout"]) / "file").read_text(encoding="utf-8") == "1"
    assert asked[0][3:6] == ["pipeline", "adopt", signed]
    (
        Path(settings["checkout"]) / ".venv"
    ).mkdir()  # the checkout pins what cannot be had: the one in use adopts
    assert (
        adopt(settings, [signed, "--again"], lambda argv: asked.append(argv) or 0, lambda: {}["wheel"]) == 0
    )
    assert asked[1][5:7] == [signed, "--again"]


def test_what_is_adopted_is_no_option_of_git(
    settings: dict[str, Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    mark = tmp_path / "mark"
    for repository, commit in ((f"--upload-pack=touch {mark}; true", "."), (settings["repository"], "--all")):
        assert gitops_run.checked_out(repository, Path(settings["checkout"]), commit)
    assert not mark.exists()
    asked: list[tuple[str, ...]] = []
    seen = subprocess.CompletedProcess([], 1, "", "no commit")
    monkeypatch.setattr(gitops_run, "git", lambda *words, at: asked.append(words) or seen)
    settings["signers"] = "/signers"
    assert adopt(settings, ["--raw"], lambda _: pytest.fail("ran"), lambda: pytest.fail("made")) == 2
    assert asked[0][-2:] == ("--", "--raw")


def test_a_first_checkout_that_was_killed_is_made_anew(
    settings: dict[str, Any], signing: tuple[Path, list[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    at, sign = signing
    _git(at, *sign, "commit", "-q", "-S", "--amend", "-m", "signed")
    commit, real, checkout = _git(at, "rev-parse", "HEAD"), gitops_run.git, Path(settings["checkout"])

    def killed(*words: str, at: str) -> subprocess.CompletedProcess[str]:
        if "checkout" in words:
            raise KeyboardInterrupt
        return real(*words, at=at)

    with monkeypatch.context() as patched, pytest.raises(KeyboardInterrupt):
        patched.setattr(gitops_run, "git", killed)
        adopt(settings, [commit], lambda _: pytest.fail("ran"), lambda: pytest.fail("made"))
    assert not gitops_run.adopted(settings), "nothing is adopted by half"
    assert adopt(settings, [commit], lambda _: 0, lambda: "made") == 0
    assert (gitops_run.adopted(settings), _git(checkout, "status", "--porcelain")) == (True, "")
    assert _git(checkout, "rev-parse", "HEAD") == commit


def test_a_push_with_one_unsigned_commit_is_refused_whole(
    settings: dict[str, Any],
    signing: tuple[Path, list[str]],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    at, sign = signing
    monkeypatch.chdir(at)
    commits = [_git(at, "rev-parse", "HEAD")]
    for options in ([*sign, "commit", "-S"], ["commit"], [*sign, "commit", "-S"]):
        _git(at, *options, "-q", "--allow-empty", "-m", "more")
        commits.append(_git(at, "rev-parse", "HEAD"))
    first, signed, middle, last = commits
    for old, new, taken in ((first, signed, 0), (first, last, 1), (middle, last, 0), ("0" * 40, last, 0)):
        assert judge(settings, [f"{old} {new} refs/heads/main\n"], "veli.ornek") == taken
    assert f"refused: {middle[:12]} has no signature" in capsys.readouterr().out
    assert judge(settings, [f"{'0' * 40} {first} refs/heads/main\n"], "veli.ornek") == 1
    assert judge(settings, [f"{'0' * 40} {first} refs/heads/deneme\n"], "veli.ornek") == 0


@pytest.mark.parametrize("ref", ["refs/heads/main", "refs/heads/deneme", "refs/tags/v1"])
def test_nothing_is_deleted_by_a_push_and_the_journal_knows_who_tried(
    settings: dict[str, Any],
    signing: tuple[Path, list[str]],
    ref: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    at, _ = signing
    monkeypatch.chdir(at)
    journal: list[str] = []
    monkeypatch.setattr(gitops_push.syslog, "syslog", lambda _, words: journal.append(words))
    assert judge(settings, [f"{_git(at, 'rev-parse', 'HEAD')} {'0' * 40} {ref}\n"], "veli.ornek") == 1
    (line,) = capsys.readouterr().out.splitlines()
    assert line.startswith(f"yonetim1: refused: {ref} is not deleted here. Push a commit")
    assert journal == [f"push by veli.ornek refused: {ref} is not deleted here"]


def test_the_queue_says_who_pushed_and_when(settings: dict[str, Any]) -> None:
    _push(settings, NEW)
    kept = json.loads((Path(settings["queue"]) / "main").read_text(encoding="utf-8"))
    assert kept == {"commit": NEW, "by": "veli.ornek", "at": "2026-11-26T21:00:00Z"}
