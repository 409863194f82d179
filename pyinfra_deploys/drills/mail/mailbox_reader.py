"""Reads mailboxes over IMAPS in the name of their owners and prints what they hold, by content hash.

Runs on a host of the estate with nothing but Python: `python3 mailbox_reader.py < request.json`. The request:
{address, server_name, port, domain, users: [user], reader, password, canary: user}. Prints JSON:
{messages: [[user, message id, sha256 of the content with LF line ends]], canaries: [ISO UTC], refused: [user]}.
Exit 0 also when logins were refused (that is an answer), as are a port that is closed and a certificate that nobody can
trust: people cannot log in either; 3 when the server could not be reached at all.
"""

import hashlib
import imaplib
import json
import re
import ssl
import sys
from collections.abc import Iterator
from email.parser import BytesHeaderParser
from typing import Any

CHUNK = 100


class Server(imaplib.IMAP4_SSL):
    """Is an IMAP server reached at an address whose certificate is checked for another, public name."""

    def __init__(self, address: str, port: int, name: str) -> None:
        """Connects within 20 seconds or raises OSError."""
        self._public_name = name
        super().__init__(address, port, ssl_context=ssl.create_default_context(), timeout=20)

    def _create_socket(self, timeout: float | None) -> ssl.SSLSocket:
        plain = imaplib.IMAP4._create_socket(self, timeout)  # type: ignore[attr-defined]
        context: ssl.SSLContext = self.ssl_context
        return context.wrap_socket(plain, server_hostname=self._public_name)


def _total(server: imaplib.IMAP4, folder: str) -> int:
    status, answer = server.select(f'"{folder}"', readonly=True)
    if status != "OK" or not isinstance(answer[0], bytes):
        raise OSError(f"folder {folder!r} cannot be opened: {answer!r}")
    return int(answer[0])


def contents(server: imaplib.IMAP4) -> Iterator[bytes]:
    """Yields the raw content of every message of every folder of the mailbox that is logged in."""
    for line in server.list()[1]:
        folder = re.search(rb'(?:"([^"]*)"|(\S+))$', line) if isinstance(line, bytes) else None
        if folder is None:
            continue
        total = _total(server, (folder.group(1) or folder.group(2)).decode())
        for first in range(1, total + 1, CHUNK):
            _, parts = server.fetch(f"{first}:{min(first + CHUNK - 1, total)}", "(BODY.PEEK[])")
            yield from (part[1] for part in parts if isinstance(part, tuple))


def digest(content: bytes) -> str:
    """Returns the SHA-256 of a message with line ends normalised to LF."""
    return hashlib.sha256(content.replace(b"\r\n", b"\n")).hexdigest()


def read(request: dict[str, Any]) -> dict[str, list[Any]]:
    """Returns what the reader of the request can read of every user."""
    found: dict[str, list[Any]] = {"messages": [], "canaries": [], "refused": []}
    for user in sorted(request["users"]):
        try:
            server = Server(request["address"], request["port"], request["server_name"])
            server.login(f"{user}@{request['domain']}*{request['reader']}", request["password"])
        except (imaplib.IMAP4.error, ssl.SSLCertVerificationError, ConnectionRefusedError):
            found["refused"].append(user)
            continue
        for content in contents(server):
            header = BytesHeaderParser().parsebytes(content)
            found["messages"].append([user, str(header["Message-ID"] or ""), digest(content)])
            if user == request["canary"] and header["X-Estate-Canary"]:
                found["canaries"].append(str(header["X-Estate-Canary"]).strip())
        server.logout()
    return found


def main() -> int:
    """Answers the request on standard input, where no list of processes shows its passwords."""
    try:
        print(json.dumps(read(json.load(sys.stdin))))
    except OSError as error:
        print(f"the server cannot be reached: {error}", file=sys.stderr)
        return 3
    return 0


if __name__ == "__main__":
    sys.exit(main())
