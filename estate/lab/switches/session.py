"""Brings a console to one SSH session, letter by letter: echo, pages, hidden answers, keys, and a cut wire."""

from __future__ import annotations

import asyncio
import re
from contextlib import suppress
from typing import TYPE_CHECKING

import asyncssh

from estate.lab.switches.console import Answer, Ask, Console

if TYPE_CHECKING:
    from estate.lab.switches.machine import Machine

_CONTROL = re.compile(r"[\r\n\b\x7f\x03\x15\x1a]")


class Session(asyncssh.SSHServerSession[bytes]):
    """Is one administrator at the switch. Text is bytes (latin-1 both ways): a switch knows no encoding."""

    def __init__(self, machine: Machine, user: str) -> None:
        self.machine, self.user = machine, user
        self.console = Console(machine, user, machine.level)
        self.spec = machine.vendor.data["terminal"]
        self._typed = ""
        self._after_return = False
        self._wake = asyncio.Event()
        self._unsent = b""
        self._task: asyncio.Task[None] | None = None

    # --- asyncssh ---------------------------------------------------------------------------------------------
    def connection_made(self, chan: asyncssh.SSHServerChannel[bytes]) -> None:
        """Remembers the channel."""
        self._chan = chan

    def pty_requested(self, *_: object) -> bool:
        """Any terminal will do."""
        return True

    def shell_requested(self) -> bool:
        """There is only a shell."""
        return True

    def session_started(self) -> None:
        """Begins to talk."""
        self.machine.terminals.append(self)
        self._task = asyncio.get_running_loop().create_task(self._talk())

    def data_received(self, data: bytes, datatype: int | None) -> None:
        """Keeps what was typed until somebody reads it."""
        self._typed += data.decode("latin-1")
        self._wake.set()

    def eof_received(self) -> bool:
        """Ends when the client does."""
        return False

    def connection_lost(self, exc: Exception | None) -> None:
        """Forgets the session, and gives back what it held."""
        if self in self.machine.terminals:
            self.machine.terminals.remove(self)
        if self.machine.lock is self.console:
            self.machine.lock = None
        if self._task:
            self._task.cancel()

    # --- the switch's side ------------------------------------------------------------------------------------
    @property
    def monitors(self) -> bool:
        """Tells whether log lines are shown here."""
        return self.console.monitors

    def notify(self, text: str) -> None:
        """Shows a message in the middle of whatever stands there."""
        self.write(f"\n{text}\n")

    def abort(self) -> None:
        """Resets the connection."""
        self._chan.get_connection().abort()

    def write(self, text: str) -> None:
        """Sends text; while the wire is cut it waits, like TCP."""
        self._unsent += text.replace("\n", "\r\n").encode("latin-1", "replace")
        if self.machine.path.is_set() and not self._chan.is_closing():
            self._chan.write(self._unsent)
            self._unsent = b""

    async def _input(self) -> None:
        """Waits until something was typed and the wire carries it."""
        while not self._typed or not self.machine.path.is_set():
            await self.machine.path.wait()
            if self._unsent:
                self.write("")
            self._wake.clear()
            if not self._typed:
                await self._wake.wait()

    async def _line(self, hidden: bool = False) -> str:
        """Returns the next line typed, echoed unless hidden."""
        text = ""
        delayed = False
        while True:
            await self._input()
            if self.machine.faults.echo_seconds and not delayed:
                delayed = True
                await asyncio.sleep(self.machine.faults.echo_seconds)
            found = _CONTROL.search(self._typed)
            plain, key = (self._typed[: found.start()], found.group()) if found else (self._typed, "")
            self._typed = self._typed[len(plain) + len(key) :]
            if self._after_return and key == "\n" and not plain:
                self._after_return = False
                continue
            self._after_return = key == "\r"
            text += plain
            if not hidden:
                self.write(plain)
            match key:
                case "\r" | "\n":
                    self.write("\n")
                    return text
                case "\x03" | "\x1a":
                    self.write(("^C" if key == "\x03" else "^Z") + "\n")
                    return text + "\x03" if key == "\x03" else "end"
                case "\b" | "\x7f" if text:
                    text = text[:-1]
                    self.write("" if hidden else "\b \b")
                case "\x15":
                    self.write("" if hidden else "\b \b" * len(text))
                    text = ""

    async def _key(self, only: str = "") -> str:
        """Returns the next key typed, without echo; others than `only` (if given) are not noticed."""
        while True:
            await self._input()
            key, self._typed = self._typed[0], self._typed[1:]
            second = self._after_return and key == "\n"
            self._after_return = key == "\r"
            if not second and (not only or key in only):
                return key

    async def _page(self, text: str) -> None:
        """Shows an answer, a page at a time."""
        shown, page, ready = 0, self.console.page, ""
        for line in self.console.show_page(text):
            if page and self.spec["pages"] and shown >= page - 1:
                self.write(ready + self.spec["more"])
                ready = ""
                key = await self._key()
                self.write(self.spec["more_erased"])
                if key in self.spec["quit_keys"]:
                    return
                shown = 0 if key == " " else page - 2
            ready += f"{line}\n"
            shown += 1
        self.write(ready)  # as much as fits into a packet at once, as switches do

    async def _answer(self, answer: Answer) -> None:
        """Shows what the switch says, and asks what it asks."""
        while isinstance(answer, Ask):
            self.write(answer.text)
            if answer.key:
                given = await self._key(self.machine.vendor.data["answer_keys"])
                self.write(f"{given if given.isprintable() else ''}\n")
            else:
                given = await self._line(hidden=answer.hidden)
            answer = answer.then(given)
        if answer:
            await self._page(answer)

    async def _talk(self) -> None:
        with suppress(asyncio.CancelledError):
            await self._greet()
            while not self.console.ended:
                self._prompt()
                line = await self._line()
                if line.endswith("\x03"):
                    continue
                await self._take(line)
            if not self._chan.is_closing():
                self._chan.exit(0)

    async def _greet(self) -> None:
        models = self.machine.vendor.data["models"]
        facts = {"model": self.machine.model, "title": "", **models[self.machine.model]}
        self.write(self.spec["greeting"].format(**facts))
        if self.spec["continue"]:
            self.write(self.spec["continue"])
            await self._key()
        mark = self.spec["banner_mark"]
        banner = self.machine.running[""].get(self.spec["banner"], "").partition(mark)[2].removesuffix(mark)
        self.write("".join(f"\n{text}" for text in (banner, self.machine.faults.banner) if text) + "\n")

    def _prompt(self) -> None:
        faults, prompt = self.machine.faults, self.spec["prompt_prefix"] + self.console.prompt
        if faults.log_noise and faults.log_noise_at == "prompt" and self.console.level > 1:
            self.write(f"{prompt[: len(prompt) // 2]}\n{faults.log_noise}\n")
        self.write(prompt)

    async def _take(self, line: str) -> None:
        """Runs one line, with what is broken on purpose."""
        faults = self.machine.faults
        if faults.answer_seconds:
            await asyncio.sleep(faults.answer_seconds)
        if faults.log_noise and faults.log_noise_at == "output" and line.strip():
            self.write(f"\n{faults.log_noise}\n")
        before = self.console.lines_taken
        answer = self.console.execute(line)
        if taken := self.console.lines_taken - before and self.console.lines_taken:
            if taken == faults.drop_after:
                self.abort()
            elif taken == faults.power_cut_after:
                self.machine.power_cut()
            elif taken == faults.silent_after:
                self.machine.cut(True)
        await self._answer(answer)
