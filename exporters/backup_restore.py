"""Restores a job from its escrow envelope alone and judges the result by content, never by an exit code.

    python3 PROGRAM check                                   does the envelope open the repository it names?
    python3 PROGRAM restore --target / --not-after TIME     the newest snapshot that is not newer than TIME

Reads the envelope (JSON) from standard input and writes one JSON object to standard output: `result` is passed,
failed (the backup does not give back what it should) or error (no verdict was reached); `reason` says which way.
Exit codes: 0 passed, 1 failed, 2 used wrongly, 3 error. Needs restic and nothing else of this project.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import tempfile
import time
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from exporters import backup_content as content
from exporters.backup_restic import Answer, Repository, RepositoryError

LISTING = "content.jsonl"
NAMED = 200
"""At most this many paths are named; all are counted."""

FULL_DISK = "no space left on device"
EXITS = {"passed": 0, "failed": 1, "error": 3}
KEYS = ("job", "repository_url", "repository_id", "username", "password", "key", "ca_certificate")


class VerdictError(Exception):
    """Carries a verdict reached before the end: result, reason and words."""

    def __init__(self, result: str, reason: str, words: str) -> None:
        """Keeps the three."""
        super().__init__(words)
        self.result, self.reason = result, reason


def opened(envelope: Mapping[str, Any], ca_file: Path, cache: str) -> Repository:
    """Opens the repository with what the envelope holds; raises VerdictError when it is not the one it names."""
    if missing := [key for key in KEYS if not isinstance(envelope.get(key), str)]:
        raise VerdictError("failed", "bad_envelope", f"the envelope lacks {', '.join(missing)}")
    ca_file.write_text(envelope["ca_certificate"], encoding="utf-8")
    repository = Repository(
        url=envelope["repository_url"],
        key=envelope["key"],
        username=envelope["username"],
        password=envelope["password"],
        ca_certificate=str(ca_file),
        cache=cache,
    )
    try:
        if not repository.exists():
            raise VerdictError("failed", "no_repository", f"there is no repository at {repository.url}")
        found = repository.id()
    except RepositoryError as error:
        if error.code == 12:
            raise VerdictError("failed", "wrong_key", str(error)) from error
        raise VerdictError("error", "unreachable", str(error)) from error
    if found != envelope["repository_id"]:
        words = f"found repository {found[:8]}, the envelope is for {envelope['repository_id'][:8]}"
        raise VerdictError("failed", "other_repository", words)
    return repository


def moment(text: str) -> datetime:
    """Reads an ISO 8601 time with its zone; restic's nine digits of a second are cut to six."""
    head, dot, rest = text.partition(".")
    digits = rest[: len(rest) - len(rest.lstrip("0123456789"))]
    found = datetime.fromisoformat(head + dot + digits[:6].ljust(6 if dot else 0, "0") + rest[len(digits) :])
    if found.tzinfo is None:
        raise ValueError(f"{text} has no time zone; write it like 2026-11-26T09:00:00+03:00")
    return found


def nanoseconds(text: str) -> int:
    """Reads restic's time stamp without losing its nine digits."""
    whole = int(moment(text).replace(microsecond=0).timestamp())
    fraction = text.partition(".")[2]
    digits = fraction[: len(fraction) - len(fraction.lstrip("0123456789"))]
    return whole * 1_000_000_000 + int(digits.ljust(9, "0")[:9] or 0)


def newest(snapshots: list[dict[str, Any]], not_after: datetime) -> dict[str, Any]:
    """Gives the newest snapshot that is not newer than asked; raises VerdictError naming what there is."""
    fitting = [item for item in snapshots if moment(item["time"]) <= not_after]
    if fitting:
        return max(fitting, key=lambda item: moment(item["time"]))
    times = sorted((item["time"] for item in snapshots), key=moment)
    there = f"the earliest is of {times[0]}, the latest of {times[-1]}" if times else "there is none at all"
    raise VerdictError("failed", "no_snapshot", f"no snapshot up to {not_after.isoformat()}; {there}")


def refuse_full(answer: Answer, target: str) -> None:
    """Raises VerdictError when the disk that was restored to is full: that says nothing about the backup."""
    if any(FULL_DISK in text for text in (answer.words, *map(str, answer.of("error")))):
        raise VerdictError("error", "no_room", f"{target} has no room for what is restored")


def judge(found: content.Comparison, expected: content.Content) -> tuple[str, str]:
    """Gives result and reason of a restore: equal in every listed path, or what kind of damage there is."""
    if not expected.files:
        return "failed", "empty"
    if found.missing:
        return "failed", "missing"
    if found.mismatches:
        return "failed", "differs"
    return ("passed", "equal") if found.equal else ("failed", "moving")


def restore(repository: Repository, job: str, target: str, not_after: datetime) -> dict[str, Any]:
    """Restores and compares; gives the fields of the result.

    Without a readable list of contents the data are brought back all the same, but nothing can vouch for them:
    failed, with the names that restic gives.
    """
    begun = time.monotonic()
    snapshots = repository.ask("snapshots", "--tag", f"job={job}", "--retry-lock", "2m")
    chosen = newest(snapshots, not_after)
    listing = next((path for path in chosen["paths"] if path.endswith(f"/{LISTING}")), "")
    paths = [path for path in chosen["paths"] if path != listing]
    wanted = [word for path in paths for word in ("--include", path)]
    with ThreadPoolExecutor() as pool:  # the list comes while the data come
        listed = pool.submit(_expected, repository, chosen["id"], listing)
        answer = repository.run("restore", chosen["id"], "--target", target, "--retry-lock", "2m", *wanted)
    restored = time.monotonic()
    refuse_full(answer, target)
    head = {
        "snapshot": chosen["id"],
        "snapshot_time": chosen["time"],
        "snapshots": len(snapshots),
        "tool_exit_code": answer.code,
        "tool_words": answer.words[-500:] if answer.code else "",
        "restore_seconds": round(restored - begun, 3),
    }
    try:
        expected = listed.result()
    except VerdictError as error:
        repository.exists()
        named = sorted({str(message["item"]) for message in answer.of("error") if message.get("item")})
        verdict = {"result": error.result, "reason": error.reason, "words": str(error)}
        return head | verdict | _named(content.Comparison(missing=named))
    found = content.compare(expected, paths, target, lambda: _stored(repository, chosen["id"], expected))
    result, reason = judge(found, expected)
    if result == "failed":
        repository.exists()  # a server that went away meanwhile says nothing about the backup
    compared = {"result": result, "reason": reason, "compare_seconds": round(time.monotonic() - restored, 3)}
    compared |= {"expected_files": expected.files, "expected_bytes": expected.size}
    return head | compared | _named(found)


def _named(found: content.Comparison) -> dict[str, Any]:
    return {
        "files": found.files,
        "bytes": found.size,
        "missing_count": len(found.missing),
        "missing": found.missing[:NAMED],
        "mismatch_count": len(found.mismatches),
        "mismatches": found.mismatches[:NAMED],
        "changed_count": len(found.changed),
        "changed": found.changed[:NAMED],
        "extra_count": found.extra,
    }


def check(repository: Repository, job: str) -> dict[str, Any]:
    """Tells what the opened repository holds of the job."""
    snapshots = repository.ask("snapshots", "--tag", f"job={job}")
    times = sorted((item["time"] for item in snapshots), key=moment)
    return {
        "result": "passed",
        "reason": "opens",
        "snapshots": len(times),
        "newest": times[-1] if times else None,
    }


def _expected(repository: Repository, snapshot: str, listing: str) -> content.Content:
    if not listing:
        raise VerdictError("failed", "no_listing", f"snapshot {snapshot[:8]} holds no list of contents")
    try:
        return content.parse(repository.text("dump", snapshot, listing).splitlines())
    except (RepositoryError, content.ContentError) as error:
        raise VerdictError("failed", "no_listing", f"list of contents of {snapshot[:8]}: {error}") from error


def _stored(repository: Repository, snapshot: str, expected: content.Content) -> dict[str, tuple[int, int]]:
    """Gives size and time of each path in the snapshot; if it cannot be listed, nothing counts as changed."""
    try:
        lines = repository.text("ls", snapshot).splitlines()
    except RepositoryError:
        return {entry.path: (entry.size, entry.mtime_ns) for entry in expected.entries.values()}
    nodes = [json.loads(line) for line in lines if line.startswith("{")]
    return {
        node["path"]: (int(node.get("size", 0)), nanoseconds(node["mtime"]))
        for node in nodes
        if node.get("struct_type") == "node"
    }


def carried_out(verb: str, envelope: Mapping[str, Any], target: str, not_after: datetime) -> dict[str, Any]:
    """Gives the whole result object of a verb, whatever happens."""
    head: dict[str, Any] = {"job": envelope.get("job"), "not_after": not_after.isoformat(), "target": target}
    head["repository_id"] = envelope.get("repository_id")
    memory = os.environ.get("XDG_RUNTIME_DIR", "/run")
    with tempfile.TemporaryDirectory(prefix="estate-restore-", dir=memory) as folder:
        try:
            repository = opened(envelope, Path(folder, "ca.pem"), f"{folder}/cache")
            if verb == "check":
                return head | check(repository, str(envelope["job"]))
            return head | restore(repository, str(envelope["job"]), target, not_after)
        except VerdictError as error:
            return head | {"result": error.result, "reason": error.reason, "words": str(error)}
        except (RepositoryError, content.ContentError, OSError) as error:
            return head | {"result": "error", "reason": "stopped", "words": str(error)}


def main(arguments: list[str] | None = None) -> int:
    """Carries out one verb and gives its exit code."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("verb", choices=("check", "restore"))
    parser.add_argument("--target", default="")
    parser.add_argument("--not-after", type=moment, default=datetime.now(UTC))
    options = parser.parse_args(arguments)
    if options.verb == "restore" and not Path(options.target).is_dir():
        parser.error(f"--target {options.target!r}: found no such directory; name the one to restore into")
    try:
        envelope = json.load(sys.stdin)
    except ValueError:
        parser.error("standard input: expected the envelope as JSON")
    result = carried_out(options.verb, envelope, options.target, options.not_after)
    print(json.dumps(result, ensure_ascii=True, indent=1))
    return EXITS[result["result"]]


if __name__ == "__main__":
    sys.exit(main())
