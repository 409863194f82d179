"""Clears what a killed git left in a repository of the pipeline: its locks, and half of a checkout.

Git's locks are files that say nothing of who made them: one that a kill or a power cut left stops every later git. The
caller holds the pipeline's lock, so no other pipeline is at work there; a git that lives is respected whoever began it.
"""

from __future__ import annotations

import os
import time
from contextlib import suppress
from pathlib import Path

from estate.runs.commands import say
from estate.runs.git import asked, git, holds
from estate.runs.lock import GLANCE
from estate.runs.refused import Exit, RefusedError


def unlock(place: Path, wait: float = 0) -> None:
    """Removes the locks that no living git holds in a repository (bare, or of a work tree), and says so.

    Waits up to `wait` seconds for one that lives; then raises RefusedError (exit 5). A work tree whose repository is
    elsewhere is left alone.
    """
    folder = place / ".git" if (place / ".git").is_dir() else place
    if not any((folder / name).is_file() for name in ("HEAD", "HEAD.lock")):
        return
    end = time.monotonic() + max(wait, GLANCE)
    for lock in _locks(folder):
        while seen := _identity(lock):
            if (pid := _living(folder, lock)) is None:
                if seen == _identity(lock):
                    lock.unlink(missing_ok=True)
                    say.print(f"removed {lock}, which a killed git left")
            elif time.monotonic() >= end:
                raise RefusedError(
                    f"git (process {pid}) is at work in {place} and holds {lock}. Wait for it to end, or end it",
                    Exit.LOCKED,
                )
            else:
                time.sleep(0.1)


def take_back(root: Path, old: str, new: str) -> None:
    """Takes back what a killed checkout of `new` over `old` left in a work tree; with anything else there, nothing.

    Its own is what stands where the two differ and is missing, or is the beginning of what `new` holds there: nothing
    can be lost that the commit does not hold. Everything else is somebody's edit, and stays for `place` to refuse.
    """
    if not (holds(root, old) and holds(root, new)):
        return  # killed before the checkout began
    touched = set(_names(root, old, new))
    edited = _names(root, "HEAD")
    added = [name for name in _names(root, "--diff-filter=A", "HEAD", new) if os.path.lexists(root / name)]
    fresh = [name for name in added if _begins(root, new, name)]
    if not (edited or fresh) or not all(name in touched and _begins(root, new, name) for name in edited):
        return
    for name in fresh:
        (root / name).unlink()
    asked(root, "reset", "--quiet", "--hard", "--no-recurse-submodules", "HEAD")
    say.print(
        f"took back the checkout of {new[:12]}, in which a run was killed: {len({*edited, *fresh})} files"
    )


def _locks(folder: Path) -> list[Path]:
    """Gives the lock files of a repository; no ref may have such a name."""
    return [*folder.glob("*.lock"), *folder.glob("refs/**/*.lock"), *folder.glob("objects/info/**/*.lock")]


def _identity(lock: Path) -> tuple[int, int] | None:
    try:
        found = lock.stat()
    except FileNotFoundError:
        return None
    return found.st_ino, found.st_mtime_ns


def _living(folder: Path, lock: Path) -> int | None:
    """Gives a process that has the lock open, or a git that stands in the repository; one nobody can look at counts."""
    places = [folder if folder.name != ".git" else folder.parent, *_others(folder)]
    inside = [each.resolve() for each in places]
    for process in Path("/proc").glob("[0-9]*"):
        is_git = False
        try:
            name = (process / "comm").read_text(encoding="utf-8", errors="replace").strip()
            is_git = name == "git" or name.startswith("git-")
            stands = process.joinpath("cwd").readlink()
            at_work = is_git and any(stands.is_relative_to(each) for each in inside)
            if at_work or _holds(process, lock.resolve()):
                return int(process.name)
        except PermissionError:
            if is_git:
                return int(process.name)
        except (FileNotFoundError, ProcessLookupError):
            continue  # it ended meanwhile
    return None


def _holds(process: Path, lock: Path) -> bool:
    """Tells whether a process has the lock open; what it closes meanwhile does not end the search."""
    for each in (process / "fd").iterdir():
        with suppress(FileNotFoundError):
            if each.readlink() == lock:
                return True
    return False


def _others(folder: Path) -> list[Path]:
    """Gives the other work trees of the repository."""
    return [Path(each.read_text("utf-8").strip()).parent for each in folder.glob("worktrees/*/gitdir")]


def _names(root: Path, *what: str) -> list[str]:
    words = ("--name-only", "-z", "--no-renames", "--no-ext-diff", "--ignore-submodules")
    done = git(root, "diff", *words, *what)
    if done.returncode:
        raise RefusedError(f"git diff in {root}: {done.stderr.decode(errors='replace').strip()}")
    return [os.fsdecode(name) for name in done.stdout.split(b"\0") if name]


def _begins(root: Path, commit: str, name: str) -> bool:
    """Tells whether a file is missing, or is the beginning of what a commit holds under its name."""
    path = root / name
    if not os.path.lexists(path):
        return True
    blob = git(root, "cat-file", "blob", f"{commit}:{name}")
    if blob.returncode or not (path.is_symlink() or path.is_file()):
        return False
    own = os.fsencode(path.readlink()) if path.is_symlink() else path.read_bytes()
    return blob.stdout.startswith(own)
