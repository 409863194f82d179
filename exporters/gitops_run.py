"""Carries the newest queued commit through the pipeline of the control host; one at a time, resumed when killed.

    python3 -B -m exporters.gitops_run               what the unit estate-pipeline does
    python3 -B -m exporters.gitops_run adopt COMMIT  by hand, once: the commit from which trust begins; --again: another

The queue is emptied when a run ended with a verdict, and only of the commit that ended: what was pushed meanwhile
stays, and so does what was interrupted; the path unit then starts this program again. Before anything is checked out
`estate pipeline run` checks the signatures; only what it took into the checkout is ever run.
Exit codes: those of `estate pipeline run`, 2 where the queue cannot be read; adopt: 0 adopted, 2 refused, 5 a pipeline
or a git is at work.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from exporters import gitops_environment
from exporters.gitops_push import alone, load

REFUSED, LOCKED, INTERRUPTED = 2, 5, 130
GREEN = (0, 7, 8)
"""Ends of `estate pipeline run` that are no failed unit."""
Run = Callable[[Sequence[str]], int]
COMMIT = re.compile(r"[0-9a-f]{40,64}")


class DamagedError(Exception):
    """Says why nobody can read which commit waits."""


def queued(settings: dict[str, Any]) -> str | None:
    """Gives the commit that waits; None when none does. Raises DamagedError when the file names none."""
    try:
        commit = json.loads((Path(settings["queue"]) / settings["branch"]).read_text("utf-8"))["commit"]
    except FileNotFoundError:
        return None
    except (OSError, ValueError, LookupError, TypeError, RecursionError) as wrong:
        raise DamagedError(f"{type(wrong).__name__}: {wrong}") from None
    if not isinstance(commit, str) or not COMMIT.fullmatch(commit):
        raise DamagedError("what it names is no full commit")
    return commit


def waiting(settings: dict[str, Any]) -> str | None:
    """Gives the commit that waits; a file that cannot be read is moved out of the queue, where it would be met again.

    Raises DamagedError, which says where it lies then and what to do.
    """
    path = Path(settings["queue"]) / settings["branch"]
    with alone(path.parent):
        try:
            return queued(settings)
        except DamagedError as wrong:
            aside = Path(settings["home"]) / f"{path.name}.damaged.{datetime.now(UTC):%Y%m%dT%H%M%S.%fZ}"
            try:
                path.rename(aside)
            except OSError as kept:
                raise DamagedError(
                    f"{path} cannot be read ({wrong}) nor moved aside ({kept}). Remove it, then push a commit"
                ) from None
            raise DamagedError(
                f"{path} cannot be read ({wrong}) and lies in {aside} now. What was pushed last is not queued: push a "
                "new commit"
            ) from None


def settled(code: int) -> bool:
    """Tells whether a run reached a verdict; one that was interrupted, killed or shut out by the lock did not."""
    return code not in (LOCKED, INTERRUPTED) and 0 <= code < 128


def empty(settings: dict[str, Any], commit: str) -> bool:
    """Takes a commit out of the queue, unless a newer one stands there; tells whether the queue is empty now."""
    with alone(Path(settings["queue"])):
        try:
            if queued(settings) == commit:
                (Path(settings["queue"]) / settings["branch"]).unlink(missing_ok=True)
            return queued(settings) is None
        except DamagedError:
            return False  # the next start tells


def adopted(settings: dict[str, Any]) -> bool:
    """Tells whether there is a checkout to work with."""
    return (Path(settings["checkout"]) / ".git").exists()


def pipeline(settings: dict[str, Any], *words: str) -> list[str]:
    """Gives a command of the pipeline, run by the environment itself and not by the link that may move under it."""
    python = (Path(settings["checkout"]) / ".venv").resolve() / "bin/python"
    options = ["--environment", settings["environment"], "--repository", settings["repository"]]
    return [str(python), "-m", "estate", "pipeline", *words, *options]


def call(settings: dict[str, Any]) -> Run:
    """Gives the way to run a command in the checkout; its output is this program's."""
    return lambda argv: subprocess.run(argv, cwd=settings["checkout"], check=False).returncode


def renewed(settings: dict[str, Any], renew: Callable[[], object]) -> object | None:
    """Gives the environment that the checkout pins; None, and says so, when the one in use has to do.

    A commit with wrong pins is mended by the next commit, which this environment then takes. Raises UnmadeError when
    there is none in use.
    """
    try:
        return renew()
    except (gitops_environment.UnmadeError, OSError, ValueError, LookupError) as wrong:
        if not (Path(settings["checkout"]) / ".venv").exists():
            raise gitops_environment.UnmadeError(str(wrong)) from wrong
        print(f"gitops: no Python environment could be made: {wrong}. The one in use stays", file=sys.stderr)
        return None


def work(settings: dict[str, Any], run: Run, renew: Callable[[], object]) -> int:
    """Runs the queued commit; again in a new environment, once, when it pins other packages and did not pass.

    A verdict counts, and empties the queue, also when what the commit pins cannot be installed; it is red then.
    """
    commit = waiting(settings)
    if commit is None:
        return 0
    if not adopted(settings):
        print(f"gitops: nothing is adopted yet. As root on this machine: estate-adopt {commit}")
        empty(settings, commit)
        return 0
    last = settings["last_ring"]
    words = ["verify", "--ring", last] if last else ["run"]
    words += ["--commit", commit, "--wait", str(settings["wait_seconds"])]
    before = renewed(settings, renew)
    code = run(pipeline(settings, *words))
    after = renewed(settings, renew)
    if after not in (None, before) and settled(code) and code:
        print("gitops: the commit pins other packages than the one before; once more with these")
        code = run(pipeline(settings, *words))
    if settled(code) and not empty(settings, commit):
        print("gitops: a newer commit was pushed meanwhile; it is next")
    return REFUSED if after is None and code in GREEN else code


def git(*words: str, at: str) -> subprocess.CompletedProcess[str]:
    """Runs git without the settings of any person."""
    environment = {**os.environ, "GIT_CONFIG_GLOBAL": "/dev/null"}
    argv = ["git", "-C", at, "-c", "core.hooksPath=/dev/null", *words]
    return subprocess.run(argv, env=environment, capture_output=True, text=True, check=False)


def checked_out(repository: str, checkout: Path, commit: str) -> str:
    """Makes the first checkout, and says why it could not; a kill leaves no `.git`, so that it is made anew."""
    aside = checkout / ".git-adopting"
    shutil.rmtree(aside, ignore_errors=True)
    for step in (
        ("init", "--quiet", str(aside)),
        ("-C", str(aside), "fetch", "--quiet", "--", repository, commit),
        (
            f"--git-dir={aside}/.git",
            f"--work-tree={checkout}",
            "checkout",
            "--quiet",
            "--force",
            "--detach",
            commit,
        ),
    ):
        done = git(*step, at=str(checkout))
        if done.returncode:
            return f"git {' '.join(step)} ended with {done.returncode}: {done.stderr}"
    os.sync()  # git leaves the files it lays down to the kernel
    (aside / ".git").rename(checkout / ".git")
    aside.rmdir()
    return ""


def adopt(settings: dict[str, Any], words: Sequence[str], run: Run, renew: Callable[[], object]) -> int:
    """Takes a signed commit of the repository as the first one, or (--again) as the one from which trust goes on."""
    commit = words[0]
    repository, checkout, branch = settings["repository"], settings["checkout"], settings["branch"]
    signers = ["-c", "gpg.format=ssh", "-c", f"gpg.ssh.allowedSignersFile={settings['signers']}"]
    seen = git(*signers, "verify-commit", "--", commit, at=repository)
    if seen.returncode:
        why = (seen.stderr or "it has no signature").strip().splitlines()[-1]
        print(
            f"gitops: {commit[:12]} is not adopted: {why}. Sign it by a key of {settings['signers']}",
            file=sys.stderr,
        )
        return REFUSED
    if not adopted(settings) and (wrong := checked_out(repository, Path(checkout), commit)):
        print(f"gitops: {wrong}", file=sys.stderr)
        return REFUSED
    renewed(settings, renew)
    code = run(pipeline(settings, "adopt", *words))
    tip = git("rev-parse", f"refs/heads/{branch}", at=repository).stdout.strip()
    ended = "a pipeline or a git is at work: call again" if code == LOCKED else "refused"
    print(f"gitops: {f'{commit[:12]} is adopted; {branch} stands on {tip[:12]}' if not code else ended}")
    return code


def main(argv: Sequence[str]) -> int:
    """Does what is asked."""
    os.environ.pop("PYTHONPATH", None)  # the programs of this folder are not those of the checkout
    settings = load()

    def renew() -> object:
        return gitops_environment.ensure(Path(settings["checkout"]), settings)

    try:
        if argv[:1] == ["adopt"] and argv[1:]:
            return adopt(settings, argv[1:], call(settings), renew)
        return work(settings, call(settings), renew)
    except DamagedError as wrong:
        print(f"gitops: {wrong}", file=sys.stderr)
        return REFUSED
    except gitops_environment.UnmadeError as wrong:
        print(f"gitops: no Python environment could be made: {wrong}", file=sys.stderr)
        return REFUSED


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
