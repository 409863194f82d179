"""Fetches a commit into a bare copy, where it is judged, and places a trusted one in the checkout.

Nothing of it is run: no hook, no filter of `.gitattributes`, no submodule; git lays files down and starts nothing.
"""

from __future__ import annotations

import re
from pathlib import Path

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


def fetch(environment: Environment, repository: str, commit: str) -> str:
    """Brings the branches of a repository, or one commit, into the bare copy; gives the full name of the commit.

    `commit` is a full commit name, a branch, or HEAD (the branch the repository stands on). Objects are checked as they
    arrive. The settings of the user count here alone: they may hold the way to the repository.
    """
    bare = copy(environment)
    repository = str(Path(repository).resolve()) if Path(repository).exists() else repository
    if not (bare / "HEAD").exists():
        bare.mkdir(parents=True, exist_ok=True)
        asked(bare, "init", "--quiet", "--bare", "--template=", ".")
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
    _fetched(bare, repository, *options, "--update-head-ok", repository, *heads)
    if SHA.fullmatch(commit):
        if not holds(bare, commit):
            _fetched(bare, repository, *options[:-1], repository, f"+{commit}:refs/incoming/asked")
        return commit
    name = "refs/incoming/HEAD" if commit == "HEAD" else f"refs/heads/{commit}"
    if git(bare, "check-ref-format", name).returncode or not holds(bare, name):
        raise RefusedError(
            f"{without_secret(repository)} has no branch {commit!r}; name a branch or a full commit"
        )
    return asked(bare, "rev-parse", "--verify", f"{name}^{{commit}}")


def place(environment: Environment, commit: str) -> bool:
    """Puts a commit of the bare copy into the checkout; tells whether it changed. Raises where it would lose a file."""
    root, bare = environment.root, copy(environment)
    if asked(root, "rev-parse", "--verify", "HEAD") == commit:
        return False
    own = asked(bare, "ls-tree", "--name-only", commit, "--", *OWN).split()
    if own:
        raise RefusedError(
            f"{commit[:12]} brings {' and '.join(own)}, where this machine keeps its keys, records and programs; take "
            "them out in a new commit"
        )
    edits = asked(root, "status", "--porcelain", "--untracked-files=no")
    if edits:
        raise RefusedError(f"{root} has edits, which a checkout would lose; commit or undo them:\n{edits}")
    attributes = Path(asked(root, "rev-parse", "--git-path", "info/attributes"))
    attributes = attributes if attributes.is_absolute() else root / attributes
    attributes.parent.mkdir(parents=True, exist_ok=True)
    attributes.write_text(PLAIN, encoding="utf-8")
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
    plain = ("--quiet", "--detach", "--no-recurse-submodules", "--no-overwrite-ignore")
    asked(root, "checkout", *plain, commit)
    return True


def without_secret(repository: str) -> str:
    """Gives an address without what logs in there."""
    return re.sub(r"(\w+://)[^/@]*@", r"\1", repository)


def _fetched(bare: Path, repository: str, *arguments: str) -> None:
    done = git(bare, *arguments, variables={"GIT_TERMINAL_PROMPT": "0", "LC_ALL": "C"})
    if done.returncode != 0:
        told = without_secret(done.stderr.decode(errors="replace").strip())
        raise RefusedError(f"{without_secret(repository)} cannot be fetched: {told}")
