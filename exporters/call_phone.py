"""Is one telephone: a baresip that registers, plays its own tone, records what it hears and does what it is told."""

from __future__ import annotations

import contextlib
import json
import re
import signal
import socket
import ssl
import subprocess
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from exporters.call_tones import write_tone

PROGRAM = "baresip"
WITH_US = ("setpriv", "--pdeathsig", "TERM")
STARTER = ThreadPoolExecutor(1)
"""Starts every telephone; all sign off when this thread ends, as it does with the program, however that ends."""
MODULES = "/usr/lib/baresip/modules"
TONE_SECONDS = 90
START_SECONDS = 8.0
"""How long a telephone may take until it listens, and until the exchange answers its registration."""
SUMMARY = re.compile(r"EX=BareSip;(?P<rest>[^\s]*)")
SEALED = "SRTP is Enabled"
REGISTERED = re.compile(r"\(prio \d\)[^\n]*?\s(?P<code>\d{3}) ")

CONFIG = """\
poll_method epoll
sip_listen 0.0.0.0:{sip}
call_local_timeout 120
call_max_calls 4
statmode_default off
audio_source aufile,{folder}/tone.wav
audio_player aubridge,deaf
audio_buffer 20-160
rtp_ports {rtp}-{rtp_last}
snd_path {folder}
module_path {modules}
module g711.so
module aufile.so
module aubridge.so
module sndfile.so
module srtp.so
module rtcpsummary.so
module account.so
module menu.so
module ctrl_tcp.so
ctrl_tcp_listen 127.0.0.1:{control}
"""


class PhoneError(Exception):
    """Says which telephone did not do what it was told, and what it said."""


@dataclass(frozen=True)
class Line:
    """Says as whom a telephone registers, where, how, and which tone it plays (Hz; 0 is mute).

    `transport` is udp, tcp or tls; `sealed` asks for SRTP: srtp-mand takes nothing else, srtp what the other side
    offers. `login` goes with the secret where it is not `user`, `server_name` is what the certificate has to say. A
    line that does not register (`registers`) calls, and cannot be called. One that is `traced` writes down what is said
    in SIP, as it has to know of calls that it hands over.
    """

    name: str
    user: str
    secret: str
    address: str
    port: int = 5060
    transport: str = "udp"
    sealed: str = ""
    tone: float = 600
    pin: str = ""
    login: str = ""
    server_name: str = ""
    registers: bool = True
    traced: bool = False

    @property
    def account(self) -> str:
        """Gives the line of the accounts file."""
        more = f";mediaenc={self.sealed}" if self.sealed else ""
        return (
            f"<sip:{self.user}@{self.address}>;auth_user={self.login or self.user};auth_pass={self.secret}"
            f";regint={300 if self.registers else 0}"
            f';outbound="sip:{self.address}:{self.port};transport={self.transport}";audio_codecs=PCMA/8000/1{more}\n'
        )

    def target(self, number: str) -> str:
        """Gives the address that is dialled for a number or an address of SIP."""
        return number if number.startswith("sip:") else f"sip:{number}@{self.address}"


@dataclass(frozen=True)
class Event:
    """States one thing the telephone told: when (monotonic seconds), what, of which call."""

    at: float
    kind: str
    call: str
    told: dict[str, Any]

    @property
    def code(self) -> int:
        """Gives the answer of SIP that ended a call, 0 when it was hung up."""
        found = re.match(r"(\d{3})\b", str(self.told.get("param", "")))
        return int(found[1]) if found else 0


@dataclass
class Phone:
    """Answers for one baresip process in a folder of its own; `ports` is its number, which spaces its ports."""

    line: Line
    folder: Path
    ports: int
    authority: str = ""
    events: list[Event] = field(default_factory=list)
    streams: list[dict[str, str]] = field(default_factory=list)
    process: subprocess.Popen[str] | None = None
    control: socket.socket | None = None
    news: threading.Condition = field(default_factory=threading.Condition)

    def plug(self) -> int:
        """Starts the telephone and gives how the exchange answered its registration: 200, or the refusal; 0 is none."""
        self.folder.mkdir(exist_ok=True, mode=0o700)
        port = 30000 + self.ports * 20
        config = CONFIG.format(
            sip=port,
            control=port + 4,
            rtp=port + 1000,
            rtp_last=port + 1018,
            folder=self.folder,
            modules=MODULES,
        )
        if self.line.transport == "tls":
            self._trusted()
        (self.folder / "config").write_text(config)
        accounts = self.folder / "accounts"
        accounts.touch(mode=0o600)
        accounts.write_text(self.line.account)
        if not (self.folder / "tone.wav").exists():
            write_tone(self.folder / "tone.wav", self.line.tone, TONE_SECONDS)
        with self.news:
            self.events.clear()
        self.process = STARTER.submit(self._started).result()
        threading.Thread(target=self._listen, args=(self.process,), daemon=True).start()
        self._connect(port + 4)
        if not self.line.registers:
            return 200
        answer = self.wait(0, lambda e: e.kind == "ANSWERED", START_SECONDS)
        return answer.code if answer else 0

    def _started(self) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [*WITH_US, PROGRAM, "-f", str(self.folder), *(["-s"] if self.line.traced else [])],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            errors="replace",
        )

    def _trusted(self) -> None:
        """Shakes hands with the exchange as the telephone will, which looks at no certificate; raises PhoneError."""
        line, trust = self.line, ssl.create_default_context(cadata=self.authority)
        try:
            plain = socket.create_connection((line.address, line.port), START_SECONDS)
            with trust.wrap_socket(plain, server_hostname=line.server_name):
                return
        except OSError as wrong:
            raise PhoneError(f"{line.name}: TLS with {line.server_name}: {wrong}") from None

    def unplug(self) -> None:
        """Has the telephone sign off and end; what does not end is ended."""
        if self.process is None:
            return
        with contextlib.suppress(OSError):
            self.say("quit")
        try:
            self.process.wait(3)
        except subprocess.TimeoutExpired:
            self.process.send_signal(signal.SIGKILL)
            self.process.wait(3)
        if self.control is not None:
            self.control.close()
        self.process = self.control = None

    def alive(self) -> bool:
        """Tells whether the program runs; baresip 1.1 now and then ends by itself."""
        return self.process is not None and self.process.poll() is None

    def say(self, command: str, params: str = "") -> None:
        """Tells the telephone to do something."""
        if self.control is None:
            raise PhoneError(f"{self.line.name}: it is not plugged in")
        told = json.dumps({"command": command, "params": params}).encode()
        self.control.sendall(b"%d:%s," % (len(told), told))

    def mark(self) -> int:
        """Gives a place in the events, from which `wait` can look on."""
        with self.news:
            return len(self.events)

    def wait(self, since: int, wanted: Callable[[Event], bool], seconds: float) -> Event | None:
        """Gives the first wanted event after a mark, waiting so long at most; None when it did not come."""
        until = time.monotonic() + seconds
        with self.news:
            while True:
                for event in self.events[since:]:
                    if wanted(event):
                        return event
                if (left := until - time.monotonic()) <= 0:
                    return None
                self.news.wait(left)

    def settled(self, seconds: float) -> bool:
        """Waits until no call is open; False when one still is after so many seconds."""
        with self.news:
            return self.news.wait_for(lambda: not self.open_calls(), seconds)

    def recordings(self) -> list[Path]:
        """Lists what it heard in its calls so far."""
        return sorted(self.folder.glob("*-dec.wav"))

    def said(self) -> str:
        """Gives what it printed since it was first plugged in."""
        return (self.folder / "log").read_text(encoding="utf-8", errors="replace")

    def forget(self) -> None:
        """Ends every call and throws recordings, events and figures away."""
        if self.control is not None:
            self.say("hangupall", "dir=all")
            self.settled(3)
        for path in self.folder.glob("dump-*.wav"):
            path.unlink(missing_ok=True)
        with self.news:
            self.events.clear()
            self.streams.clear()

    def open_calls(self) -> set[str]:
        """Names the calls that began and did not end."""
        with self.news:
            begun = {e.call for e in self.events if e.call}
            return begun - {e.call for e in self.events if e.kind == "CALL_CLOSED"}

    def _connect(self, port: int) -> None:
        until = time.monotonic() + START_SECONDS
        while True:
            try:
                self.control = socket.create_connection(("127.0.0.1", port), 1)
                self.control.settimeout(None)
                break
            except OSError as error:
                if time.monotonic() > until or (self.process and self.process.poll() is not None):
                    raise PhoneError(f"{self.line.name}: {PROGRAM} does not listen: {error}") from None
                time.sleep(0.03)
        threading.Thread(target=self._read, args=(self.control,), daemon=True).start()

    def _read(self, control: socket.socket) -> None:
        buffer = b""
        with contextlib.suppress(OSError):
            while data := control.recv(65536):
                buffer += data
                while (head := buffer.partition(b":"))[1] and len(head[2]) > int(head[0]):
                    size = int(head[0])
                    self._note(json.loads(head[2][:size].decode(errors="replace")))
                    buffer = head[2][size + 1 :]

    def _note(self, told: dict[str, Any]) -> None:
        if not told.get("event"):
            return
        event = Event(time.monotonic(), str(told.get("type", "")), str(told.get("id", "")), told)
        with self.news:
            self.events.append(event)
            self.news.notify_all()

    def _listen(self, process: subprocess.Popen[str]) -> None:
        assert process.stdout is not None
        with (self.folder / "log").open("a", encoding="utf-8") as log:
            for row in process.stdout:
                log.write(row)
                log.flush()
                if found := SUMMARY.search(row):
                    pairs = [part.partition("=") for part in found["rest"].split(";")]
                    with self.news:
                        self.streams.append({key: value for key, _, value in pairs})
                        self.news.notify_all()
                if SEALED in row:
                    self._note({"event": True, "type": "SEALED"})
                if found := REGISTERED.search(row):
                    # The exchange may answer before anybody listens for events.
                    self._note({"event": True, "type": "ANSWERED", "param": found["code"]})
