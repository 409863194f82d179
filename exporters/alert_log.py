"""Receives alerts from Alertmanager and writes each down, so that one way of telling does not depend on mail.

Listens on the loopback only and asks for a token. One JSON line per alert and notification, one file per month; a
notification is answered only when its lines are on the disk, so that Alertmanager repeats what was not written.
"""

from __future__ import annotations

import argparse
import hmac
import json
import os
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

LARGEST_BODY = 4 << 20


def lines_of(body: bytes, received: datetime) -> Iterator[str]:
    """Turns one notification into log lines; raises ValueError when it is not one."""
    try:
        for alert in json.loads(body)["alerts"]:
            labels = dict(alert["labels"])
            kept = {
                "received": received.strftime("%Y-%m-%dT%H:%M:%SZ"),
                "status": alert["status"],
                "alert": labels.pop("alertname"),
                "severity": labels.pop("severity", ""),
                "labels": labels,
                "summary": alert.get("annotations", {}).get("summary", ""),
                "starts": alert["startsAt"],
            }
            yield json.dumps(kept, ensure_ascii=False)
    except (TypeError, KeyError) as error:
        raise ValueError(f"not a notification of Alertmanager: {error!r}") from None


def append(directory: Path, lines: list[str], received: datetime, keep_months: int) -> None:
    """Adds lines to the file of the month and returns when they are on the disk; old months are removed."""
    with (directory / f"alerts-{received:%Y-%m}.jsonl").open("a", encoding="utf-8") as stream:
        stream.writelines(f"{line}\n" for line in lines)
        stream.flush()
        os.fsync(stream.fileno())
    for old in sorted(directory.glob("alerts-*.jsonl"))[:-keep_months]:
        old.unlink()


class Receiver(ThreadingHTTPServer):
    """Answers on one address with one token, and knows where the lines go."""

    def __init__(self, address: tuple[str, int], token: str, directory: Path, keep_months: int) -> None:
        """Opens the address."""
        super().__init__(address, Notification)
        self.token, self.directory, self.keep_months = token, directory, keep_months


class Notification(BaseHTTPRequestHandler):
    """Handles one request of Alertmanager."""

    server: Receiver
    timeout = 20

    def do_POST(self) -> None:
        """Writes the alerts of one notification down, or says why not."""
        offered = self.headers.get("Authorization", "")
        if not hmac.compare_digest(offered.encode(), f"Bearer {self.server.token}".encode()):
            self.send_error(HTTPStatus.UNAUTHORIZED)
            return
        length = int(self.headers.get("Content-Length") or 0)
        if not 0 < length <= LARGEST_BODY:
            self.send_error(HTTPStatus.REQUEST_ENTITY_TOO_LARGE)
            return
        received = datetime.now(UTC)
        try:
            lines = list(lines_of(self.rfile.read(length), received))
            append(self.server.directory, lines, received, self.server.keep_months)
        except ValueError as error:
            self.send_error(HTTPStatus.BAD_REQUEST, str(error))
        except OSError as error:
            print(f"alert log: {error}", file=sys.stderr, flush=True)
            self.send_error(HTTPStatus.INSUFFICIENT_STORAGE)
        else:
            self.send_response(HTTPStatus.NO_CONTENT)
            self.end_headers()

    def log_message(self, format: str, *args: Any) -> None:
        """Keeps the journal free of one line per request; only refusals are of interest."""

    def log_error(self, format: str, *args: Any) -> None:
        """Writes a refusal to the journal."""
        print("alert log: refused: " + format % args, file=sys.stderr, flush=True)


def main() -> None:
    """Serves until stopped; the token is read from a file, never from the command line."""
    parser = argparse.ArgumentParser(description="Writes the alerts of Alertmanager down.")
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--token-file", type=Path, required=True)
    parser.add_argument("--directory", type=Path, required=True)
    parser.add_argument("--keep-months", type=int, default=14)
    given = parser.parse_args()
    try:
        token = given.token_file.read_text(encoding="utf-8").strip()
    except OSError as error:
        sys.exit(f"alert log: the token that Alertmanager sends cannot be read: {error}")
    if not token:
        sys.exit(f"alert log: {given.token_file} is empty; it must hold the token that Alertmanager sends")
    with Receiver(("127.0.0.1", given.port), token, given.directory, given.keep_months) as receiver:
        receiver.serve_forever()


if __name__ == "__main__":
    main()
