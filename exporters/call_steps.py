"""Plays one scenario on telephones, step by step; a verb that a step may begin with is a method (docs/calls.md)."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from exporters import call_dialog, call_raw
from exporters.call_scene import ANSWERED, OVER, SOON, MissedError, Scene, said

Step = Mapping[str, Any]


class Play(Scene):
    """Takes the steps of one scenario."""

    def play(self, steps: Sequence[Step]) -> None:
        """Takes every step in turn, then weighs what was heard; raises MissedError at the first thing amiss."""
        for name, phone in self.phones.items():
            self.marks[name] = phone.mark()
        for step in steps:
            self.take(step)
        self.weigh()

    def take(self, step: Step) -> None:
        """Takes one step: its first key is the verb."""
        verb, told = next(iter(step.items()))
        asked = dict(told) if isinstance(told, Mapping) else {"who": told}
        VERBS[verb](self, **asked)

    def call(self, who: str, to: str) -> None:
        """Dials."""
        phone = self.phones[who]
        self.marks[who] = phone.mark()
        self.dialled[who] = time.monotonic()
        phone.say("dial", phone.line.target(to))

    def rings(
        self, who: str, within: float = SOON, after: float = 0, shown: str = "", name: str = ""
    ) -> None:
        """Awaits that a telephone rings, not sooner than `after`, and that it shows this number, this name."""
        phone, began = self.phones[who], max(self.dialled.values(), default=time.monotonic())
        event = phone.wait(self.marks[who], lambda e: e.kind == "CALL_INCOMING", within)
        if event is None:
            raise MissedError(f"{who} rings within {within:g} s", "it did not ring")
        if event.at - began < after:
            raise MissedError(f"{who} rings after {after:g} s", f"it rang after {event.at - began:.1f} s")
        caller = str(event.told.get("peeruri", "")).removeprefix("sip:").partition("@")[0]
        if shown and caller != shown:
            raise MissedError(f"{who} shows {shown}", f"it shows {caller}")
        if name and event.told.get("peerdisplayname") != name:
            raise MissedError(f"{who} shows {name!r}", f"it shows {event.told.get('peerdisplayname')!r}")

    def quiet(self, who: str, seconds: float = 1.0) -> None:
        """Awaits that a telephone does not ring in these seconds, nor rang before."""
        if self.phones[who].wait(self.marks[who], lambda e: e.kind == "CALL_INCOMING", seconds):
            raise MissedError(f"{who} does not ring", "it rang")

    def stops(self, who: str, within: float = SOON) -> None:
        """Awaits that a telephone that rang stops, and looks on from there."""
        self.over(who, within)
        self.marks[who] = self.phones[who].mark()

    def answer(self, who: str) -> None:
        """Lifts the receiver of a telephone that rings, and awaits that it is connected."""
        phone = self.phones[who]
        phone.say("accept")
        if phone.wait(self.marks[who], lambda e: e.kind == ANSWERED, SOON) is None:
            raise MissedError(f"{who} is connected when it answers", "it was not")

    def again(self, who: str) -> None:
        """Forgets that a telephone rang or was called before."""
        self.marks[who] = self.phones[who].mark()

    def lossless(self, most: float) -> None:
        """Bounds what part of the packets of this scenario may be lost; nothing measured is not enough."""
        self.bearable = most

    def sealed(self, who: str) -> None:
        """Awaits that the sound of a telephone is encrypted."""
        if self.first(who, ("SEALED",), SOON) is None:
            raise MissedError(f"{who} talks in SRTP", "it does not")

    def reject(self, who: str) -> None:
        """Turns a call away that rings."""
        self.phones[who].say("hangup")

    def up(self, who: str, within: float = SOON) -> None:
        """Awaits that the call which a telephone dialled is answered."""
        event = self.first(who, (ANSWERED, OVER), within)
        if event is None or event.kind != ANSWERED:
            raise MissedError(f"{who} is answered within {within:g} s", said(event))

    def progress(self, who: str, within: float = SOON) -> None:
        """Awaits that a telephone which dialled is told that it rings elsewhere."""
        kinds = ("CALL_RINGING", "CALL_PROGRESS", ANSWERED, OVER)
        event = self.first(who, kinds, within)
        if event is None or event.kind == OVER:
            raise MissedError(f"{who} hears it ringing within {within:g} s", said(event))

    def talk(self, between: list[str], seconds: float = 1.5) -> None:
        """Lets two telephones talk; each has to hear the other's tone for that long."""
        one, other = between
        self.hear(one, other, 0)
        self.hear(other, one, 0)
        time.sleep(seconds)
        self.least[one, other] += seconds
        self.least[other, one] += seconds

    def hear(self, who: str, tone: str, seconds: float = 1.5) -> None:
        """Lets a telephone listen; it has to hear the tone of another, or of a name, for that long."""
        time.sleep(seconds)
        self.least[who, tone] = self.least.get((who, tone), 0) + seconds

    def sounds(self, who: str, seconds: float, within: float) -> None:
        """Lets a telephone listen for some time, in which it has to hear anything for so many seconds."""
        time.sleep(within)
        self.loud[who] = self.loud.get(who, 0) + seconds

    def deaf(self, who: str, tone: str, seconds: float = 1.5) -> None:
        """Lets a telephone listen; in this time it must not hear the tone: no more of it in all than it has to."""
        time.sleep(seconds)
        self.most[who, tone] = seconds

    def ends(self, who: str, within: float = SOON, code: int | list[int] | None = None) -> None:
        """Awaits that a call is over, turned away with this answer of SIP, one of these, or (0) hung up."""
        event = self.over(who, within)
        wanted = [code] if isinstance(code, int) else code
        if wanted is not None and event.code not in wanted:
            raise MissedError(f"{who} is told {' or '.join(map(str, wanted))}", said(event))

    def hangup(self, who: str) -> None:
        """Puts the receiver down, and awaits that the call is over."""
        phone = self.phones[who]
        for _ in range(max(1, len(phone.open_calls()))):
            phone.say("hangup")
        if not phone.settled(SOON):
            raise MissedError(f"{who} hangs up", "its call goes on")

    def keys(self, who: str, digits: str, pause: float = 0.25) -> None:
        """Presses keys during a call; `PIN` stands for the telephone's own."""
        phone = self.phones[who]
        for digit in digits.replace("PIN", phone.line.pin):
            phone.say("sndcode", digit)
            time.sleep(pause)

    def meet(
        self, who: str, answers: str, to: str, shown: str = "", within: float = SOON, seconds: float = 1.2
    ) -> None:
        """Dials, awaits that the other rings and answers, and lets both talk."""
        self.call(who, to)
        self.rings(answers, within, shown=shown)
        self.answer(answers)
        self.up(who)
        self.talk([who, answers], seconds)

    def part(self, who: str, other: str) -> None:
        """Hangs up, and awaits that the other side is told."""
        self.hangup(who)
        self.ends(other)

    def code(self, who: str, to: str, within: float = SOON) -> None:
        """Dials what sets something in the exchange, which says yes by answering."""
        self.call(who, to)
        self.up(who, within)
        self.ends(who)

    def reaches(self, who: str, to: str, tone: str, seconds: float = 1.2, within: float = SOON) -> None:
        """Dials what answers by itself, and listens to its tone."""
        self.call(who, to)
        self.up(who, within)
        self.hear(who, tone, seconds)
        self.hangup(who)

    def refused(self, who: str, to: str, code: int | list[int], within: float = 8) -> None:
        """Dials, and awaits to be turned away with this answer of SIP, after whatever is announced."""
        self.call(who, to)
        event = self.first(who, (ANSWERED, OVER), within)
        wanted = [code] if isinstance(code, int) else code
        if event is None or event.kind == ANSWERED or event.code not in wanted:
            found = "it was answered" if event and event.kind == ANSWERED else said(event)
            raise MissedError(f"{who} dials {to} and is told {' or '.join(map(str, wanted))}", found)

    def hold(self, who: str) -> None:
        """Puts the other side on hold."""
        self.phones[who].say("hold")

    def resume(self, who: str) -> None:
        """Takes the other side back from hold."""
        self.phones[who].say("resume")

    def transfer(self, who: str, to: str) -> None:
        """Sends the other side on to a number."""
        phone = self.phones[who]
        phone.say("transfer", phone.line.target(to))

    def hand_over(self, who: str, to: str) -> None:
        """Gives the other side of its first call to that of the second, whose number it dialled (attended transfer)."""
        phone = self.phones[who]
        calls = list(dict.fromkeys(event.call for event in phone.events if event.call in phone.open_calls()))
        known = call_dialog.replaces(phone.said(), calls[-1]) if len(calls) == 2 else None
        if known is None:
            raise MissedError(f"{who} has two calls, and the trace of the second", f"{len(calls)} calls")
        phone.say("callfind", calls[0])
        phone.say("transfer", f"{phone.line.target(to)}?Replaces={known}")

    def unplug(self, who: str) -> None:
        """Takes a telephone off the net."""
        self.phones[who].unplug()

    def plug(self, who: str, code: int = 200) -> None:
        """Puts a telephone on the net; its registration has to be answered with this."""
        if (found := self.phones[who].plug()) != code:
            raise MissedError(f"{who} is answered {code} when it registers", str(found or "no answer"))
        self.marks[who] = self.phones[who].mark()

    def wait(self, who: float) -> None:
        """Waits."""
        time.sleep(who)

    def digits(self, who: str, are: str, within: float = SOON) -> None:
        """Awaits that a telephone hears these keys pressed by the other side."""
        phone = self.phones[who]

        def pressed() -> str:
            events = phone.events[self.marks[who] :]
            return "".join(str(e.told.get("param")) for e in events if e.kind == "CALL_DTMF_START")

        phone.wait(0, lambda _: pressed() == are, within)
        if (found := pressed()) != are:
            raise MissedError(f"{who} hears the keys {are}", found or "none")

    def raw(
        self,
        to: str,
        method: str,
        uri: str,
        caller: str,
        codes: list[int],
        times: int = 1,
        guess: bool = False,
    ) -> None:
        """Sends requests to where a telephone registers; each has to be answered with one of these codes (0: not)."""
        line = self.phones[to].line
        uri = uri.replace("HOST", line.address)
        found = call_raw.asked(line.address, line.port, method, uri, caller, times, guess)
        if strange := [code for code in found if code not in codes]:
            raise MissedError(f"{method} {uri} by {caller} is answered {codes}", str(strange))

    def listen(self, who: str, tone: str, seconds: float, within: float) -> None:
        """Lets a telephone listen for some time, in which it has to hear a tone for so many seconds."""
        time.sleep(within)
        self.least[who, tone] = self.least.get((who, tone), 0) + seconds


VERBS: Mapping[str, Callable[..., None]] = {
    name: verb
    for name, verb in vars(Play).items()
    if callable(verb) and not name.startswith("_") and name not in ("play", "take")
}
"""Every verb that a step may begin with; the one thing a verb is told may stand without a name, for `who`."""
