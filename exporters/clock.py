"""Compares this host's clock with the directory's: more than five minutes apart, nobody logs in any more.

Kerberos calls a wrong clock a wrong password, so the difference is measured long before. The directory tells anybody
what time it is, without a password (rootDSE, attribute currentTime), and dates it to the second. A host whose own
clock is wrong in the same way as the directory's is no trouble to Kerberos, and is not seen here.
"""

from __future__ import annotations

import argparse
import re
import socket
import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from exporters.textfile import DIRECTORY, Textfile

PORT = 389
TIMEOUT_SECONDS = 10
# One search request of LDAP (RFC 4511, 4.5.1): base "", scope base, filter (objectClass=*), attribute currentTime.
_BODY = (
    b"\x04\x00\x0a\x01\x00\x0a\x01\x00\x02\x01\x01\x02\x01\x0a\x01\x01\x00\x87\x0bobjectClass"
    b"\x30\x0d\x04\x0bcurrentTime"
)
REQUEST = bytes((0x30, len(_BODY) + 5, 0x02, 0x01, 0x01, 0x63, len(_BODY))) + _BODY
# The value that follows the attribute's name: a set with one time of 17 characters, such as 20261130090000.0Z.
_ANSWER = re.compile(rb"currentTime1.{1,5}?\x04\x11(\d{14})\.0Z", re.DOTALL | re.IGNORECASE)
_LONGEST = 65536


class ClockError(Exception):
    """Says that the directory did not tell the time, and why."""


def told(address: str, port: int = PORT) -> float:
    """Asks a directory what time it is (Unix seconds, whole); raises ClockError when it does not say."""
    answer = b""
    try:
        with socket.create_connection((address, port), TIMEOUT_SECONDS) as door:
            door.sendall(REQUEST)
            while (found := _ANSWER.search(answer)) is None:
                more = door.recv(4096)
                if not more or len(answer) > _LONGEST:
                    raise ClockError(f"{address}:{port}: it did not say what time it is")
                answer += more
    except OSError as error:
        raise ClockError(f"{address}:{port}: {type(error).__name__}: {error}") from None
    return datetime.strptime(found[1].decode(), "%Y%m%d%H%M%S").replace(tzinfo=UTC).timestamp()


def offset(ask: Callable[[], float], now: Callable[[], float] = time.time) -> float:
    """Gives this host's clock minus the directory's, in seconds, true to about one and the time of the answer."""
    before = now()
    other = ask()
    return (before + now()) / 2 - (other + 0.5)


def measurements(server: str, difference: float | None) -> Textfile:
    """Gives the figures; without an answer nothing is said about a difference."""
    out = Textfile()
    out.set("bim_clock_check_success", difference is not None, server=server)
    if difference is not None:
        out.set("bim_clock_offset_seconds", difference, server=server)
    return out


def main() -> int:
    """Measures once; 0 when the directory told the time, 1 when it did not."""
    parser = argparse.ArgumentParser(description="Compares this host's clock with the directory's.")
    parser.add_argument("--server", required=True, help="Name of the directory's host, for the label.")
    parser.add_argument("--address", required=True)
    parser.add_argument("--port", type=int, default=PORT)
    parser.add_argument("--textfile", type=Path, default=DIRECTORY / "clock.prom")
    arguments = parser.parse_args()
    difference, problem = None, None
    try:
        difference = offset(lambda: told(arguments.address, arguments.port))
    except ClockError as error:
        problem = error
    measurements(arguments.server, difference).write(arguments.textfile)
    if problem is not None:
        print(f"clock: {arguments.server}: {problem}", file=sys.stderr)
    return 0 if problem is None else 1


if __name__ == "__main__":
    sys.exit(main())
