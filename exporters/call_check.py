"""Proves a telephone exchange by placing real calls: plays scenarios on telephones and judges what each one heard.

    python3 -m exporters.call_check < question.json

The question: `lines` (by name: what `Line` takes), `authority` (PEM, for TLS), `tones` (Hz by name), `scenarios` (each
{id, lines, steps, always, alone, loose}), `at_once`, `faults` (a test seeds them: by line {"tone": Hz}),
`undo` (steps of telephones that take back what any scenario sets).
The answer on stdout: {"verdicts": [{id, result: passed|failed|error, expected, found, seconds, delay, audio, loss}]};
delay is the longest time in seconds from dialling to the first answer, audio whether all was heard that had to be, loss
the part of packets that did not arrive; null is not measured. Needs baresip. `always` is played after the steps,
whatever came of them, so that no telephone stays diverted. Nobody who reads the answer any more: all ends at once.
"""

from __future__ import annotations

import contextlib
import json
import os
import select
import shutil
import socket
import sys
import tempfile
import threading
import time
from collections.abc import Collection, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from exporters.call_phone import Line, Phone, PhoneError
from exporters.call_scene import MissedError
from exporters.call_steps import Play

Answer = dict[str, Any]
MARK = "\0estate-calls"
PATIENCE_SECONDS = 400.0


@dataclass
class Desk:
    """Holds the telephones of a run, and lends each to one scenario at a time."""

    phones: Mapping[str, Phone]
    tones: Mapping[str, float]
    undo: Collection[Mapping[str, Any]] = ()
    lent: set[str] = field(default_factory=set)
    free: threading.Condition = field(default_factory=threading.Condition)

    def judge(self, scenario: Mapping[str, Any]) -> Answer:
        """Plays one scenario, a second time when it does not pass: telephones fail too. The verdict tells of both.

        Before the second time its telephones take back what an earlier round left set when it was ended.
        """
        first = self._played(scenario)
        if first["result"] == "passed":
            return first
        second = self._played(scenario, self.undo)
        if second["result"] == "passed":
            second["found"] = f"as expected at the second try; at the first: {first['found']}"
        return second

    def _played(self, scenario: Mapping[str, Any], undo: Collection[Mapping[str, Any]] = ()) -> Answer:
        began = time.monotonic()
        play = Play({name: self.phones[name] for name in scenario["lines"]}, self.tones)
        told = {"result": "passed", "expected": "as it says", "found": "as expected"}
        try:
            self._ready(play, scenario.get("loose", ()))
            self._undone(play.phones, undo)
            play.play(scenario["steps"])
        except MissedError as missed:
            told = {"result": "failed", "expected": missed.expected, "found": missed.found}
        except (PhoneError, OSError, ValueError) as wrong:
            told = {"result": "error", "expected": "the telephones work", "found": str(wrong)}
        self._tidy(play, scenario.get("always", []))
        figures = play.figures
        return {
            "id": scenario["id"],
            **told,
            "seconds": round(time.monotonic() - began, 2),
            "delay": round(max(figures.delays), 3) if figures.delays else None,
            "audio": play.sound,
            "loss": round(figures.lost / figures.packets, 4) if figures.packets else None,
        }

    def _ready(self, play: Play, loose: Collection[str]) -> None:
        for name, phone in play.phones.items():
            same = self.phones.get(name.partition(".")[0])
            if same is not None and same.line.name not in play.phones:
                same.unplug()  # two telephones of one extension would take each other's calls
            if not phone.alive():
                phone.unplug()
            if name not in loose and phone.process is None and (code := phone.plug()) != 200:
                raise MissedError(f"{name} registers", f"answered {code or 'not at all'}")

    def _undone(self, phones: Mapping[str, Phone], steps: Collection[Mapping[str, Any]]) -> None:
        for step in steps:
            if next(iter(step.values()))["who"] in phones:
                with contextlib.suppress(MissedError, PhoneError, OSError):
                    Play(dict(phones), self.tones).take(step)

    def _tidy(self, play: Play, always: list[Mapping[str, Any]]) -> None:
        for phone in play.phones.values():
            with contextlib.suppress(OSError):
                phone.forget()
        for step in always:
            with contextlib.suppress(MissedError, PhoneError, OSError):
                play.take(step)
        for name, phone in play.phones.items():
            with contextlib.suppress(OSError):
                phone.forget()
            if "." in name:
                phone.unplug()

    def all(self, scenarios: list[Mapping[str, Any]], at_once: int) -> list[Answer]:
        """Plays every scenario, as many together as their telephones allow, and gives the verdicts in their order."""
        waiting = list(range(len(scenarios)))
        verdicts: dict[int, Answer] = {}

        def work() -> None:
            while (number := self._next(waiting, scenarios)) is not None:
                try:
                    verdicts[number] = self.judge(scenarios[number])
                finally:
                    with self.free:
                        self.lent -= _needs(scenarios[number])
                        self.free.notify_all()

        with ThreadPoolExecutor(at_once) as pool:
            for done in [pool.submit(work) for _ in range(at_once)]:
                done.result()
        return [verdicts[number] for number in sorted(verdicts)]

    def _next(self, waiting: list[int], scenarios: list[Mapping[str, Any]]) -> int | None:
        """Takes the first scenario whose telephones are all free and waits for one; None when none is left."""
        with self.free:
            while waiting:
                for number in waiting:
                    if not _needs(scenarios[number]) & self.lent:
                        waiting.remove(number)
                        self.lent |= _needs(scenarios[number])
                        return number
                self.free.wait(5)
            return None


def _needs(scenario: Mapping[str, Any]) -> set[str]:
    """Names what a scenario keeps to itself; two lines of one extension (`B`, `B.tls`) are one thing."""
    return {name.partition(".")[0] for name in [*scenario["lines"], *scenario.get("alone", [])]}


@contextlib.contextmanager
def alone(patience: float = PATIENCE_SECONDS) -> Iterator[None]:
    """Waits until no other round of calls is under way on this host: two would take each other's telephones.

    The mark is a socket without a file, which goes with its process however that ends. Raises PhoneError in the end.
    """
    deadline = time.monotonic() + patience
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as mark:
        while True:
            try:
                mark.bind(MARK)
                break
            except OSError:
                if time.monotonic() > deadline:
                    raise PhoneError(f"other proving calls are under way, {patience:.0f} s now") from None
            time.sleep(0.5)
        yield


def checked(question: Mapping[str, Any], folder: Path) -> Answer:
    """Answers one question, with recordings in a folder, after any other round; nothing stays running."""
    faults = question.get("faults", {})
    lines = [
        Line(**{**told, "name": name, **faults.get(name, {})}) for name, told in question["lines"].items()
    ]
    phones = {
        line.name: Phone(line, folder / line.name, number, question.get("authority", ""))
        for number, line in enumerate(lines)
    }
    used = {name for scenario in question["scenarios"] for name in scenario["lines"]}
    with alone():
        try:
            with ThreadPoolExecutor(8) as pool:
                list(pool.map(_try, [phones[name] for name in sorted(used) if "." not in name]))
            desk = Desk(phones, question.get("tones", {}), question.get("undo", ()))
            return {"verdicts": desk.all(question["scenarios"], int(question.get("at_once", 4)))}
        finally:
            for phone in phones.values():
                phone.unplug()


def _try(phone: Phone) -> None:
    """Plugs a telephone in; one that is refused is unplugged again, and its scenarios tell why."""
    with contextlib.suppress(PhoneError):
        if phone.plug() == 200:
            return
    phone.unplug()


def _end_with_reader(folder: str) -> None:
    """Waits until nobody reads the answer any more, as when an SSH connection is cut; ends all with its secrets."""
    answer = select.poll()
    answer.register(sys.stdout, 0)  # tells of an end that is closed, and of nothing else
    answer.poll()
    ended = f"{folder}.ended"  # a telephone that still writes does not find its folder any more
    with contextlib.suppress(OSError):
        Path(folder).rename(ended)
    shutil.rmtree(ended, ignore_errors=True)
    os._exit(1)  # the telephones sign off by themselves


def main() -> int:
    """Reads the question and prints the answer."""
    with tempfile.TemporaryDirectory(prefix="estate-calls-") as folder:
        threading.Thread(target=_end_with_reader, args=(folder,), daemon=True).start()
        json.dump(checked(json.load(sys.stdin), Path(folder)), sys.stdout)
    return 0


if __name__ == "__main__":
    sys.exit(main())
