"""Reads what the steps of a drill left behind; an answer that cannot be read is no verdict, never a guess."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter, ValidationError

from estate.drill.judgement import Domain, Exchange, Mailboxes, Restored
from estate.drill.switches import Reached
from estate.records import faults


class AnswerError(Exception):
    """Says which answer could not be read, and why."""


def _raw(path: Path) -> Any:
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise AnswerError(f"{path.name}: not the answer that was expected: {error}") from error


def restored(folder: Path) -> Restored | None:
    """Returns the answer of the restore, None when there is none; raises AnswerError when it is damaged.

    What was found before it (of a capture, of a spare switch) is the answer only when it lets nothing be restored.
    """
    if (folder / "restore.json").exists():
        return _restored(folder / "restore.json")
    before = _restored(folder / "capture.json") if (folder / "capture.json").exists() else None
    return before if before and before.decides else None


def _restored(path: Path) -> Restored:
    try:
        return TypeAdapter(Restored).validate_python(_raw(path))
    except ValidationError as error:
        raise AnswerError(f"{path.name}: not the answer that was expected: {faults(error)}") from error


def mailboxes(folder: Path) -> Mailboxes | None:
    """Returns what was read by logging in, None when nobody did; raises AnswerError when it is damaged."""
    path = folder / "mailboxes.json"
    if not path.exists():
        return None
    raw = _raw(path)
    try:
        return Mailboxes(
            {(user, mid): digest for user, mid, digest in raw["messages"]},
            tuple(datetime.fromisoformat(at) for at in raw["canaries"]),
            tuple(raw["refused"]),
        )
    except (KeyError, TypeError, ValueError) as error:
        raise AnswerError(f"{path.name}: not the answer that was expected: {error!r}") from error


def domain(folder: Path) -> Domain | None:
    """Returns what a restored domain holds, None when nobody read it; raises AnswerError when it is damaged."""
    path = folder / "domain.json"
    if not path.exists():
        return None
    raw = _raw(path)
    try:
        canaries = tuple(datetime.fromisoformat(at) for at in raw["canaries"])
        return Domain(_lines(raw["before"]), _lines(raw["after"]), canaries)
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        raise AnswerError(f"{path.name}: not the answer that was expected: {error!r}") from error


def _lines(held: Mapping[str, Any]) -> dict[str, frozenset[str]]:
    """Gives each part of a description as lines that can be compared and shown: `policy: linked to ...`."""
    return {
        "accounts": frozenset(held["accounts"]),
        "members": frozenset(
            f"{one} in {group}" for group, members in held["members"].items() for one in members
        ),
        "policies": frozenset(
            f"{one['name']} {one['id']} at {'; '.join(one['linked'])}" for one in held["policies"]
        ),
        "rights": frozenset(f"{path}: {right}" for path, right in held["rights"].items()),
    }


def reached(folder: Path) -> Reached | None:
    """Returns who reached whom over a restored switch, None when nobody tried; raises AnswerError if damaged."""
    path = folder / "reach.json"
    if not path.exists():
        return None
    raw = _raw(path)
    try:
        return Reached(
            {host["port"]: (host["vlan"], host["heard"]) for host in raw["hosts"]},
            {(each["from"], each["to"]): bool(each["reached"]) for each in raw["tries"]},
        )
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        raise AnswerError(f"{path.name}: not the answer that was expected: {error!r}") from error


def exchange(folder: Path) -> Exchange | None:
    """Returns what came back of an exchange, None when nobody read it; raises AnswerError when it is damaged."""
    path = folder / "exchange.json"
    if not path.exists():
        return None
    try:
        return TypeAdapter(Exchange).validate_python(_raw(path))
    except ValidationError as error:
        raise AnswerError(f"{path.name}: not the answer that was expected: {faults(error)}") from error


def observed(folder: Path, drill: str) -> Mapping[str, Any] | None:
    """Returns what using the service showed, None when nobody did; raises AnswerError when it is damaged."""
    path = folder / f"{drill}.json"
    return _raw(path) if path.exists() else None


def known(path: Path, accounts: frozenset[str]) -> dict[tuple[str, str], str]:
    """Returns the content hash by (mailbox, message id) of what was delivered to these accounts."""
    rows = [row for row in _raw(path) if row["mailbox"] in accounts]
    return {(row["mailbox"], row["message_id"]): row["sha256"] for row in rows}
