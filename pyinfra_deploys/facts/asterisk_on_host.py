"""Asks the running Asterisk over its control socket, as `asterisk -rx` does, without a process for each question.

Comes along with telephony_on_host.py; needs the standard library only. The words on the socket are those of the
console of Asterisk (main/asterisk.c): it names itself in a line, is told `cli quit after COMMAND` and a zero byte,
answers, and closes.
"""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable

SOCKET = "/run/asterisk/asterisk.ctl"
SECONDS = 60.0
"""How long Asterisk may say nothing, as with `asterisk -rx`."""


class FaultError(Exception):
    """Says what stands in the way."""


def running() -> bool:
    """Tells whether an Asterisk answers."""
    try:
        return "uptime" in asked("core show uptime")
    except FaultError:
        return False


def asked(command: str) -> str:
    """Gives what Asterisk answered to a command; raises FaultError when none answers."""
    return asking(command)()


def asking(command: str) -> Callable[[], str]:
    """Asks Asterisk, and gives what waits for the answer, which raises FaultError when none comes.

    The answer is read as it comes: what nobody takes within a tenth of a second Asterisk drops.
    """
    said: list[bytes] = []
    faults: list[OSError] = []

    def ask() -> None:
        try:
            with socket.socket(socket.AF_UNIX) as way:
                way.settimeout(SECONDS)
                way.connect(SOCKET)
                way.sendall(f"cli quit after {command}\0".encode())
                while part := way.recv(65536):
                    said.append(part)
        except OSError as fault:
            faults.append(fault)

    under_way = threading.Thread(target=ask, daemon=True)
    under_way.start()

    def answer() -> str:
        under_way.join()
        if faults:
            raise FaultError(f"asterisk was asked '{command}': {faults[0].strerror or faults[0]}")
        _, _, text = b"".join(said).decode(errors="replace").partition("\n")  # its name
        return text

    return answer
