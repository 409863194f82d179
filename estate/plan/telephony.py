"""Plans what the exchange holds: extensions, trunks, contexts, mailboxes, queues, and the files of telephones; pure.

The unit of a plan is a record: what one name stands for in a file of the exchange. Shown of a changed record are the
lines that differ, without secrets.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from estate.plan.removals import Share
from estate.records import Change
from estate.records.shapes import Action

SUBJECT = "telephony"
EXTENSION = "extension "
"""How the keys of changes begin whose removal takes somebody's telephone away."""

_HEADER = re.compile(r"\[(?P<name>[^\]]+)\]")
_MAILBOX = re.compile(r"(?P<name>[0-9]+)\s*=>?")
_SECRET = re.compile(r"(?m)^(\s*(?:password|password_digest|md5_cred|secret)\s*=\s*).*$")
_PIN = re.compile(r"(?m)^([0-9]+\s*=>?\s*)[^,]*")
_HIDDEN = "(secret)"
LOADED = " as loaded"
"""How the key of a file ends that Asterisk has not loaded as it is."""
_RELOADED = {
    "pjsip": {"extension", "pjsip", "pjsip.conf"},
    "dial plan": {"context", "extensions.conf"},
    "voicemail": {"mailbox", "voicemail", "voicemail.conf"},
    "queues": {"queue", "queues.conf"},
}
"""How the keys of changes begin that need a reload, in the order of the reloads."""


@dataclass(frozen=True)
class Holding:
    """What an exchange holds, or has to hold.

    `files` gives the text of each file of /etc/asterisk/estate by its name (`pjsip.conf`); an absent one is missing.
    `sets` gives the SHA-256 of each file that telephones fetch. `damaged` names files not kept as they must be.
    """

    files: Mapping[str, str] = field(default_factory=dict)
    sets: Mapping[str, str] = field(default_factory=dict)
    damaged: Mapping[str, str] = field(default_factory=dict)


def wanted(files: Mapping[str, str], sets: Mapping[str, str]) -> Holding:
    """Gives what has to be held, from the texts of the exchange's files and of those that telephones fetch."""
    digests = {name: hashlib.sha256(text.encode()).hexdigest() for name, text in sets.items()}
    return Holding(files, digests)


def ours(held: Holding, names: Collection[str]) -> Holding:
    """Leaves out of what is held the files for telephones that are nobody of ours: firmware, what people laid down."""
    sets = {name: digest for name, digest in held.sets.items() if name in names}
    return Holding(held.files, sets, held.damaged)


def plan(wants: Holding, held: Holding, host: str) -> tuple[Change, ...]:
    """Gives the changes that make the exchange hold exactly what is wanted."""
    changes: list[Change] = []
    for name in sorted(wants.files.keys() | held.files.keys()):
        before, after = records(name, held.files.get(name, "")), records(name, wants.files.get(name, ""))
        differing = [key for key in sorted(before.keys() | after.keys()) if before.get(key) != after.get(key)]
        changes += [_change(host, key, before.get(key), after.get(key)) for key in differing]
        if not differing and wants.files.get(name) != held.files.get(name):
            changes.append(
                Change(host, "pyinfra", SUBJECT, "update", name, "other order or remarks", "as declared")
            )
    for name in sorted(wants.sets.keys() | held.sets.keys()):
        if wants.sets.get(name) != held.sets.get(name):
            old, new = (
                f"{digest[:12]}" if digest else None for digest in (held.sets.get(name), wants.sets.get(name))
            )
            changes.append(Change(host, "pyinfra", SUBJECT, _action(old, new), f"settings {name}", old, new))
    for path, found in sorted(held.damaged.items()):
        changes.append(Change(host, "pyinfra", SUBJECT, "update", path, found, "kept as it must be"))
    return tuple(changes)


def records(name: str, text: str) -> dict[str, tuple[str, ...]]:
    """Gives the lines of each record of a file by its key, in their order; remarks and blank lines count for nothing.

    A name that stands several times (endpoint, authentication and address of one extension) is one record.
    """
    if name.endswith(".json"):
        return dict(_entries(name.removesuffix(".json"), json.loads(text or "{}")))
    found: dict[str, list[str]] = {}
    section = ""
    for line in (raw.strip() for raw in text.splitlines()):
        if not line or line.startswith(";"):
            continue
        header = _HEADER.match(line)
        if header:
            section = header["name"]
        key = _key(name, section, line)
        found.setdefault(key, []).append(line)
    return {key: tuple(lines) for key, lines in found.items()}


def _entries(kind: str, found: Mapping[str, Any]) -> Iterator[tuple[str, tuple[str, ...]]]:
    for key, value in found.items():
        if isinstance(value, dict) and kind.count(" ") == 0:
            yield from _entries(f"{kind} {key}", value)
        else:
            yield f"{kind} {key}", (str(value),)


def _key(name: str, section: str, line: str) -> str:
    kind = name.removesuffix(".conf")
    if kind == "pjsip":
        return f"{EXTENSION}{section}" if section.isdigit() else f"pjsip {section}"
    if kind == "voicemail":
        box = _MAILBOX.match(line)
        return f"mailbox {box['name']}" if box else f"voicemail {section}"
    return f"{'context' if kind == 'extensions' else 'queue'} {section}"


def _change(host: str, key: str, before: Sequence[str] | None, after: Sequence[str] | None) -> Change:
    old, new = _differing(before or (), after or ()), _differing(after or (), before or ())
    if not old and not new:  # the same lines in another order
        old, new = "\n".join(before or ()), "\n".join(after or ())
    shown_old, shown_new = _masked(key, old), _masked(key, new)
    if shown_old == shown_new:
        shown_new = f"{shown_new}, renewed"
    return Change(
        host,
        "pyinfra",
        SUBJECT,
        _action(before, after),
        key,
        None if before is None else shown_old,
        None if after is None else shown_new,
    )


def _differing(lines: Sequence[str], others: Sequence[str]) -> str:
    left = Counter(others)
    kept = []
    for line in lines:
        if left[line] > 0:
            left[line] -= 1
        else:
            kept.append(line)
    return "\n".join(kept)


def _masked(key: str, text: str) -> str:
    masked = _SECRET.sub(rf"\1{_HIDDEN}", text)
    return _PIN.sub(rf"\1{_HIDDEN}", masked) if key.startswith("mailbox ") else masked


def _action(before: object, after: object) -> Action:
    return "create" if before is None else "delete" if after is None else "update"


def removable(ratio: float, extensions: int) -> tuple[Share, ...]:
    """Gives what share of so many extensions one plan may take away without asking."""
    return (Share(ratio, extensions, (EXTENSION,)),)


def reloads(changes: Iterable[Change]) -> tuple[str, ...]:
    """Names what an apply of these changes reloads, in its order; calls in progress stay."""
    keys = (
        change.key.rpartition("/")[2] if change.key.endswith(LOADED) else change.key for change in changes
    )
    begin = {key.partition(" ")[0] for key in keys}
    return tuple(part for part, words in _RELOADED.items() if begin & words)


def notices(changes: Sequence[Change], local: Mapping[str, int], calls: int) -> Iterator[str]:
    """Says what a reload will do, and which files of people are left alone (by name, with their number of lines)."""
    if names := reloads(changes):
        yield f"apply reloads {', '.join(names)} once; {calls} calls in progress stay"
    for name, lines in sorted(local.items()):
        yield f"left alone: /etc/asterisk/local/{name} ({lines} lines) is nobody's of ours"
