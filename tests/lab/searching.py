"""Searches a directory as a telephone set does: finds its host by name, verifies its certificate, binds, asks.

    python3 -m tests.lab.searching < asked.json

Runs on a desk of the lab, where no client of LDAP is installed, with the standard library alone. Asked are `host`,
`port`, `name_server`, `authority` (PEM), `user`, `password`, and `searches`, each with `base`, `scope`, `filter` and
`attributes`. Told are the result `code` of the login, and for each search its `code` and `rows`, each with `dn` and all
values by attribute.
"""

from __future__ import annotations

import json
import re
import socket
import ssl
import struct
import sys
from collections.abc import Iterator
from typing import Any

SCOPES = {"base": 0, "one": 1, "sub": 2}
SECONDS = 10
BOTH, EITHER, EQUAL, PART, PRESENT = 0xA0, 0xA1, 0xA3, 0xA4, 0x87
BEGIN, WITHIN, END = 0x80, 0x81, 0x82
Held = tuple[int, bytes]


def address(name: str, server: str) -> str:
    """Asks a name server for the IPv4 address of a name; the last answer is it."""
    labels = b"".join(bytes([len(part)]) + part.encode() for part in name.split("."))
    asked = struct.pack(">6H", 4711, 0x100, 1, 0, 0, 0) + labels + b"\0" + struct.pack(">2H", 1, 1)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as to:
        to.settimeout(SECONDS)
        to.sendto(asked, (server, 53))
        told = to.recv(4096)
    found = re.search(rb"\x00\x01\x00\x01.{4}\x00\x04(.{4})", told[len(asked) :], re.DOTALL)
    if found is None:
        raise SystemExit(f"{server} knows no address of {name}")
    return socket.inet_ntoa(found[1])


def packed(tag: int, *parts: bytes) -> bytes:
    """Gives one element of BER."""
    body = b"".join(parts)
    size = len(body)
    if size < 0x80:
        return bytes([tag, size]) + body
    return bytes([tag, 0x84]) + struct.pack(">I", size) + body


def elements(body: bytes) -> Iterator[Held]:
    """Yields the elements of BER that stand one behind the other."""
    at = 0
    while at < len(body):
        tag, size, at = body[at], body[at + 1], at + 2
        if size & 0x80:
            more = size & 0x7F
            size, at = int.from_bytes(body[at : at + more], "big"), at + more
        yield tag, body[at : at + size]
        at += size


def wish(text: str) -> tuple[bytes, str]:
    """Gives the filter that stands at the beginning of a text, and what stands behind it."""
    if text[1] in "&|":
        tag, rest, parts = BOTH if text[1] == "&" else EITHER, text[2:], []
        while rest[0] == "(":
            part, rest = wish(rest)
            parts.append(part)
        return packed(tag, *parts), rest[1:]
    inside, _, rest = text[1:].partition(")")
    name, _, value = inside.partition("=")
    said = packed(4, name.encode())
    if value == "*":
        return packed(PRESENT, name.encode()), rest
    if "*" not in value:
        return packed(EQUAL, said, packed(4, value.encode())), rest
    begin, *within, end = value.split("*")
    ends = [(BEGIN, begin), *((WITHIN, each) for each in within), (END, end)]
    parts = [packed(tag, each.encode()) for tag, each in ends if each]
    return packed(PART, said, packed(0x30, *parts)), rest


class Session:
    """A connection to a directory."""

    def __init__(self, asked: dict[str, Any]) -> None:
        """Opens it; raises OSError when the certificate is not that of the host."""
        judging = ssl.create_default_context(cadata=asked["authority"])
        plain = socket.create_connection(
            (address(asked["host"], asked["name_server"]), asked["port"]), SECONDS
        )
        self._file = judging.wrap_socket(plain, server_hostname=asked["host"]).makefile("rwb")
        self._number = 0

    def ask(self, request: bytes) -> Iterator[Held]:
        """Sends a request, and yields what answers it, the last of it included."""
        self._number += 1
        self._file.write(packed(0x30, packed(2, bytes([self._number])), request))
        self._file.flush()
        tag = 0
        while tag not in (0x61, 0x65):
            head = self._file.read(2)
            size = head[1]
            if size & 0x80:
                size = int.from_bytes(self._file.read(size & 0x7F), "big")
            _, (tag, body), *_ = elements(self._file.read(size))
            yield tag, body

    def bind(self, user: str, password: str) -> int:
        """Logs in, and gives the result code."""
        parts = packed(2, b"\3"), packed(4, user.encode()), packed(0x80, password.encode())
        (answer,) = self.ask(packed(0x60, *parts))
        return next(elements(answer[1]))[1][0]

    def search(self, base: str, scope: str, filter: str, attributes: list[str]) -> dict[str, Any]:
        """Searches, and gives the result code and the rows."""
        numbers = (
            packed(0x0A, bytes([SCOPES[scope]])),
            packed(0x0A, b"\0"),
            packed(2, b"\0"),
            packed(2, b"\0"),
        )
        names = packed(0x30, *(packed(4, name.encode()) for name in attributes))
        parts = packed(4, base.encode()), *numbers, packed(1, b"\0"), wish(filter)[0], names
        *rows, done = self.ask(packed(0x63, *parts))
        found = [row(body) for tag, body in rows if tag == 0x64]
        return {"code": next(elements(done[1]))[1][0], "rows": found}


def row(body: bytes) -> dict[str, Any]:
    """Gives an entry: its name, and all values by attribute."""
    (_, name), (_, held) = elements(body)
    found: dict[str, Any] = {"dn": name.decode()}
    for _, each in elements(held):
        (_, key), (_, values) = elements(each)
        found[key.decode()] = [value.decode(errors="replace") for _, value in elements(values)]
    return found


def main() -> None:
    """Answers one question."""
    asked = json.load(sys.stdin)
    session = Session(asked)
    code = session.bind(asked["user"], asked["password"])
    found = [session.search(**one) for one in asked["searches"]] if code == 0 else []
    print(json.dumps({"code": code, "searches": found}))


if __name__ == "__main__":
    main()
