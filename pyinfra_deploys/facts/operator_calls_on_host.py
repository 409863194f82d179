"""Tells which calls the operator of the lab saw since a moment: number called, number shown, trunk.

    python3 operator_calls_on_host.py < question.json

The question: `since`, in seconds since 1970. The answer: {"calls": [{number, shown, trunk}]}, oldest first. The file of
records has no head; its times are those of Greenwich.
"""

from __future__ import annotations

import csv
import json
import sys
from datetime import UTC, datetime
from pathlib import Path

RECORDS = Path("/var/log/asterisk/cdr-csv/Master.csv")
SHOWN, NUMBER, START, TRUNK = 0, 2, 9, 17


def calls(rows: list[list[str]], since: float) -> list[dict[str, str]]:
    """Gives the calls that began at or after a moment; a row that is cut short is left out."""
    found = []
    for row in rows:
        if len(row) <= TRUNK:
            continue
        began = datetime.strptime(row[START], "%Y-%m-%d %H:%M:%S").replace(tzinfo=UTC)
        if began.timestamp() >= since:
            found.append({"number": row[NUMBER], "shown": row[SHOWN], "trunk": row[TRUNK]})
    return found


def main() -> int:
    """Reads the question and prints the answer; without a record there was no call."""
    since = float(json.load(sys.stdin)["since"])
    rows = []
    if RECORDS.exists():
        with RECORDS.open(encoding="utf-8", errors="replace", newline="") as file:
            rows = list(csv.reader(file))
    json.dump({"calls": calls(rows, since)}, sys.stdout)
    return 0


if __name__ == "__main__":
    sys.exit(main())
