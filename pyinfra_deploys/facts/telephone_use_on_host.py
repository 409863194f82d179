"""Uses a telephone exchange as a telephone does: registers, calls, plays a tone and listens. Runs on a probe.

    python3 telephone_use_on_host.py < question.json

The question: {address, port, domain, extension, secret, uses: {name: use}}. A use is {"kind": "register", "wrong":
bool, "seconds": for how long; 0 leaves everything as it was} or {"kind": "call", "number", "plays" (Hz, 0 is silence),
"hears" (Hz), "enough", "patience" (seconds), "keys": [[second, key]]}, and may have an "extension" and a "secret" of
its own. The answer is one JSON object on stdout, by name {code, said, seconds} and, of a call, `heard`: how many
seconds the tone was heard. An entry with `error` says that the use could not be made. Needs the standard library only
(RFC 3261, G.711 A-law, RFC 4733, digest of RFC 2617).
"""

from __future__ import annotations

import hashlib
import json
import math
import re
import secrets
import select
import socket
import struct
import sys
import time
from bisect import bisect
from collections.abc import Iterator, Sequence
from typing import Any

Answer = dict[str, Any]
RATE, PACKET, WINDOW = 8000, 160, 800
VOICE, EVENT = 8, 101
SHARE, QUIET = 0.6, 250.0
"""What part of a window's energy lies at a tone that counts as heard; root mean square below which it is silence."""
PATIENCE_SECONDS = 15
OWN = ("extension", "secret")
KEY_SECONDS = 0.16
KEYS = "0123456789*#"
_STATUS = re.compile(r"SIP/2\.0 (\d{3}) ?(.*)")
_CHALLENGE = re.compile(r"(?im)^(?:WWW|Proxy)-Authenticate:\s*Digest\s+(.*)$")
_FIELD = re.compile(r'(\w+)=(?:"([^"]*)"|([^",\s]+))')


def digest(*parts: str) -> str:
    """Gives the MD5 of parts joined by colons, as the digest of SIP wants it."""
    return hashlib.md5(":".join(parts).encode(), usedforsecurity=False).hexdigest()


def authorization(challenge: dict[str, str], user: str, secret: str, uri: str, method: str) -> str:
    """Gives the header that answers a challenge for a request."""
    first, second = digest(user, challenge["realm"], secret), digest(method, uri)
    fields = {"username": user, "realm": challenge["realm"], "nonce": challenge["nonce"], "uri": uri}
    if "auth" in challenge.get("qop", ""):
        count, own = "00000001", secrets.token_hex(8)
        fields["response"] = digest(first, challenge["nonce"], count, own, "auth", second)
        tail = f', qop=auth, nc={count}, cnonce="{own}"'
    else:
        fields["response"] = digest(first, challenge["nonce"], second)
        tail = ""
    if "opaque" in challenge:
        fields["opaque"] = challenge["opaque"]
    return "Authorization: Digest " + ", ".join(f'{key}="{value}"' for key, value in fields.items()) + tail


def linear(code: int) -> int:
    """Gives the sample of a byte of A-law (G.711)."""
    code ^= 0x55
    step, chord = (code & 0x0F) << 4, (code & 0x70) >> 4
    value = step + 8 if chord == 0 else (step + 0x108) << (chord - 1)
    return value if code & 0x80 else -value


DECODED = tuple(map(linear, range(256)))
_ORDER = sorted(range(256), key=DECODED.__getitem__)
_VALUES = [DECODED[code] for code in _ORDER]


def encoded(sample: int) -> int:
    """Gives a byte of A-law for a sample."""
    return _ORDER[min(bisect(_VALUES, sample), 255)]


def share(window: Sequence[int], hertz: float) -> float:
    """Gives what part of the energy of a window lies at a frequency, 0 to 1; 0 when it is silent."""
    energy = sum(sample * sample for sample in window)
    if energy < len(window) * QUIET**2:
        return 0.0
    turn = 2 * math.pi * hertz / RATE
    real = sum(sample * math.cos(turn * i) for i, sample in enumerate(window))
    imaginary = sum(sample * math.sin(turn * i) for i, sample in enumerate(window))
    return min(1.0, 2 * (real**2 + imaginary**2) / (len(window) * energy))


class Voice:
    """Sends a tone and keys as RTP, one packet each 20 ms, and tells for how long another tone was heard."""

    def __init__(self, plays: float, hears: float, keys: Sequence[Sequence[Any]]) -> None:
        """Opens a port of its own."""
        self.link = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.link.bind(("", 0))
        turn = 2 * math.pi * plays / RATE
        amplitude = 10000 if plays else 0
        self.sound = bytes(encoded(round(amplitude * math.sin(turn * i))) for i in range(RATE))
        self.hears, self.heard, self.rest = hears, 0.0, bytearray()
        self.keys = [(at, KEYS.index(key)) for at, key in keys]
        self.source = secrets.randbits(32)

    @property
    def port(self) -> int:
        """Gives the port on which it listens."""
        return int(self.link.getsockname()[1])

    def packets(self) -> Iterator[bytes]:
        """Gives the packets to send, one each 20 ms; during a key they carry the key (RFC 4733)."""
        for number in range(2**15):
            at = number * PACKET / RATE
            pressed = [(begin, key) for begin, key in self.keys if begin <= at < begin + KEY_SECONDS]
            if pressed:
                begin, key = pressed[0]
                stamp, lasted = round(begin * RATE), round((at - begin) * RATE) + PACKET
                # The last three packets of a key all say that it is over.
                over = 0x80 if at + 3 * PACKET / RATE >= begin + KEY_SECONDS else 0
                kind, payload = EVENT, struct.pack("!BBH", key, over | 10, lasted)
            else:
                begin = number * PACKET
                stamp, kind = begin, VOICE
                payload = self.sound[begin % RATE : begin % RATE + PACKET]
            yield struct.pack("!BBHII", 0x80, kind, number, stamp, self.source) + payload

    def talk(self, other: tuple[str, int], enough: float, patience: float) -> None:
        """Talks with another side until the tone was heard for `enough` seconds, `patience` seconds at most."""
        began = time.monotonic()
        for number, packet in enumerate(self.packets()):
            due = began + number * PACKET / RATE
            while (left := due - time.monotonic()) > 0:
                if select.select([self.link], [], [], left)[0]:
                    self.listen(self.link.recv(2048))
            if self.heard >= enough or due - began > patience:
                return
            self.link.sendto(packet, other)

    def listen(self, packet: bytes) -> None:
        """Takes in what a packet says."""
        if len(packet) <= 12 or packet[1] & 0x7F != VOICE:
            return
        self.rest += packet[12:]
        while len(self.rest) >= WINDOW:
            window = [DECODED[code] for code in self.rest[:WINDOW]]
            del self.rest[:WINDOW]
            self.heard += WINDOW / RATE * (share(window, self.hears) >= SHARE)


class Telephone:
    """Speaks SIP over one TCP connection, as the extension of a question."""

    def __init__(self, asked: Answer) -> None:
        """Connects, or raises OSError."""
        self.asked = asked
        self.link = socket.create_connection((asked["address"], asked["port"]), PATIENCE_SECONDS)
        self.host, self.port = self.link.getsockname()[:2]
        self.kept, self.branch = b"", ""

    def request(self, method: str, uri: str, head: Sequence[str], body: str = "", branch: str = "") -> None:
        """Sends one request; only the ACK of a refusal belongs to the `branch` of the request before."""
        self.branch = branch or f"z9hG4bK{secrets.token_hex(8)}"
        own = f"{self.host}:{self.port}"
        text = (
            f"{method} {uri} SIP/2.0\nVia: SIP/2.0/TCP {own};branch={self.branch};rport\nMax-Forwards: 70\n"
            f"Contact: <sip:{self.asked['extension']}@{own};transport=tcp>\n"
            + "".join(f"{line}\n" for line in head)
            + ("Content-Type: application/sdp\n" if body else "")
            + f"Content-Length: {len(body) + body.count(chr(10))}\n\n{body}"
        )
        self.link.sendall(text.replace("\n", "\r\n").encode())

    def answer(self, number: int) -> tuple[int, str, str]:
        """Gives code, reason and text of the final answer to a request by its number; raises OSError without one."""
        while True:
            while b"\r\n\r\n" not in self.kept:
                self._more()
            head, _, self.kept = self.kept.partition(b"\r\n\r\n")
            found = re.search(rb"(?im)^(?:Content-Length|l):\s*(\d+)", head)
            length = int(found[1]) if found else 0
            while len(self.kept) < length:
                self._more()
            text = (head + b"\r\n\r\n" + self.kept[:length]).decode(errors="replace")
            self.kept = self.kept[length:]
            status = _STATUS.match(text)
            if status and int(status[1]) >= 200 and re.search(rf"(?im)^CSeq:\s*{number}\s", text):
                return int(status[1]), status[2].strip(), text

    def _more(self) -> None:
        if not (more := self.link.recv(65536)):
            raise OSError("the exchange closed the connection")
        self.kept += more

    def proven(
        self, method: str, uri: str, head: Sequence[str], secret: str, body: str = ""
    ) -> tuple[int, str, str, int]:
        """Sends a request and, when it is asked who it is, says so; gives code, reason, text, number of the last."""
        self.request(method, uri, [*head, f"CSeq: 1 {method}"], body)
        code, said, text = self.answer(1)
        found = _CHALLENGE.search(text)
        if code not in (401, 407) or not found:
            return code, said, text, 1
        if method == "INVITE":
            self.request("ACK", uri, [*_answered(head, text), "CSeq: 1 ACK"], branch=self.branch)
        fields = {key: quoted or plain for key, quoted, plain in _FIELD.findall(found[1])}
        proof = authorization(fields, self.asked["extension"], secret, uri, method)
        self.request(method, uri, [*head, f"CSeq: 2 {method}", proof], body)
        return *self.answer(2), 2

    def register(self, use: Answer) -> Answer:
        """Registers for some time; with `wrong` with a secret that is none."""
        own = f"<sip:{self.asked['extension']}@{self.asked['domain']}>"
        head = [*_dialog(own, own), f"Expires: {use['seconds']}"]
        secret = secrets.token_hex(12) if use.get("wrong") else self.asked["secret"]
        code, said, _, _ = self.proven("REGISTER", f"sip:{self.asked['domain']}", head, secret)
        return {"code": code, "said": said}

    def call(self, use: Answer) -> Answer:
        """Calls a number, talks and listens as it was told, and hangs up."""
        voice = Voice(use["plays"], use["hears"], use.get("keys", ()))
        uri, domain = f"sip:{use['number']}@{self.asked['domain']}", self.asked["domain"]
        body = (
            f"v=0\no=- 1 1 IN IP4 {self.host}\ns=-\nc=IN IP4 {self.host}\nt=0 0\nm=audio {voice.port} RTP/AVP 8 101\n"
            "a=rtpmap:8 PCMA/8000\na=rtpmap:101 telephone-event/8000\na=fmtp:101 0-15\na=ptime:20\n"
        )
        head = _dialog(f"<sip:{self.asked['extension']}@{domain}>", f"<{uri}>")
        code, said, text, number = self.proven("INVITE", uri, head, self.asked["secret"], body)
        other = re.search(r"(?im)^Contact:.*?<([^>]+)>", text)
        where = re.search(r"(?m)^c=IN IP4 (\S+)", text)
        port = re.search(r"(?m)^m=audio (\d+)", text)
        if not (code == 200 and other and where and port):
            self.request("ACK", uri, [*_answered(head, text), f"CSeq: {number} ACK"], branch=self.branch)
            return {"code": code, "said": said, "heard": 0.0}
        self.request("ACK", other[1], [*_answered(head, text), f"CSeq: {number} ACK"])
        voice.talk((where[1], int(port[1])), use["enough"], use["patience"])
        self.request("BYE", other[1], [*_answered(head, text), f"CSeq: {number + 1} BYE"])
        self.answer(number + 1)
        return {"code": code, "said": said, "heard": round(voice.heard, 1)}


def _dialog(caller: str, called: str) -> list[str]:
    return [
        f"From: {caller};tag={secrets.token_hex(6)}",
        f"To: {called}",
        f"Call-ID: {secrets.token_hex(12)}",
    ]


def _answered(head: Sequence[str], text: str) -> list[str]:
    """Gives the same head with the name that the answer gave to the called side."""
    to = re.search(r"(?im)^(?:To|t):\s*(.+?)\r?$", text)
    return [f"To: {to[1]}" if to and line.startswith("To:") else line for line in head]


def used(asked: Answer) -> Answer:
    """Makes each use, one after another; a fault is an answer too."""
    answers: Answer = {}
    for name, told in asked["uses"].items():
        use = {"seconds": 60, **told}
        began = time.monotonic()
        try:
            phone = Telephone({**asked, **{key: use[key] for key in OWN if key in use}})
            with phone.link:
                answer = phone.register(use) if use["kind"] == "register" else phone.call(use)
                if use["kind"] == "register" and answer["code"] == 200 and use.get("seconds"):
                    phone.register({**use, "seconds": 0})
        except (OSError, KeyError) as fault:
            answer = {"error": f"{type(fault).__name__}: {fault}"}
        answers[name] = {"seconds": round(time.monotonic() - began, 2), **answer}
    return answers


def main() -> int:
    """Answers one question."""
    print(json.dumps(used(json.load(sys.stdin)), ensure_ascii=False))
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
