"""Reads and replaces the accounts of a mail host. Runs on the host itself: standard library only, one file.

    python3 mail_accounts_on_host.py < question.json

The question holds `do` (observe or replace) and what that needs; the answer is one JSON object on stdout.
Passwords come in on stdin and leave only as hashes in the accounts file.
"""

from __future__ import annotations

import ctypes
import fcntl
import json
import os
import pwd
import secrets
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

USERS = Path("/etc/dovecot/users")
TABLES = {"mailboxes": Path("/etc/postfix/mailboxes"), "aliases": Path("/etc/postfix/aliases")}
LOCK = Path("/run/lock/mail-accounts")
GROUP_OF_READERS = 5001
QUOTA = "userdb_quota_storage_size="
ROUNDS = 100_000


class FaultError(Exception):
    """Says what stands in the way, without a password in it."""


def crypt(password: str, setting: str) -> str:
    """Gives the hash of a password under a setting (or under the setting inside a hash), as libcrypt does."""
    library = ctypes.CDLL("libcrypt.so.1")
    library.crypt.restype = ctypes.c_char_p
    hashed = library.crypt(password.encode(), setting.encode())
    if not hashed or hashed.startswith(b"*"):
        raise FaultError(f"libcrypt refuses the hash setting {setting[:3]}...")
    return str(hashed.decode())


def stored() -> dict[str, tuple[str, int | None]]:
    """Reads login -> (hash, own quota in bytes) from the accounts file; an absent file holds nobody."""
    accounts: dict[str, tuple[str, int | None]] = {}
    if not USERS.exists():
        return accounts
    for number, line in enumerate(USERS.read_text().splitlines(), start=1):
        fields = line.split(":")
        if len(fields) != 8:
            raise FaultError(f"{USERS}:{number}: {len(fields)} fields instead of 8; mend or remove the line")
        quota = fields[7].removeprefix(QUOTA).removesuffix("B")
        accounts[fields[0]] = (fields[1], int(quota) if quota else None)
    return accounts


def table(name: str) -> dict[str, str]:
    """Reads what Postfix really answers from: the compiled table; an absent one is empty."""
    path = TABLES[name]
    if not path.with_name(path.name + ".cdb").exists():
        return {}
    done = subprocess.run(["postmap", "-s", f"cdb:{path}"], capture_output=True, text=True, check=False)
    if done.returncode:
        raise FaultError(f"postmap -s cdb:{path}: {done.stderr.strip()}")
    return dict(line.split("\t", 1) for line in done.stdout.splitlines())


def kept() -> dict[Path, str]:
    """Names every file of the accounts with the owner, group and mode it must have."""
    open_to_all = {
        file: "0:0 0644" for path in TABLES.values() for file in (path, path.with_name(path.name + ".cdb"))
    }
    return {USERS: f"0:{GROUP_OF_READERS} 0640", **open_to_all}


def damaged() -> dict[str, str]:
    """Names the files that are missing or readable for others than they must be, with what was found."""
    found = {}
    for path, wanted in kept().items():
        status = path.stat() if path.exists() else None
        held = f"{status.st_uid}:{status.st_gid} {status.st_mode & 0o7777:04o}" if status else "missing"
        if held != wanted:
            found[str(path)] = held
    return found


def observe(question: dict[str, Any]) -> dict[str, Any]:
    """Answers what the host holds, and for each given password whether it opens its account."""
    offered = question["passwords"]
    return {
        "accounts": {
            login: {
                "quota_bytes": quota,
                "password_matches": crypt(offered[login], hashed) == hashed if login in offered else None,
            }
            for login, (hashed, quota) in stored().items()
        },
        "mailboxes": table("mailboxes"),
        "aliases": {alias: members.split(", ") for alias, members in table("aliases").items()},
        "damaged": damaged(),
    }


def replace(question: dict[str, Any]) -> dict[str, Any]:
    """Makes the host hold exactly the given accounts; hashes of accounts without a given password stay."""
    try:
        pwd.getpwnam("dovecot")
    except KeyError:
        raise FaultError("no mail server is installed here; apply playbooks/mail_servers.yml first") from None
    before = stored()
    lines = []
    for login, wanted in sorted(question["accounts"].items()):
        if wanted["password"] is not None:
            salt = secrets.token_hex(8)
            hashed = crypt(wanted["password"], f"$6$rounds={ROUNDS}${salt}$")
        elif login in before:
            hashed = before[login][0]
        else:
            raise FaultError(f"{login} vanished since the plan was made; plan again")
        quota = f"{QUOTA}{wanted['quota_bytes']}B" if wanted["quota_bytes"] is not None else ""
        lines.append(f"{login}:{hashed}::::::{quota}\n")
    for name, rows in question["tables"].items():
        compile_table(TABLES[name], rows)
    write(USERS, "".join(lines), GROUP_OF_READERS, 0o640)
    # A daemon that found no table keeps answering "temporary failure" until it is told to look again.
    subprocess.run(["postfix", "reload"], check=False, capture_output=True)
    return {"accounts": len(lines)}


def compile_table(path: Path, rows: dict[str, str]) -> None:
    """Replaces a table and its compiled form; Postfix sees the old table or the new one, never a part."""
    write(path, "".join(f"{address}\t{value}\n" for address, value in sorted(rows.items())), 0, 0o644)
    done = subprocess.run(["postmap", f"cdb:{path}"], capture_output=True, text=True, check=False)
    if done.returncode:
        raise FaultError(f"postmap cdb:{path}: {done.stderr.strip()}")


def write(path: Path, text: str, group: int, mode: int) -> None:
    """Replaces a file in one step: written aside, synced, renamed."""
    handle, aside = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
    try:
        with os.fdopen(handle, "w") as stream:
            stream.write(text)
            stream.flush()
            os.fchown(stream.fileno(), 0, group)
            os.fchmod(stream.fileno(), mode)
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
            answer = {"observe": observe, "replace": replace}[question["do"]](question)
        except (FaultError, OSError) as fault:
            print(f"mail accounts: {fault}", file=sys.stderr)
            return 1
    print(json.dumps(answer))
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
