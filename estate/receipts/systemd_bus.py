"""Asks systemd about units over its own socket: about all of them at once, for the few properties that count.

Part of what is sent to a host: root, standard library only, Python >= 3.11. `systemctl show` has every property of a
unit gathered to show four. The dearest is whether its files have to be read anew, for systemd then searches for them:
that is asked only where a file of units is newer than systemd's last reading of all, by the clock or by the time
since, if the clock was set meanwhile; after a boot without such a reading always. The messages are those of the
D-Bus specification, version 1, little-endian.
"""
# ruff: noqa: PTH116

from __future__ import annotations

import _socket  # what socket reads besides, enum and selectors, takes longer than the questions
import os
import stat
import struct
import time

SOCKET = "/run/systemd/private"
SECONDS = 60.0
MANAGER, UNITS = "/org/freedesktop/systemd1", "/org/freedesktop/systemd1/unit/"
OF_MANAGER, OF_UNIT = "org.freedesktop.systemd1.Manager", "org.freedesktop.systemd1.Unit"
READ, RELOAD = ("UnitsLoadTimestamp", "UnitsLoadTimestampMonotonic"), "NeedDaemonReload"
STATES = ("LoadState", "ActiveState", "UnitFileState")
PLACES = (
    "/etc/systemd/system",
    "/etc/systemd/system.control",
    "/run/systemd/system",
    "/run/systemd/system.control",
    "/usr/local/lib/systemd/system",
    "/usr/lib/systemd/system",
    "/etc/fstab",
    "/etc/init.d",
)
"""Where unit files lie, and what generators make units of; not /run/systemd/transient, where every login writes."""
SUFFIXES = frozenset(
    "service socket device mount automount swap target path timer slice scope".split()  # noqa: SIM905
)
PROPERTIES = "org.freedesktop.DBus.Properties"
CALL, RETURN, ERROR = 1, 2, 3
PATH, INTERFACE, MEMBER, REPLY, SIGNATURE = 1, 2, 3, 5, 8


class Asked:
    """Holds what systemd was asked about units; the answers are read later, so that both work meanwhile."""

    def __init__(self, units: list[str]) -> None:
        """Asks about units; one without a suffix is a service. Raises OSError when systemd cannot be asked."""
        self.units, self.asked, self.rest = units, 0, b""
        self.socket = _socket.socket(_socket.AF_UNIX, _socket.SOCK_STREAM)
        self.socket.settimeout(SECONDS)
        try:
            self.socket.connect(SOCKET)
        except OSError as error:
            raise silent(error) from None
        self.socket.sendall(b"\0AUTH EXTERNAL %s\r\nBEGIN\r\n" % str(os.getuid()).encode().hex().encode())
        self._ask(
            *((MANAGER, OF_MANAGER, clock) for clock in READ),
            *((path(unit), OF_UNIT, state) for unit in units for state in STATES),
        )

    def answers(self) -> dict[str, dict[str, str]]:
        """Gives STATES and RELOAD by unit in the words of `systemctl show`; raises OSError when one is missing."""
        while b"\n" not in self.rest:  # the line that lets us in
            self._receive()
        self.rest = self.rest.partition(b"\n")[2]
        read, monotonic, *states = self._told()
        told = int(read) * 1000, time.time_ns() - (time.monotonic_ns() - int(monotonic) * 1000)
        reload = ["no"] * len(self.units)
        if any(newer(place, min(told)) for place in PLACES if os.path.lexists(place)):
            self._ask(*((path(unit), OF_UNIT, RELOAD) for unit in self.units))
            reload = self._told()
        rows = [states[at : at + len(STATES)] for at in range(0, len(states), len(STATES))]
        return {
            unit: dict(zip((*STATES, RELOAD), (*row, last), strict=True))
            for unit, row, last in zip(self.units, rows, reload, strict=True)
        }

    def _ask(self, *questions: tuple[str, str, str]) -> None:
        self.asked = len(questions)
        calls = (call(number, *question) for number, question in enumerate(questions, 1))
        self.socket.sendall(b"".join(calls))

    def _told(self) -> list[str]:
        """Gives the answers in the order of the questions; what systemd says besides (signals) is left."""
        found: dict[int, str] = {}
        while len(found) < self.asked:
            kind, fields, body = self._message()
            if kind == ERROR:
                raise silent(body[4:-1].decode(errors="replace"))
            if kind == RETURN:
                found[reply_of(fields)] = variant(body)
        return [found[number] for number in sorted(found)]

    def _message(self) -> tuple[int, bytes, bytes]:
        """Gives the kind of the next message, its header fields and its body."""
        while len(self.rest) < 16:
            self._receive()
        kind, body, _, fields = struct.unpack_from("<xB2xIII", self.rest)
        begins = 16 + padded(fields, 8)
        while len(self.rest) < begins + body:
            self._receive()
        message, self.rest = self.rest[: begins + body], self.rest[begins + body :]
        return kind, message[16 : 16 + fields], message[begins:]

    def _receive(self) -> None:
        try:
            more = self.socket.recv(65536)
        except OSError as error:
            raise silent(error) from None
        if not more:
            raise silent("it ended the connection")
        self.rest += more


def silent(why: object) -> OSError:
    """Gives the error of a systemd that does not tell what it was asked."""
    return OSError(f"systemd does not answer on this host: {why}")


def newer(place: str, moment: int) -> bool:
    """Says whether a file or folder, or anything below it, was changed since a moment (ns since 1970).

    What cannot be told (a link that leads nowhere, or round and round) counts as changed.
    """
    try:
        status = os.stat(place)
        if status.st_ctime_ns >= moment:
            return True
        if not stat.S_ISDIR(status.st_mode):
            return False
        with os.scandir(place) as entries:
            return any(newer(entry.path, moment) for entry in entries)
    except OSError:
        return True


def path(unit: str) -> str:
    """Gives the object of a unit: systemd writes what is neither letter nor digit as its code, so a first digit too."""
    name = unit if unit.rpartition(".")[2] in SUFFIXES else f"{unit}.service"
    return UNITS + "".join(
        one if one.isascii() and one.isalnum() and (at or not one.isdigit()) else f"_{ord(one):02x}"
        for at, one in enumerate(name)
    )


def padded(size: int, to: int) -> int:
    """Gives the next multiple."""
    return size + -size % to


def text(value: str) -> bytes:
    """Marshals a string or an object's path."""
    content = value.encode()
    return struct.pack("<I", len(content)) + content + b"\0"


def call(number: int, path: str, interface: str, name: str) -> bytes:
    """Gives the message that asks for one property of an object."""
    fields = b""
    where = ((PATH, b"o", path), (INTERFACE, b"s", PROPERTIES), (MEMBER, b"s", "Get"))
    for field, kind, value in where:
        fields = fields.ljust(padded(len(fields), 8), b"\0") + b"%c\1%s\0" % (field, kind) + text(value)
    fields = fields.ljust(padded(len(fields), 8), b"\0") + b"%c\1g\0\2ss\0" % SIGNATURE
    of = text(interface)
    body = of.ljust(padded(len(of), 4), b"\0") + text(name)
    head = struct.pack("<cBBBIII", b"l", CALL, 0, 1, len(body), number, len(fields)) + fields
    return head.ljust(padded(len(head), 8), b"\0") + body


def reply_of(fields: bytes) -> int:
    """Gives the number of the question that a message answers."""
    at = 0
    while at < len(fields):
        at = padded(at, 8)
        field, kind = fields[at], fields[at + 2 : at + 3]
        at += 4
        if kind == b"g":
            at += 1 + fields[at] + 1
            continue
        at = padded(at, 4)
        (value,) = struct.unpack_from("<I", fields, at)
        if field == REPLY:
            return int(value)
        at += 4 if kind == b"u" else 4 + value + 1
    raise silent("an answer to no question")


def variant(body: bytes) -> str:
    """Gives a property that is a text, a truth (`yes`, `no`) or a number, in words."""
    kind = body[1:2]
    if kind == b"t":
        return str(struct.unpack_from("<Q", body, 8)[0])
    (value,) = struct.unpack_from("<I", body, 4)
    return body[8 : 8 + value].decode() if kind == b"s" else ("no", "yes")[value]
