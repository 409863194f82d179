"""Talks to one switch over SSH, line by line: whatever is not understood, refused or not answered raises at once."""

from __future__ import annotations

import re
import socket
import struct
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from types import TracebackType
from typing import Any, TypeVar

from paramiko import SSHException

from estate.switches.masks import hidden
from pyinfra_deploys.connectors.dialects import DIALECTS, Dialect, question, refusal, remarks
from pyinfra_deploys.connectors.way import LineRefusedError, NotReachedError, SilentError, Way, connected

_NO_PAGES = {"cisco_ios": "terminal length 0", "hp_procurve": "terminal length 1000"}
_AT_ONCE = struct.pack("ii", 1, 0)
_READINGS = 3
_T = TypeVar("_T")


def read_well(read: Callable[[], _T], good: Callable[[_T], bool]) -> _T:
    """Reads again while a reading is not good (a log message stands inside it), three times in all; gives the last."""
    for _ in range(_READINGS):
        found = read()
        if good(found):
            break
    return found


class Console:
    """Is one privileged session; `with Console(way) as console:` ends it at once, and nothing unsent arrives later."""

    def __init__(self, way: Way) -> None:
        """Logs in.

        Raises:
            NotReachedError: with the reason.
        """
        self.way = way
        self.dialect: Dialect = DIALECTS[way.platform]
        self._net = connected(way)
        self._came = (
            threading.Event()
        )  # of paramiko: set while something is there to be read, or the channel ended
        channel: Any = self._net.remote_conn
        channel.in_buffer.set_event(self._came)
        heads = {way.name[:16], str(self._net.base_prompt)[:16]}
        self._heads = {re.escape(head) for head in heads if head}
        try:
            self._privileged()
        except SilentError as error:
            self.close()
            raise NotReachedError(f"{way.name}: logged in, then: {error}") from None
        except BaseException:
            self.close()
            raise

    def __enter__(self) -> Console:
        """Gives itself."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Ends the session."""
        self.close()

    def close(self) -> None:
        """Resets the connection: what TCP still holds is dropped, not delivered when the path comes back."""
        client = self._net.remote_conn_pre
        transport = client.get_transport() if client is not None else None
        if transport is not None:
            wire: Any = transport.sock
            with suppress(OSError):  # it may be closed already
                wire.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _AT_ONCE)
            transport.close()

    # --- asking -----------------------------------------------------------------------------------------------
    def ask(self, command: str, seconds: float | None = None) -> str:
        """Gives the answer to a command that changes nothing; bytes that are no UTF-8 as surrogates.

        Raises:
            SilentError: no whole answer came.
            LineRefusedError: the switch does not know the command, or asks something.
        """
        answer = self._said(command, seconds or max(self.way.answer_seconds, 30.0))
        if wrong := refusal(self.dialect, answer.split("\n", 1)[0] if answer.count("\n") > 4 else answer):
            raise LineRefusedError(f"{self.way.name}: `{command}`: {wrong}")
        return answer.encode("latin-1", "replace").decode("utf-8", "surrogateescape")

    def running(self, inside: bool = False) -> str:
        """Gives the running configuration; `inside` asks from within a mode of configuration."""
        return self._whole("do show running-config" if inside else "show running-config")

    def startup(self) -> str:
        """Gives what the switch starts from."""
        return self._whole(self.dialect.startup)

    def _whole(self, command: str) -> str:
        """Gives a configuration without what came behind its end, such as a log message in the middle of the prompt."""
        text, last = self.ask(command), self.dialect.last
        return text[: text.rindex(last) + len(last)] if last and last in text else text

    # --- changing ---------------------------------------------------------------------------------------------
    def send(self, lines: Sequence[str]) -> tuple[str, ...]:
        """Sends lines of configuration, one after the other; the first that is not taken ends it.

        Gives what the switch said besides, each once, without secrets.

        Raises:
            LineRefusedError: with the number of the line, from 1.
            SilentError: the switch stopped to answer, with the number of the line.
        """
        said: dict[str, None] = {}
        for number, (line, blind) in enumerate(_paced(lines), start=1):
            where = f"{self.way.name}: line {number} of {len(lines)} `{hidden(line.strip())}`"
            try:
                answer = self._blind(line.strip()) if blind else self._said(line.strip())
            except SilentError as error:
                raise SilentError(f"{where}: {error}") from None
            except LineRefusedError as error:
                raise LineRefusedError(f"{where}: {error}") from None
            if wrong := refusal(self.dialect, answer):
                raise LineRefusedError(f"{where}: {hidden(wrong)}")
            said |= {hidden(each): None for each in remarks(answer)}
        return tuple(said)

    def said(self, command: str) -> str:
        """Gives what the switch says to a command that may ask nothing; the caller judges it.

        Raises:
            SilentError: no whole answer came.
            LineRefusedError: it asks something.
        """
        return self._said(command)

    def say(self, command: str, answers: Sequence[tuple[str, str]]) -> str:
        """Says a command that asks, and answers each question that was foreseen, once; gives all, with the prompt.

        Raises:
            SilentError: no whole answer came.
            LineRefusedError: it asks something else; the question was left with Control-C.
        """
        self._write(f"{command}\n")
        text, left = self._until(self._prompt(), self.dialect.asks), list(answers)
        while not re.search(self._prompt(), text):
            found = next((each for each in left if re.search(each[0], text)), None)
            if found is None:
                self._left(text)
            else:
                left.remove(found)  # a question that is asked again was not answered
                self._write(found[1])
            text += self._until(self._prompt(), self.dialect.asks)
        return text

    @property
    def configuring(self) -> str:
        """Gives how the prompt of a configuration mode ends, as an expression."""
        return r"\(config[^()\s]*\)# ?$"

    # --- underneath -------------------------------------------------------------------------------------------
    def _privileged(self) -> None:
        if self._exchange(_NO_PAGES[self.way.platform])[1] == "#":
            return
        self._write("enable\n")
        for asked, what in self.dialect.enable:
            self._until(asked)
            self._write(f"{self.way.user if what == 'user' else self.way.enable}\n")
        text = self._until(self._prompt(), r"[Pp]assword: ?$|Username: ?$")
        if not text.rstrip().endswith("#"):
            raise NotReachedError(f"{self.way.name}: the enable secret was refused; it was tried once", True)

    def _prompt(self) -> str:
        return rf"(?:^|\n) ?(?:{'|'.join(sorted(self._heads))})[^\s#>()]*(?:\([^()\s]*\))?[#>] ?$"

    def _said(self, line: str, seconds: float | None = None) -> str:
        return self._exchange(line, seconds)[0]

    def _exchange(self, line: str, seconds: float | None = None) -> tuple[str, str]:
        """Gives what stands between the echo of a line and the next prompt, and the sign at the end of that prompt."""
        self._write(f"{_wire(line)}\n")
        self._renamed(line)
        text, echo, answered = "", _squeezed(_wire(line)), False
        deadline = time.monotonic() + (seconds or self.way.answer_seconds)
        while True:
            text += self._until(self._prompt(), self.dialect.asks, seconds=deadline - time.monotonic())
            if not re.search(self._prompt(), text):
                yes = None if answered else question(self.dialect, line, text)
                if yes is None:
                    self._left(text)
                self._write(str(yes))
                answered = True
            elif (found := _behind(echo, rows := text.split("\n"))) is not None:
                return "\n".join(rows[found:-1]), text.rstrip()[-1]

    def _blind(self, line: str) -> str:
        """Sends a line of a banner, after which no prompt comes, and waits for its echo."""
        self._write(f"{_wire(line)}\n")
        wanted, text = _squeezed(_wire(line)), ""
        while wanted not in _squeezed(text):
            text += self._until(r"\n")
        return ""

    def _renamed(self, line: str) -> None:
        if found := re.match(r'hostname "?([^\s"]+)', line):
            self._heads.add(re.escape(found[1][:16]))

    def _left(self, text: str) -> None:
        self._write("\x03")
        asked = text.rstrip().rpartition("\n")[2]
        raise LineRefusedError(f"it asks {hidden(asked)!r}, which nobody foresaw")

    def _write(self, text: str) -> None:
        try:
            self._net.write_channel(text)
        except (OSError, EOFError, SSHException) as error:
            raise SilentError(f"the session ended ({error or type(error).__name__})") from None

    def _until(self, *patterns: str | re.Pattern[str], seconds: float | None = None) -> str:
        """Reads until one of the patterns, of one line each, is found at the end of what came."""
        allowed = self.way.answer_seconds if seconds is None else seconds
        deadline, text = time.monotonic() + allowed, ""
        while True:
            try:
                more = self._net.read_channel()
            except (OSError, EOFError, SSHException) as error:
                raise SilentError(f"the session ended ({error or type(error).__name__})") from None
            text += more
            if more and any(re.search(pattern, _last_line(text)) for pattern in patterns):
                return text
            channel: Any = self._net.remote_conn
            if channel is None or channel.closed or (channel.eof_received and not channel.recv_ready()):
                raise SilentError("the session was ended by the other side")
            if (left := deadline - time.monotonic()) <= 0:
                raise SilentError(f"no answer within {allowed:.0f} s")
            self._came.wait(left)


def _last_line(text: str) -> str:
    """Gives the last line that is not empty, with the line break before it."""
    return text[max(0, text.rfind("\n", 0, len(text) - 1)) :]


def _wire(line: str) -> str:
    return line.encode("utf-8", "surrogateescape").decode("latin-1")


def _behind(echo: str, rows: Sequence[str]) -> int | None:
    """Gives the number of the row behind an echo, which may be broken over several; None before all of it came."""
    seen = ""
    for number, row in enumerate(rows, start=1):
        seen += _squeezed(row)
        if echo in seen:
            return number
    return None


def _squeezed(text: str) -> str:
    return re.sub(r"\s+", "", text)


def _paced(lines: Sequence[str]) -> Iterator[tuple[str, bool]]:
    """Yields every line and whether no prompt follows it: the first ones of a banner of many lines."""
    mark = ""
    for line in lines:
        if mark:
            yield line, line.strip() != mark
            mark = "" if line.strip() == mark else mark
            continue
        found = re.match(r"banner \S+ ([~#@|%])$", line.strip())
        mark = found[1] if found else ""
        yield line, bool(found)
