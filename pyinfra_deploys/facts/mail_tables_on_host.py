"""Reads and replaces the aliases and replies of a mail host, and purges mailboxes. Runs on the host itself, one file.

    python3 mail_tables_on_host.py < question.json

The question holds `do` (observe, replace or kick) and what that needs; the answer is one JSON object on stdout. Needs
the standard library only. No letter is read: folders are listed, and those that nobody keeps are counted.
"""

from __future__ import annotations

import fcntl
import json
import os
import pwd
import re
import shutil
import subprocess
import sys
import tempfile
from contextlib import suppress
from pathlib import Path
from typing import Any

ALIASES = Path("/etc/postfix/aliases")
REPLIES = Path("/etc/dovecot/replies")
STORE = Path("/srv/mail")
PURGED = ".purged"
"""Folder of a domain, on the same file system, for what is being removed; no user name begins with a dot."""
LETTERS = ("cur", "new")
LOCK = Path("/run/lock/mail-tables")


class FaultError(Exception):
    """Says what stands in the way."""


def aliases() -> dict[str, str]:
    """Reads what Postfix really answers from: the compiled table; an absent one is empty."""
    if not ALIASES.with_name(ALIASES.name + ".cdb").exists():
        return {}
    return dict(line.split("\t", 1) for line in told("postmap", "-s", f"cdb:{ALIASES}").splitlines())


def replies() -> dict[str, str]:
    """Reads the script that answers for each mailbox whose owner left.

    One that was not compiled, or whose compiled form the delivering program may not read, counts as none.
    """
    compiled = {path.stem for path in REPLIES.glob("*.svbin") if path.stat().st_mode & 0o004}
    return {path.stem: path.read_text() for path in REPLIES.glob("*.sieve") if path.stem in compiled}


def damaged() -> dict[str, str]:
    """Names the files that are missing or kept otherwise than they must be, with what was found."""
    found = {}
    for path in (ALIASES, ALIASES.with_name(ALIASES.name + ".cdb")):
        status = path.stat() if path.exists() else None
        held = f"{status.st_uid}:{status.st_gid} {status.st_mode & 0o7777:04o}" if status else "missing"
        if held != "0:0 0644":
            found[str(path)] = held
    return found


def folders(below: Path) -> list[str]:
    """Names the folders directly below a place, hidden ones left out; none when there is no such place."""
    if not below.is_dir():
        return []
    with os.scandir(below) as entries:
        return sorted(
            entry.name
            for entry in entries
            if not entry.name.startswith(".") and entry.is_dir(follow_symlinks=False)
        )


def stored(folder: Path) -> tuple[int, int]:
    """Counts the letters below a folder and their bytes; what goes meanwhile does not count."""
    messages = size = 0
    for place, _, names in os.walk(folder):
        if os.path.basename(place) not in LETTERS:  # noqa: PTH119 - a walk of many folders gives texts
            continue
        for name in names:
            try:
                size += os.lstat(f"{place}/{name}").st_size
            except FileNotFoundError:
                continue
            messages += 1
    return messages, size


def observe(question: dict[str, Any]) -> dict[str, Any]:
    """Answers what the host holds; what lies in the folders of `kept` users is not looked into."""
    held = {alias: members.split(", ") for alias, members in aliases().items()}
    store, kept = STORE / question["domain"], set(question["kept"])
    names = folders(store)
    return {
        "aliases": held,
        "replies": replies(),
        "damaged": damaged(),
        "names": names,
        "counted": {name: stored(store / name) for name in names if name not in kept},
        "aside": {name: stored(store / PURGED / name) for name in folders(store / PURGED)},
    }


def replace(question: dict[str, Any]) -> dict[str, Any]:
    """Makes the host hold exactly the given aliases and replies, and no mailbox of `purged` users.

    Who left just now, or whose mailbox goes, has no session any more.
    """
    try:
        pwd.getpwnam("dovecot")
    except KeyError:
        raise FaultError("no mail server is installed here; apply playbooks/mail_servers.yml first") from None
    before = replies()
    REPLIES.mkdir(mode=0o755, exist_ok=True)
    for user, script in sorted(question["replies"].items()):
        if before.get(user) != script:
            path = REPLIES / f"{user}.sieve"
            write(path, script)
            told("sievec", str(path), str(path.with_suffix(".svbin")))
            path.with_suffix(".svbin").chmod(0o644)  # read by the user of the mail store
    for path in REPLIES.iterdir():
        if path.stem not in question["replies"]:
            path.unlink()
    write(ALIASES, "".join(f"{one}\t{value}\n" for one, value in sorted(question["aliases"].items())))
    told("postmap", f"cdb:{ALIASES}")
    # A daemon that found no table keeps answering "temporary failure" until it is told to look again.
    subprocess.run(["postfix", "reload"], check=False, capture_output=True)
    end_sessions(sorted(question["replies"].keys() - before.keys()), question["domain"])
    purge(question["purged"], question["domain"])
    return {part: len(question[part]) for part in ("aliases", "replies", "purged")}


def purge(users: list[str], domain: str) -> None:
    """Removes mailboxes: all are renamed aside first, so that a run that dies leaves nothing that looks like one.

    What an earlier run left aside goes too, of these users alone.
    """
    store = STORE / domain
    aside = store / PURGED
    for user in users:
        if user.startswith(".") or "/" in user:
            raise FaultError(f"{user!r} is no name of a mailbox")
    end_sessions(users, domain)
    for user in users:
        if (aside / user).is_dir():
            shutil.rmtree(aside / user)
    for user in users:
        if (store / user).is_dir():
            aside.mkdir(mode=0o700, exist_ok=True)
            (store / user).rename(aside / user)
    if users:
        sync(store)
    for user in users:
        if (aside / user).is_dir():
            shutil.rmtree(aside / user)
    if aside.is_dir() and not any(aside.iterdir()):
        aside.rmdir()


def end_sessions(users: list[str], domain: str) -> None:
    """Cuts the sessions of users; without a running Dovecot there is none either."""
    for user in users:
        with suppress(FaultError):
            kicked(f"{user}@{domain}")


def sync(folder: Path) -> None:
    """Returns when what was renamed in a folder is on the disk."""
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def kick(question: dict[str, Any]) -> dict[str, Any]:
    """Cuts the sessions of users and gives, by user, how many there were."""
    return {user: kicked(f"{user}@{question['domain']}") for user in question["users"]}


def kicked(address: str) -> int:
    """Cuts the sessions of a mailbox and counts them: `2 connections kicked`; exit code 68 says that there was none."""
    done = subprocess.run(["doveadm", "kick", address], check=False, capture_output=True, text=True)
    if done.returncode == 68:
        return 0
    if done.returncode:
        raise FaultError(f"doveadm kick {address}: {done.stderr.strip()}")
    count = re.match(r"\s*(\d+)", done.stdout)
    return int(count.group(1)) if count else 0


def told(*command: str) -> str:
    """Gives what a command printed; raises with its complaint."""
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise FaultError(f"{' '.join(command)}: {done.stderr.strip()}")
    return done.stdout


def write(path: Path, text: str) -> None:
    """Replaces a file in one step: written aside, synced, renamed; root's, readable for all."""
    handle, aside = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
    try:
        with os.fdopen(handle, "w") as stream:
            stream.write(text)
            stream.flush()
            os.fchmod(stream.fileno(), 0o644)
            os.fsync(stream.fileno())
        os.replace(aside, path)  # noqa: PTH105 - the same call on both names, as the rename it is
    except BaseException:
        Path(aside).unlink(missing_ok=True)
        raise


def main() -> int:
    """Answers one question; 1 with the reason on stderr when it cannot."""
    question = json.load(sys.stdin)
    with LOCK.open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        try:
            answer = {"observe": observe, "replace": replace, "kick": kick}[question["do"]](question)
        except (FaultError, OSError) as fault:
            print(f"mail tables: {fault}", file=sys.stderr)
            return 1
    print(json.dumps(answer))
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
