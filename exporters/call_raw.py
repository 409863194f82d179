"""Sends requests of SIP that no telephone would send, and tells how the exchange answers."""

from __future__ import annotations

import re
import secrets
import socket

REQUEST = (
    "{method} {uri} SIP/2.0\r\n"
    "Via: SIP/2.0/UDP {here}:{port};branch=z9hG4bK{branch};rport\r\n"
    "From: <sip:{caller}@{domain}>;tag={tag}\r\n"
    "To: <{uri}>\r\n"
    "Call-ID: {tag}@{here}\r\n"
    "CSeq: {number} {method}\r\n"
    "Contact: <sip:{caller}@{here}:{port}>\r\n"
    "Max-Forwards: 70\r\n"
    "{more}Content-Length: {length}\r\n\r\n{body}"
)
SOUND = "v=0\r\no=- 1 1 IN IP4 {here}\r\ns=-\r\nc=IN IP4 {here}\r\nt=0 0\r\nm=audio 40000 RTP/AVP 8\r\n"
PATIENCE = 1.0
FALSE_DIGEST = (
    'Authorization: Digest username="{user}", realm="{realm}", nonce="{nonce}", uri="{uri}", '
    'response="{response}", algorithm=MD5\r\n'
)


def asked(
    address: str, port: int, method: str, uri: str, caller: str, times: int = 1, guess: bool = False
) -> list[int]:
    """Gives the final answer of SIP to each request; 0 where none came in a second.

    With `guess` each challenge is answered with a wrong password, as one does who tries them one after another.
    """
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as wire:
        wire.connect((address, port))
        return [_one(wire, method, uri, caller, address, guess) for _ in range(times)]


def _one(wire: socket.socket, method: str, uri: str, caller: str, domain: str, guess: bool) -> int:
    told = _say(wire, method, uri, caller, domain, 1, "")
    if not guess or _code(told) not in (401, 407):
        return _code(told)
    parts = {key: (re.search(rf'{key}="([^"]*)"', told) or [told, ""])[1] for key in ("realm", "nonce")}
    digest = FALSE_DIGEST.format(user=caller, uri=uri, response=secrets.token_hex(16), **parts)
    return _code(_say(wire, method, uri, caller, domain, 2, digest))


def _say(wire: socket.socket, method: str, uri: str, caller: str, domain: str, number: int, more: str) -> str:
    here, port = wire.getsockname()
    body = SOUND.format(here=here) if method == "INVITE" else ""
    kind = "Content-Type: application/sdp\r\n" if body else ""
    told = REQUEST.format(
        method=method,
        uri=uri,
        here=here,
        port=port,
        branch=secrets.token_hex(8),
        caller=caller,
        domain=domain,
        tag=secrets.token_hex(6),
        number=number,
        more=more + kind,
        length=len(body),
        body=body,
    )
    wire.send(told.encode())
    wire.settimeout(PATIENCE)
    try:
        while True:
            answer = wire.recv(65536).decode(errors="replace")
            if _code(answer) >= 200:
                return answer
    except OSError:
        return ""


def _code(answer: str) -> int:
    found = re.match(r"SIP/2\.0 (\d{3})", answer)
    return int(found[1]) if found else 0
