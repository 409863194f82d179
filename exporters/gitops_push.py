"""Judges and queues what is pushed to the control host: the hooks of its repository, which run nothing of it.

    python3 -B -m exporters.gitops_push judge    pre-receive: 1 for a commit without a good signature, or a deletion
    python3 -B -m exporters.gitops_push queue    post-receive

Standard input: lines OLD NEW REF, as git gives them. The judge keeps a mistake out of the branch, where every later one
would stand on it. What counts is the judgement of `estate pipeline`, which sees the same commits again.
The queue holds one file for the branch that is followed: the newest commit. The unit estate-pipeline empties it.
"""

from __future__ import annotations

import fcntl
import json
import os
import subprocess
import sys
import syslog
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

SETTINGS = Path("/etc/estate/gitops.json")


def load(path: Path = SETTINGS) -> dict[str, Any]:
    """Gives the settings of the control host; they hold no secret."""
    found: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return found


def pushed(lines: Iterable[str], branch: str) -> tuple[str | None, list[str]]:
    """Gives the new commit of the branch that is followed (None: not pushed) and the refs that nobody follows."""
    newest, others = None, []
    for line in lines:
        _, new, ref = line.split()
        if ref == f"refs/heads/{branch}" and not nothing(new):
            newest = new
        else:
            others.append(ref)
    return newest, others


def nothing(commit: str) -> bool:
    """Tells whether git names no commit: as the old one of a new ref, as the new one of a ref that is deleted."""
    return set(commit) == {"0"}


def queue(folder: Path, branch: str, commit: str, who: str, now: datetime) -> None:
    """Puts the commit in the place of whatever waits for this branch, whole or not at all, also when power is cut."""
    aside = folder / f".{branch}.{os.getpid()}"
    asked = {"commit": commit, "by": who, "at": now.strftime("%Y-%m-%dT%H:%M:%SZ")}
    with aside.open("w", encoding="utf-8") as file:
        file.write(json.dumps(asked) + "\n")
        file.flush()
        os.fchmod(file.fileno(), 0o640)
        os.fsync(file.fileno())
    with alone(folder) as handle:
        aside.rename(folder / branch)
        os.fsync(handle)


@contextmanager
def alone(folder: Path) -> Iterator[int]:
    """Lets one program at a time look into the queue and change it; for a moment each, and over by itself on a kill.

    Gives the folder, opened.
    """
    handle = os.open(folder, os.O_RDONLY | os.O_CLOEXEC)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield handle
    finally:
        os.close(handle)


def unsigned(settings: dict[str, Any], lines: Iterable[str]) -> list[str]:
    """Gives the new commits of the branch without a signature by a listed key; of its first push the last one alone."""
    signers = ["-c", "gpg.format=ssh", "-c", f"gpg.ssh.allowedSignersFile={settings['signers']}"]
    found = []
    for line in lines:
        old, new, ref = line.split()
        if ref != f"refs/heads/{settings['branch']}" or nothing(new):
            continue
        wanted = [new, "--max-count=1"] if nothing(old) else [f"{old}..{new}"]
        listed = subprocess.run(["git", "rev-list", *wanted], capture_output=True, text=True, check=True)
        for commit in listed.stdout.split():
            argv = ["git", *signers, "verify-commit", commit]
            if subprocess.run(argv, capture_output=True, check=False).returncode:
                found.append(commit)
    return found


def judge(settings: dict[str, Any], lines: Iterable[str], who: str) -> int:
    """Refuses a push that deletes or has an unsigned commit, telling pusher and journal; 0 taken, 1 refused."""
    asked = list(lines)
    deleted = [ref for _, new, ref in map(str.split, asked) if nothing(new)]
    wrong = [
        (f"{ref} is not deleted here", "Push a commit that takes back what was wrong") for ref in deleted
    ]
    mended = "Sign it (git commit --amend -S, git rebase --exec) and push again"
    for commit in unsigned(settings, asked):
        wrong.append((f"{commit[:12]} has no signature by a key of {settings['signers']}", mended))
    for words, todo in wrong:
        print(f"{settings['host']}: refused: {words}. {todo}.")
        syslog.openlog("estate-push")
        syslog.syslog(syslog.LOG_WARNING, f"push by {who} refused: {words}")
    return int(bool(wrong))


def told(settings: dict[str, Any], commit: str) -> str:
    """Tells the pusher what happens now and where to look."""
    host = settings["host"]
    return "\n".join(
        [
            f"{host}: {commit[:12]} is queued for the environment {settings['environment']}; nothing of it has run.",
            f"{host}: next its signature is checked, then it is planned and applied ring by ring. A newer push wins.",
            f"{host}: look with   ssh {host} estate pipeline status   or   ssh {host} journalctl -fu estate-pipeline",
        ]
    )


def main(argv: Sequence[str]) -> int:
    """Judges, or queues; after queueing git has taken the push already, whatever is answered."""
    settings, who = load(), os.environ.get("ESTATE_PUSHER", "somebody")
    if list(argv) == ["judge"]:
        return judge(settings, sys.stdin, who)
    commit, others = pushed(sys.stdin, settings["branch"])
    for ref in others:
        print(f"{settings['host']}: {ref} is kept; only {settings['branch']} is followed.")
    if commit:
        queue(Path(settings["queue"]), settings["branch"], commit, who, datetime.now(UTC))
        print(told(settings, commit))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
