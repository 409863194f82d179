"""Counts what became of people's messages, from the journal of Postfix.

It is read after a cursor that is kept in one file with the counts: no line is counted twice or left out when this
program, Postfix or the machine ends in between. Mail for mailboxes of programs (probe, canary) is nobody's mail and is
not counted.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

Line = dict[str, Any]
SENT = re.compile(r"to=<(?P<to>[^>]*)>.*, status=(?P<status>sent|bounced) ")
REFUSED = re.compile(r"reject: [A-Z-]+ from \S+: 5\d\d .*\bto=<(?P<to>[^>]*)>")
DELIVERIES = {"postfix/lmtp": "inbound", "postfix/smtp": "outbound"}
DOORS = {
    "postfix/smtpd": "inbound",
    "postfix/submission/smtpd": "outbound",
    "postfix/submissions/smtpd": "outbound",
    "postfix/smtps/smtpd": "outbound",
}


class MeasureError(Exception):
    """Says what could not be asked, and what came instead."""


def say(words: str) -> None:
    """Tells the journal what went wrong."""
    print(f"mail server: {words}", file=sys.stderr)


@dataclass
class Counts:
    """Keeps what must outlive a run: how far the journal was read, and what was counted until there."""

    cursor: str = ""
    messages: dict[str, int] = field(default_factory=dict)

    @classmethod
    def load(cls, path: Path) -> Counts:
        """Reads the counts of the last run. A broken file is set aside and said so; counting begins anew."""
        try:
            return cls(**json.loads(path.read_text(encoding="utf-8")))
        except FileNotFoundError:
            return cls()
        except (ValueError, TypeError) as error:
            aside = path.with_suffix(".broken")
            path.replace(aside)
            say(f"{path} is broken ({error}); kept as {aside}, counting anew")
            return cls()

    def save(self, path: Path) -> None:
        """Replaces the file in one step."""
        aside = path.with_suffix(".new")
        with aside.open("w", encoding="utf-8") as stream:
            json.dump(asdict(self), stream)
            stream.flush()
            os.fsync(stream.fileno())
        aside.replace(path)


def what_became(line: Line, programs: frozenset[str]) -> tuple[str, str] | None:
    """Tells direction and result of a message by one line of the journal; None when the line decides none.

    A refusal for now (4xx) decides nothing: the sender comes again.
    """
    who, message = line.get("SYSLOG_IDENTIFIER", ""), line.get("MESSAGE", "")
    if not isinstance(message, str):
        return None
    if (direction := DELIVERIES.get(who)) and (found := SENT.search(message)):
        result = "delivered" if found["status"] == "sent" else "rejected"
    elif (direction := DOORS.get(who)) and (found := REFUSED.search(message)):
        result = "rejected"
    else:
        return None
    return None if found["to"].lower() in programs else (direction, result)


def journal(cursor: str) -> Iterator[Line]:
    """Reads the journal of Postfix after a cursor, or all that is kept."""
    command = ["journalctl", "--unit=postfix", "--output=json", "--no-pager"]
    command += [
        "--output-fields=SYSLOG_IDENTIFIER,MESSAGE",
        *([f"--after-cursor={cursor}"] if cursor else []),
    ]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as reader:
        assert reader.stdout is not None and reader.stderr is not None
        yield from map(json.loads, reader.stdout)
        words = reader.stderr.read().strip()
    if reader.returncode:
        raise MeasureError(f"journalctl: exit {reader.returncode}: {words}")


def count(counts: Counts, lines: Iterable[Line], programs: frozenset[str]) -> None:
    """Adds what the lines decide to the counts and moves the cursor behind them."""
    for line in lines:
        if became := what_became(line, programs):
            key = " ".join(became)
            counts.messages[key] = counts.messages.get(key, 0) + 1
        counts.cursor = line["__CURSOR"]
