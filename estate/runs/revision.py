"""Knows which commit a run stands on and which commit an environment already carries."""

from __future__ import annotations

import subprocess
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from estate.records import read, write
from estate.records.shapes import STRICT
from estate.runs.refused import RefusedError

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
    head = _git(root, "rev-parse", "--verify", "HEAD")
    if head.returncode != 0:
        return UNKNOWN
    edits = _git(root, "status", "--porcelain", "--untracked-files=no").stdout.strip()
    return head.stdout.strip() + (EDITED if edits else "")


def refuse_older(root: Path, var: Path, now: str, over: str | None) -> None:
    """Raises when the environment carries a commit that this one does not contain, unless it was typed back."""
    path = var / "applied.json"
    if not path.exists() or now == UNKNOWN:
        return
    applied = read(path, Applied)
    carried, own = applied.commit.removesuffix(EDITED), now.removesuffix(EDITED)
    if carried in (UNKNOWN, own) or (over and carried.startswith(over) and len(over) >= 7):
        return
    if _git(root, "merge-base", "--is-ancestor", carried, own).returncode == 0:
        return
    raise RefusedError(
        f"this work tree stands on {own[:12]}, which does not contain {carried[:12]}, applied at "
        f"{applied.at:%Y-%m-%d %H:%M:%S} UTC by {applied.who} (run {applied.run}). Update the work tree and plan "
        f"again. To go back on purpose: --over-revision {carried[:12]}"
    )


def note_applied(var: Path, now: str, run: str, who: str) -> None:
    """Writes down which commit is being brought to the environment, before the first host is changed."""
    write(var / "applied.json", Applied(now, run, who, datetime.now(UTC)))


def _git(root: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    try:
        return subprocess.run(
            ["git", "-C", str(root), *arguments], capture_output=True, text=True, check=False
        )
    except FileNotFoundError:
        return subprocess.CompletedProcess(arguments, 127, "", "git is not installed")
