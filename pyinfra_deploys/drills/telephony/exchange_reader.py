"""Reads what a restored exchange holds before it takes it up, and proves that it reaches no operator.

Runs on the target of a drill with nothing but Python: `python3 exchange_reader.py < question.json`. The question:
{mailbox, trunks: [[address, port]]}. Prints JSON: {exchange (on which the dated message was laid), canaries: [ISO UTC],
messages (voice messages), calls (records of calls; null: none to be read), reached: [address:port of each operator
that the user of the exchange could write to]}.
"""

import json
import re
import socket
import sqlite3
import subprocess
import sys
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

SPOOL = Path("/var/spool/asterisk/voicemail/default")
CALLS = Path("/var/lib/estate/telephone_exchange/calls.db")
HELD = Path("/etc/asterisk/estate/pjsip.conf")
USER = "asterisk"
SIP = 5060
WRITE = """
import socket, sys
with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as link:
    link.sendto(b"\\r\\n\\r\\n", (sys.argv[1], int(sys.argv[2])))
"""
_LAID = re.compile(r"(?m)^callerchan=Canary/(\S+)$")
_TIME = re.compile(r"(?m)^origtime=(\d+)$")
_CONTACT = re.compile(r"(?m)^contact\s*=\s*sip:[^@\s]*@([0-9.]+)(?::(\d+))?")


def dated(mailbox: Path) -> list[tuple[str, str]]:
    """Gives exchange and time of each dated message of a mailbox."""
    found = []
    for path in sorted(mailbox.glob("*/msg*.txt")):
        text = path.read_text(encoding="utf-8", errors="replace")
        laid, time = _LAID.search(text), _TIME.search(text)
        if laid and time:
            found.append((laid[1], datetime.fromtimestamp(int(time[1]), UTC).isoformat()))
    return found


def calls() -> int | None:
    """Counts the records of calls in the copy; None without a copy that can be read."""
    try:
        with closing(sqlite3.connect(f"file:{CALLS}?mode=ro", uri=True)) as database:
            return int(database.execute("SELECT count(*) FROM cdr").fetchone()[0])
    except sqlite3.Error:
        return None


def trunks() -> set[tuple[str, int]]:
    """Gives address and port of every operator that the restored files name."""
    text = HELD.read_text(encoding="utf-8") if HELD.is_file() else ""
    return {(address, int(port or SIP)) for address, port in _CONTACT.findall(text)}


def reached(address: str, port: int) -> bool:
    """Tells whether the user of the exchange can write to an address."""
    call = [sys.executable, "-c", WRITE, address, str(port)]
    done = subprocess.run(call, user=USER, group=USER, capture_output=True, text=True, timeout=20)
    if done.returncode and "PermissionError" not in done.stderr:
        raise OSError(f"no answer whether {address}:{port} can be reached: {done.stderr.strip()[-200:]}")
    return done.returncode == 0


def read(question: dict[str, Any]) -> dict[str, Any]:
    """Returns what the exchange holds, and whom it reaches."""
    laid = dated(SPOOL / question["mailbox"])
    operators = trunks() | {(address, port) for address, port in question["trunks"]}
    return {
        "exchange": laid[-1][0] if laid else "",
        "canaries": [time for _, time in laid],
        "messages": len(list(SPOOL.glob("*/*/msg*.wav"))),
        "calls": calls(),
        "reached": [f"{address}:{port}" for address, port in sorted(operators) if reached(address, port)],
    }


def main() -> int:
    """Answers the question on standard input."""
    socket.setdefaulttimeout(20)
    print(json.dumps(read(json.load(sys.stdin))))
    return 0


if __name__ == "__main__":
    sys.exit(main())
