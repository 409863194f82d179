"""Fetches a commit into a bare copy, where it is judged, and places a trusted one in the checkout.

Nothing of it is run: no hook, no filter of `.gitattributes`, no submodule; git lays files down and starts nothing.
Whoever calls holds the pipeline's lock: what a killed git left is cleared first.
"""

from __future__ import annotations

import os
import re
from pathlib import Path

from estate.pipeline.interrupted import take_back, unlock
from estate.pipeline.order import full_name
from estate.records import write_text
from estate.runs.environment import Environment
from estate.runs.git import asked, git, holds
from estate.runs.refused import RefusedError

PLAIN = "* -filter -ident -text -eol -working-tree-encoding\n"
"""The attributes that win over every other: a file is laid down byte for byte."""
OWN = ("var", ".venv")
"""What no commit brings into the checkout."""
SHA = re.compile(r"[0-9a-f]{40}")


def copy(environment: Environment) -> Path:
    """Names the bare copy in which commits are judged before they are checked out."""
    return environment.var / "pipeline" / "repository.git"


def fetch(environment: Environment, repository: str, commit: str, wait: float = 0) -> str:
    """Brings the branches of a repository, or one commit, into the bare copy; gives the full name of the commit.

    `commit` is a full commit name, a branch, or HEAD (the branch the repository stands on). Objects are checked as they
    arrive. The settings of the user count here alone: they may hold the way to the repository. Waits up to `wait`
    seconds for another git that is at work in the copy.
    """
    bare, repository = copy(environment), _place_of(repository)
    unlock(bare, wait)
    bare.mkdir(parents=True, exist_ok=True)
    asked(bare, "init", "--quiet", "--bare", "--template=", ".")  # again: a kill may have left half of it
    options = (
        "-c",
        "fetch.fsckObjects=true",
        "fetch",
        "--quiet",
        "--no-tags",
        "--no-recurse-submodules",
        "--prune",
    )
    heads = ("+refs/heads/*:refs/heads/*", "+HEAD:refs/incoming/HEAD")
    _fetched(bare, repository, *options, "--update-head-ok", "--", repository, *heads)
    if SHA.fullmatch(commit):
        if not holds(bare, commit):
            _fetched(bare, repository, *options[:-1], "--", repository, f"+{commit}:refs/incoming/asked")
        return commit
    name = "refs/incoming/HEAD" if commit == "HEAD" else f"refs/heads/{commit}"
    if git(bare, "check-ref-format", name).returncode or not holds(bare, name):
        raise RefusedError(
            f"{without_secret(repository)} has no branch {commit!r}; name a branch or a full commit"
        )
    return asked(bare, "rev-parse", "--verify", f"{name}^{{commit}}")


def found(environment: Environment, repository: str | None, commit: str) -> tuple[Path, str]:
    """Gives where a commit is, the copy when a repository is named and else the checkout, and its full name."""
    if repository is None:
        return environment.root, full_name(environment.root, commit)
    return copy(environment), full_name(copy(environment), fetch(environment, repository, commit))


def place(environment: Environment, commit: str, wait: float = 0) -> bool:
    """Puts a commit of the bare copy into the checkout; tells whether it changed. Raises where it would lose a file.

    What it is about to do stands in `pipeline/placing` until it is on the disk, so that the next call knows of a kill.
    """
    root, bare = environment.root, copy(environment)
    mark = environment.var / "pipeline" / "placing"
    unlock(root, wait)
    if mark.exists():
        take_back(root, *mark.read_text(encoding="utf-8").split())
    before, edits = asked(root, "rev-parse", "--verify", "HEAD"), _edits(root)
    if not edits:
        mark.unlink(missing_ok=True)
    if before == commit:
        return False
    own = asked(bare, "ls-tree", "--name-only", commit, "--", *OWN).split()
    if own:
        raise RefusedError(
            f"{commit[:12]} brings {' and '.join(own)}, where this machine keeps its keys, records and programs; take "
            "them out in a new commit"
        )
    if edits:
        raise RefusedError(f"{root} has edits, which a checkout would lose; commit or undo them:\n{edits}")
    _plain_attributes(root)
    _bring(bare, root, commit)
    plain = ("--quiet", "--detach", "--no-recurse-submodules", "--no-overwrite-ignore")
    write_text(mark, f"{before} {commit}\n")
    asked(root, "checkout", *plain, commit)
    os.sync()  # git leaves the files it lays down to the kernel: a power cut would leave them empty
    mark.unlink()
    return True


def without_secret(repository: str) -> str:
    """Gives an address without what logs in there."""
    return re.sub(r"(\w+://)[^/@]*@", r"\1", repository)


def _place_of(repository: str) -> str:
    """Gives a repository as git is asked for it; refuses none, which git takes for this folder, and options of git."""
    if not repository.strip():
        raise RefusedError(
            "--repository is empty, which names none; leave it out where the commit stands here"
        )
    if repository.startswith("-"):
        raise RefusedError(
            f"--repository {repository!r} reads like an option of git; a folder is named ./{repository}"
        )
    return str(Path(repository).resolve()) if Path(repository).exists() else repository


def _plain_attributes(root: Path) -> None:
    attributes = Path(asked(root, "rev-parse", "--git-path", "info/attributes"))
    attributes = attributes if attributes.is_absolute() else root / attributes
    attributes.parent.mkdir(parents=True, exist_ok=True)
    attributes.write_text(PLAIN, encoding="utf-8")


def _bring(bare: Path, root: Path, commit: str) -> None:
    """Fetches a commit of the copy into the repository of the checkout."""
    # What is fetched lies in the copy under this name alone, so that any commit of it can be asked for.
    asked(bare, "update-ref", "refs/trusted/commit", commit)
    asked(
        root,
        "fetch",
        "--quiet",
        "--no-tags",
        "--no-recurse-submodules",
        str(bare),
        "+refs/trusted/commit:refs/estate/trusted",
    )


def _edits(root: Path) -> str:
    return asked(root, "status", "--porcelain", "--untracked-files=no")


def _fetched(bare: Path, repository: str, *arguments: str) -> None:
    done = git(bare, *arguments, variables={"GIT_TERMINAL_PROMPT": "0", "LC_ALL": "C"})
    if done.returncode != 0:
        told = without_secret(done.stderr.decode(errors="replace").strip())
        raise RefusedError(f"{without_secret(repository)} cannot be fetched: {told}")
