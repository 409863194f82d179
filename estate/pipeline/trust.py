"""Trusts a commit when every commit since the accepted one is signed by somebody who may, and says whose they are.

What counts is the list of keys on the control host and the policy of the commit that was accepted before: a commit
cannot name its own judges.
"""

from __future__ import annotations

import os
import stat
from dataclasses import dataclass
from pathlib import Path

from estate.declared.pipeline import Pipeline
from estate.declared.reading import read
from estate.declared.shapes import build
from estate.pipeline.commits import taken_apart
from estate.pipeline.signers import GIT, SignersError, names
from estate.runs.environment import Environment
from estate.runs.git import asked, contains, git, holds
from estate.runs.refused import Exit, RefusedError
from estate.signatures import SignatureError, signer_of_text

DEFAULT = Path("/etc/estate/allowed_signers")
AT_MOST = 5000
"""More commits than these at once are no change somebody looked at."""


@dataclass(frozen=True)
class Trusted:
    """Names the commits between the accepted one and the new one, newest first, and everybody who signed one."""

    commits: tuple[str, ...]
    signers: tuple[str, ...]


def signers_file(environment: Environment, named: Path | None) -> Path:
    """Finds the list of keys: named, by ESTATE_SIGNERS, or /etc/estate/allowed_signers; refuses one not protected.

    A list inside the checkout would come with the commit it judges; one that others may write is nobody's word.
    """
    path = named or Path(os.environ.get("ESTATE_SIGNERS") or DEFAULT)
    if path.is_dir():
        raise RefusedError(f"{path} is a directory; name the list of keys itself: --signers FILE")
    if not path.is_file():
        raise RefusedError(
            f"{path} is missing: it says whose commits are planned. Write one line per person, "
            '`NAME namespaces="git,estate-plan" ssh-ed25519 KEY`, or name another list: --signers FILE'
        )
    whole = path.resolve()
    if whole.is_relative_to(environment.root.resolve()) and not whole.is_relative_to(
        environment.var.resolve()
    ):
        raise RefusedError(
            f"{path} lies in the checkout: a commit would bring its own judges. Keep it outside"
        )
    for each in (whole, whole.parent):
        found = each.stat()
        loose = found.st_mode & (stat.S_IWGRP | stat.S_IWOTH) and not found.st_mode & stat.S_ISVTX
        if loose or found.st_uid not in (0, os.geteuid()):
            raise RefusedError(
                f"{each} may be written by others than root and this user; run chmod go-w {each}"
            )
    try:
        names(path.read_text(encoding="utf-8"))
    except SignersError as error:
        raise RefusedError(f"{path}: {error}") from None
    except UnicodeDecodeError:
        raise RefusedError(f"{path} is no list of keys: not UTF-8 text") from None
    return path


def doubt(environment: Environment, place: Path, commit: str, named: Path | None) -> str:
    """Says why the signature of one commit is no good by the list of keys, or why that cannot be judged; else ""."""
    try:
        keys = signers_file(environment, named)
        parts = taken_apart(_raw(place, [commit])[commit])
        if not parts.signature:
            return "not signed by an SSH key"
        signer_of_text(parts.payload, parts.signature, keys, GIT)
    except (RefusedError, SignatureError) as error:
        return str(error)
    return ""


def declared_in(environment: str) -> str:
    """Names the file that declares the pipeline of an environment, from the root of a commit."""
    return f"inventories/{environment}/estate/pipeline.yml"


def policy(place: Path, commit: str, environment: str) -> Pipeline | None:
    """Gives how the pipeline was declared at a commit; None where it was not yet, or not whole."""
    file = declared_in(environment)
    found = git(place, "cat-file", "blob", f"{commit}:{file}")
    if found.returncode != 0:
        return None
    reading = read(place, file, found.stdout.decode("utf-8", "replace"))
    declared = reading.value.get("estate_pipeline") if isinstance(reading.value, dict) else None
    made = build(Pipeline, reading, "estate_pipeline") if declared is not None else None
    return made if not reading.mistakes else None


def trust(place: Path, accepted: str, new: str, signers: Path, allowed: frozenset[str]) -> Trusted:
    """Verifies every commit that `new` brings beyond `accepted`, merged ones included, without checking any out.

    Raises:
        RefusedError: one is not signed by somebody in `allowed` with a key of the list (each is named), or the new
            commit does not come after the accepted one (exit 7, superseded, when it is older).
    """
    after(place, accepted, new)
    commits = asked(place, "rev-list", "--topo-order", new, f"^{accepted}").split()
    if len(commits) > AT_MOST:
        raise RefusedError(f"{len(commits)} commits at once are more than {AT_MOST}; accept one between")
    signed: dict[str, str] = {}
    wrong: list[str] = []
    for commit, raw in _raw(place, commits).items():
        parts = taken_apart(raw)
        try:
            if not parts.signature:
                raise SignatureError("not signed by an SSH key")
            found = signer_of_text(parts.payload, parts.signature, signers, GIT).principal
            if found not in allowed:
                raise SignatureError(f"signed by {found}, who may not")
            signed[commit] = found
        except SignatureError as error:
            wrong.append(f"  {commit[:12]} {parts.title[:60]!r}: {error}")
    if wrong:
        shown = "\n".join([*wrong[:20], *([f"  and {len(wrong) - 20} more"] if len(wrong) > 20 else [])])
        raise RefusedError(
            f"{len(wrong)} of {len(commits)} commits since {accepted[:12]} are not trusted; nothing was checked out:\n"
            f"{shown}\nAllowed are {', '.join(sorted(allowed))}, with the keys in {signers}. Sign them anew "
            "(git rebase --exec 'git commit --amend --no-edit -S') and push again"
        )
    return Trusted(tuple(commits), tuple(sorted(set(signed.values()))))


def after(place: Path, accepted: str, new: str) -> None:
    """Raises RefusedError unless `new` is the accepted commit or comes after it; exit 7 when it is older."""
    if not holds(place, accepted):
        raise RefusedError(
            f"the accepted commit {accepted[:12]} is not in {place}: another history, or a shallow copy of it. "
            "Fetch the whole history; after a deliberate rewrite: ./scripts/estate pipeline adopt COMMIT --again"
        )
    if contains(place, accepted, new):
        return
    if contains(place, new, accepted):
        raise RefusedError(f"{new[:12]} is older than {accepted[:12]}, which is applied", Exit.SUPERSEDED)
    raise RefusedError(
        f"{new[:12]} does not contain {accepted[:12]}, which is applied: merge that, or revert it in a new commit"
    )


def _raw(place: Path, commits: list[str]) -> dict[str, bytes]:
    """Gives the bytes of each commit, by one git process; each object is preceded by `NAME TYPE SIZE`."""
    done = git(place, "cat-file", "--batch", given="".join(f"{each}\n" for each in commits).encode())
    raw, rest = dict[str, bytes](), done.stdout
    for commit in commits:
        head, _, rest = rest.partition(b"\n")
        found, kind, size = head.decode().split()
        if (found, kind) != (commit, "commit"):
            raise RefusedError(f"git gives {head.decode()!r} for commit {commit}")
        raw[commit], rest = rest[: int(size)], rest[int(size) + 1 :]
    return raw
