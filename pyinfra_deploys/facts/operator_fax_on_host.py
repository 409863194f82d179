"""Has the operator of the lab send faxes, and tells what became of each as the sender sees it.

    python3 operator_fax_on_host.py < question.json

The question: {"send": [{id, number, shown, trunk, tiff (base64)}]} lays one call file for each and does not wait: the
answer is {"sent": [id]}. {"ask": [id], "since": seconds since 1970, "seconds": N} waits for the records of these calls,
so long at most: {"faxes": {id: {status, pages, mode}}}, without those that have no record. Numbers, names of trunks and
ids are letters, digits, _ and + alone.
"""

from __future__ import annotations

import base64
import csv
import json
import re
import shutil
import sys
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

SPOOL = Path("/var/spool/asterisk")
RECORDS = Path("/var/log/asterisk/cdr-csv/Master.csv")
START, TRUNK = 9, 17
WORD = re.compile(r"[+0-9A-Za-z_]+")
CALL = """\
Channel: PJSIP/{number}@{trunk}
CallerID: <{shown}>
MaxRetries: 0
WaitTime: 30
Context: send-fax
Extension: s
Priority: 1
Setvar: FAX_FILE={image}
Setvar: FAX_ID={id}
"""


def send(fax: dict[str, str], spool: Path = SPOOL, owner: str = "asterisk") -> str:
    """Lays the page and the call that sends it, for the exchange to take at once; gives the id."""
    if strange := sorted(
        name for name in ("id", "number", "shown", "trunk") if not WORD.fullmatch(fax[name])
    ):
        raise ValueError(f"{', '.join(strange)}: letters, digits, _ and + alone")
    image, aside = spool / "fax" / f"{fax['id']}.tif", spool / f"{fax['id']}.call"
    image.write_bytes(base64.b64decode(fax["tiff"]))
    aside.write_text(CALL.format(image=image, **fax), encoding="ascii")
    for path in (image, aside):
        if owner:
            shutil.chown(path, owner, owner)
    aside.rename(spool / "outgoing" / aside.name)
    return fax["id"]


def records(rows: list[list[str]], since: float) -> dict[str, dict[str, Any]]:
    """Gives what the records of calls since a moment tell of faxes that were sent: by id, a later record wins."""
    found = {}
    for row in rows:
        words = row[TRUNK].split() if len(row) > TRUNK else []
        if len(words) != 5 or words[0] != "fax":
            continue
        began = datetime.strptime(row[START], "%Y-%m-%d %H:%M:%S").replace(tzinfo=UTC)
        if began.timestamp() >= since:
            found[words[4]] = {"status": words[1], "pages": int(words[2]), "mode": words[3]}
    return found


def asked(ids: list[str], since: float, seconds: float) -> dict[str, dict[str, Any]]:
    """Waits until each of these has its record; gives those that have one, and takes their pages away."""
    until = time.monotonic() + seconds
    while True:
        rows: list[list[str]] = []
        if RECORDS.exists():
            with RECORDS.open(encoding="utf-8", errors="replace", newline="") as file:
                rows = list(csv.reader(file))
        known = records(rows, since)
        if set(ids) <= set(known) or time.monotonic() > until:
            break
        time.sleep(1)
    for name in ids:
        (SPOOL / "fax" / f"{name}.tif").unlink(missing_ok=True)
    return {name: known[name] for name in ids if name in known}


def main() -> int:
    """Reads the question and prints the answer."""
    question = json.load(sys.stdin)
    if "send" in question:
        answer: dict[str, Any] = {"sent": [send(fax) for fax in question["send"]]}
    else:
        answer = {"faxes": asked(question["ask"], float(question["since"]), float(question["seconds"]))}
    json.dump(answer, sys.stdout)
    return 0


if __name__ == "__main__":
    sys.exit(main())
