"""Knows which commit a run stands on and which commit an environment already carries."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from estate.records import read, write
from estate.records.shapes import STRICT
from estate.runs.git import OWN, contains, git
from estate.runs.refused import Exit, RefusedError

UNKNOWN = "unknown"
EDITED = "+edits"


@dataclass(frozen=True)
class Applied:
    """Names the commit that was last brought to an environment, by whom and when."""

    commit: str
    run: str
    who: str
    at: datetime

    __pydantic_config__ = STRICT


def commit(root: Path) -> str:
    """Gives the commit of the work tree, `+edits` added when tracked files differ; `unknown` outside git."""
    head = _told(root, "rev-parse", "--verify", "HEAD")
    if head is None:
        return UNKNOWN
    return head + (EDITED if _told(root, "status", "--porcelain", "--untracked-files=no") else "")


def refuse_older(root: Path, var: Path, now: str, over: str | None) -> None:
    """Raises when the environment carries a commit that this one does not contain, unless it was typed back."""
    path = var / "applied.json"
    if not path.exists() or now == UNKNOWN:
        return
    applied = read(path, Applied)
    carried, own = applied.commit.removesuffix(EDITED), now.removesuffix(EDITED)
    if carried in (UNKNOWN, own) or (over and carried.startswith(over)):
        return
    if is_ancestor(root, carried, own):
        return
    code = Exit.SUPERSEDED if is_ancestor(root, own, carried) else Exit.REFUSED
    raise RefusedError(
        f"this work tree stands on {own[:12]}, which does not contain {carried[:12]}, applied at "
        f"{applied.at:%Y-%m-%d %H:%M:%S} UTC by {applied.who} (run {applied.run}). Update the work tree and plan "
        f"again. To go back on purpose: --over-revision {carried[:12]}",
        code,
    )


def refuse_vague(over: str | None) -> None:
    """Raises unless a commit that was typed back, if any, is one: a letter or two would be the beginning of many."""
    if over is not None and not re.fullmatch("[0-9a-f]{7,64}", over):
        raise RefusedError(
            f"--over-revision {over!r} names no commit: type at least 7 digits of the one that the refusal named"
        )


def is_ancestor(root: Path, older: str, newer: str) -> bool:
    """Tells whether a commit of the work tree contains another one; an unknown one is contained in none."""
    return contains(root, older, newer, OWN)


def note_applied(var: Path, now: str, run: str, who: str) -> None:
    """Writes down which commit is being brought to the environment, before the first host is changed."""
    write(var / "applied.json", Applied(now, run, who, datetime.now(UTC)))


def is_shallow(root: Path) -> bool:
    """Tells whether the work tree has only the newest part of its history, so that commits cannot be counted."""
    return _told(root, "rev-parse", "--is-shallow-repository") == "true"


def _told(root: Path, *arguments: str) -> str | None:
    """Gives what git says of the work tree; None where it does not know, or is not installed."""
    try:
        done = git(root, *arguments, variables=OWN)
    except RefusedError:
        return None
    return done.stdout.decode(errors="replace").strip() if done.returncode == 0 else None
