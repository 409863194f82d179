"""A telephone of the standard library registers, calls, hears its own tone, and tells what it heard of another."""

import hashlib
import re
import select
import socket
import threading
from collections.abc import Iterator

import pytest

from pyinfra_deploys.facts import telephone_use_on_host as telephone

SECRET = "ABCDEFGHIJKLMNOPQRSTUVWX"
REALM, NONCE = "gumuscagil.bel.example", "1790000000/aa"


def _md5(*parts: str) -> str:
    return hashlib.md5(":".join(parts).encode(), usedforsecurity=False).hexdigest()


def _proven(head: str) -> bool:
    proof = dict(re.findall(r'(\w+)="([^"]*)"', head))
    first, second = _md5("5995", REALM, SECRET), _md5(head.split(" ", 1)[0], proof.get("uri", ""))
    return proof.get("response") == _md5(first, NONCE, "00000001", proof.get("cnonce", ""), "auth", second)


class Exchange(threading.Thread):
    """Answers as an exchange does: asks who it is, refuses, and echoes what a call says."""

    def __init__(self) -> None:
        super().__init__(daemon=True)
        self.sip = socket.create_server(("127.0.0.1", 0))
        self.voice = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.voice.bind(("127.0.0.1", 0))
        self.requests: list[str] = []
        self.kinds: set[int] = set()

    def run(self) -> None:
        while True:
            link, _ = self.sip.accept()
            threading.Thread(target=self.serve, args=(link,), daemon=True).start()

    def echo(self) -> None:
        while True:
            packet, other = self.voice.recvfrom(2048)
            self.kinds.add(packet[1])
            self.voice.sendto(packet, other)

    def serve(self, link: socket.socket) -> None:
        kept = ""
        while True:
            select.select([link], [], [])
            if not (more := link.recv(65536).decode()):
                return
            kept += more
            while "\r\n\r\n" in kept:
                head, _, kept = kept.partition("\r\n\r\n")
                length = int(re.findall(r"Content-Length: (\d+)", head)[0])
                kept = kept[length:]
                self.requests.append(head.split("\r\n")[0])
                if not head.startswith("ACK"):
                    link.sendall(self.answer(head).replace("\n", "\r\n").encode())

    def answer(self, head: str) -> str:
        lines = [line for line in head.split("\r\n") if re.match("Via|From|To|Call-ID|CSeq", line)]
        common = "".join(f"{line}\n" for line in lines)
        if head.startswith("BYE"):
            return f"SIP/2.0 200 OK\n{common}Content-Length: 0\n\n"
        if not _proven(head):
            ask = f'WWW-Authenticate: Digest realm="{REALM}",nonce="{NONCE}",algorithm=MD5,qop="auth"\n'
            return f"SIP/2.0 401 Unauthorized\n{common}{ask}Content-Length: 0\n\n"
        if head.startswith("INVITE sip:0"):
            return (
                f"SIP/2.0 183 Progress\n{common}Content-Length: 0\n\n"
                f"SIP/2.0 503 Service Unavailable\n{common}Content-Length: 0\n\n"
            )
        body = f"c=IN IP4 127.0.0.1\nm=audio {self.voice.getsockname()[1]} RTP/AVP 8\n"
        contact = "Contact: <sip:127.0.0.1:5060;transport=tcp>\n"
        return f"SIP/2.0 200 OK\n{common}{contact}Content-Length: {len(body) + 2}\n\n{body}"


@pytest.fixture(scope="module")
def exchange() -> Iterator[Exchange]:
    found = Exchange()
    found.start()
    threading.Thread(target=found.echo, daemon=True).start()
    yield found


def used(exchange: Exchange, **use: object) -> telephone.Answer:
    asked = {
        "address": "127.0.0.1",
        "port": exchange.sip.getsockname()[1],
        "domain": REALM,
        "extension": "5995",
        "secret": SECRET,
        "uses": {"it": use},
    }
    exchange.requests.clear()
    answers: telephone.Answer = telephone.used(asked)["it"]
    return answers


def test_it_registers_and_signs_off_and_a_wrong_secret_is_refused(exchange: Exchange) -> None:
    assert used(exchange, kind="register")["code"] == 200
    assert len(exchange.requests) == 4
    assert used(exchange, kind="register", wrong=True)["code"] == 401
    assert used(exchange, kind="register", seconds=0)["code"] == 200
    assert len(exchange.requests) == 2
    assert used(exchange, kind="register", extension="5990")["code"] == 401


CALL = {"kind": "call", "number": "*43", "plays": 1000, "enough": 0.3, "patience": 3}


def test_it_hears_its_own_tone_come_back_and_hangs_up(exchange: Exchange) -> None:
    answer = used(exchange, **CALL, hears=1000, keys=[[0.1, "1"]])
    assert (answer["code"], answer["heard"]) == (200, 0.3)
    assert exchange.requests[-1] == "BYE sip:127.0.0.1:5060;transport=tcp SIP/2.0"
    assert exchange.kinds == {telephone.VOICE, telephone.EVENT}


def test_another_tone_is_not_taken_for_the_one_that_is_listened_for(exchange: Exchange) -> None:
    answer = used(exchange, **{**CALL, "patience": 0.5}, hears=620)
    assert (answer["code"], answer["heard"]) == (200, 0.0)


def test_a_call_that_is_refused_says_with_what(exchange: Exchange) -> None:
    answer = used(exchange, **{**CALL, "number": "003125559001"}, hears=1000)
    assert (answer["code"], answer["said"], answer["heard"]) == (503, "Service Unavailable", 0.0)


def test_who_does_not_answer_is_a_fault(exchange: Exchange) -> None:
    closed = {"address": "127.0.0.1", "port": 1, "domain": REALM, "extension": "5995", "secret": SECRET}
    answer = telephone.used({**closed, "uses": {"it": {"kind": "register"}}})["it"]
    assert answer["error"].startswith("ConnectionRefusedError")


def test_a_law_keeps_a_sample_within_its_step() -> None:
    for sample in (-30000, -5000, -700, -9, 9, 700, 5000, 30000):
        assert abs(telephone.DECODED[telephone.encoded(sample)] - sample) <= max(16, abs(sample) / 16)
    assert telephone.DECODED[0xD5] == 8 and telephone.DECODED[0x55] == -8
