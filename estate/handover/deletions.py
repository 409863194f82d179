"""Keeps, for the law on personal data, a record of everything that was purged.

A record is written aside before the purge and gets its name after it, so that a run that died is noticed by what it
left, and settled by looking at what is still there.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from estate.handover.keeping import ASIDE, write
from estate.plan.mail_folders import Purge
from estate.plan.voicemail_boxes import Leaving
from estate.records import read, to_json
from estate.records.shapes import STRICT

ACCOUNT, MAILBOX, VOICEMAIL = "directory account", "mailbox", "voicemail"


@dataclass(frozen=True)
class Deletion:
    """States what kind of record was deleted, whose, when, why and by which run; of messages also how much."""

    kind: str
    personnel_number: str
    at: datetime
    host: str
    run: str
    why: str
    messages: int | None = None
    bytes: int | None = None
    box: str | None = None

    __pydantic_config__ = STRICT

    @property
    def key(self) -> str:
        """Gives what it is about among records of its kind: the personnel number, of voicemail with the number."""
        return self.personnel_number if self.box is None else key_of_box(self.box, self.personnel_number)


def key_of_box(number: str, holder: str | None) -> str:
    """Gives what a record about a box of voicemail is about: one of the boxes that one holder has."""
    return f"{holder}-{number}"


@dataclass(frozen=True)
class Deletions:
    """Answers for the records of one kind of purge on one host (None: on any); others in the folder are not touched."""

    folder: Path
    kind: str
    host: str | None = None

    def unsettled(self) -> dict[str, Deletion]:
        """Reads what a run that died left aside, by what it is about."""
        return {record.key: record for _, record in self._aside()}

    def lay_aside(self, deletions: Iterable[Deletion]) -> None:
        """Writes records of what is about to be purged aside, in place of what a run that died left there."""
        for path, _ in list(self._aside()):
            path.unlink()
        for one in deletions:
            name = f"{one.key}-{one.kind.replace(' ', '-')}-{one.at:%Y%m%dT%H%M%SZ}{ASIDE}"
            write(self.folder / name, (to_json(one, indent=1) + "\n").encode())

    def settle(self, present: Iterable[str] = ()) -> None:
        """Gives what lies aside its own name: it has happened, but for who is still `present`."""
        there = set(present)
        for path, record in list(self._aside()):
            if record.key not in there:
                path.replace(path.with_name(path.name.removesuffix(ASIDE) + ".json"))

    def _aside(self) -> Iterator[tuple[Path, Deletion]]:
        for path in sorted(self.folder.glob(f"*{ASIDE}")):
            record = read(path, Deletion)
            if record.kind == self.kind and self.host in (None, record.host):
                yield path, record


def deleted_mailboxes(
    purged: Iterable[Purge], host: str, run: str, earlier: Mapping[str, Deletion]
) -> tuple[Deletion, ...]:
    """Gives the records of mailboxes that are about to be purged.

    `earlier` are the records of a run that died over it: it may have removed a part, which counts all the same.
    """
    now = datetime.now(UTC)
    found = []
    for one in purged:
        before = earlier.get(one.number)
        messages = max(one.stored.messages, (before and before.messages) or 0)
        size = max(one.stored.bytes, (before and before.bytes) or 0)
        found.append(Deletion(MAILBOX, one.number, now, host, run, one.why, messages, size))
    return tuple(found)


def deleted_boxes(
    leaving: Iterable[Leaving], host: str, run: str, earlier: Mapping[str, Deletion]
) -> tuple[Deletion, ...]:
    """Gives the records of the boxes that are about to be purged with what is in them, or was (see `earlier` above)."""
    now = datetime.now(UTC)
    found = []
    for one in (one for one in leaving if one.fate == "purge"):
        before = earlier.get(key_of_box(one.number, one.box.holder))
        messages = max(one.box.messages, (before and before.messages) or 0)
        size = max(one.box.bytes, (before and before.bytes) or 0)
        if messages:
            why = f"{one.number}: {one.why}"
            found.append(
                Deletion(VOICEMAIL, str(one.box.holder), now, host, run, why, messages, size, one.number)
            )
    return tuple(found)
