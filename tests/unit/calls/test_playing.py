"""Steps turn what telephones tell into a verdict; a telephone here is a record of events, not a program."""

import threading
from pathlib import Path
from typing import Any

import pytest

from exporters.call_check import Desk
from exporters.call_phone import Event, Line, Phone
from exporters.call_raw import _code
from exporters.call_scene import MissedError
from exporters.call_steps import VERBS, Play
from exporters.call_tones import write_tone


class Played(Phone):
    """Answers commands with the events it was given, and records a tone."""

    said: list[str]

    def say(self, command: str, params: str = "") -> None:
        """Keeps the command."""
        self.__dict__.setdefault("said", []).append(command)

    def tells(self, kind: str, at: float = 0.0, **told: Any) -> None:
        """Adds an event."""
        self._note({"event": True, "type": kind, "id": "1", **told})
        self.events[-1] = Event(at, kind, "1", self.events[-1].told)


@pytest.fixture
def play(tmp_path: Path) -> Play:
    """Gives a play of two telephones, each of which heard the other for two seconds."""
    tones = {"A": 520.0, "B": 600.0}
    phones = {
        name: Played(Line(name, name, "s", "192.0.2.1", tone=hertz), tmp_path / name, number)
        for number, (name, hertz) in enumerate(tones.items())
    }
    for name, other in (("A", "B"), ("B", "A")):
        (tmp_path / name).mkdir()
        write_tone(tmp_path / name / "dump-1-dec.wav", tones[other], 2)
    return Play(phones, {"measuring": 440.0}, marks=dict.fromkeys(phones, 0))


def test_both_sides_have_to_hear_the_other(play: Play, tmp_path: Path) -> None:
    """One mute side is a failure, and the verdict says who heard nothing."""
    play.talk(["A", "B"], 0.01)
    play.least = dict.fromkeys(play.least, 1.5)
    play.weigh()
    assert play.sound
    write_tone(tmp_path / "B" / "dump-1-dec.wav", 0, 2)
    with pytest.raises(MissedError, match=r"expected B hears A for 0\.9 s; found 0\.0 s of it"):
        play.weigh()
    assert play.sound is False


def test_who_has_to_hear_something_must_not_hear_silence(play: Play, tmp_path: Path) -> None:
    """What has to be heard is said by itself, however long the telephone listens."""
    play.sounds("A", seconds=1.2, within=0.01)
    play.weigh()
    assert play.sound
    write_tone(tmp_path / "A" / "dump-1-dec.wav", 520, 1)
    with pytest.raises(MissedError, match=r"expected A hears something for 1\.2 s; found 1\.0 s of it"):
        play.weigh()


def test_who_is_on_hold_must_not_hear_the_other(play: Play) -> None:
    """Two seconds were heard, where half a second was allowed."""
    play.least["A", "B"], play.most["A", "B"] = 0.5, 0.6
    with pytest.raises(MissedError, match="at most"):
        play.weigh()


@pytest.mark.parametrize(
    ("step", "found"),
    [
        ({"who": "A", "after": 3.0}, "it rang after 1.0 s"),
        ({"who": "A", "shown": "5991"}, "it shows 5990"),
        ({"who": "A", "name": "Ayse"}, "it shows 'Ali'"),
        ({"who": "B", "within": 0.01}, "it did not ring"),
    ],
)
def test_a_telephone_that_rings_wrongly_is_told(play: Play, step: dict[str, Any], found: str) -> None:
    """Too early, under a wrong number or name, or not at all."""
    phone = play.phones["A"]
    assert isinstance(phone, Played)
    phone.tells("CALL_INCOMING", 11.0, peeruri="sip:5990@192.0.2.1", peerdisplayname="Ali")
    play.dialled["B"] = 10.0
    with pytest.raises(MissedError) as missed:
        play.rings(**step)
    assert missed.value.found == found


def test_the_wrong_order_is_told(play: Play) -> None:
    """A member that rings while it is not its turn."""
    phone = play.phones["B"]
    assert isinstance(phone, Played)
    phone.tells("CALL_INCOMING", 11.0)
    with pytest.raises(MissedError, match="B does not ring"):
        play.quiet("B", 0.01)


@pytest.mark.parametrize(
    ("kind", "told", "found"),
    [
        ("CALL_ESTABLISHED", "", "it was answered"),
        ("CALL_CLOSED", "404 Not Found", "it ended: 404 Not Found"),
    ],
)
def test_a_call_that_should_be_refused_has_to_be(play: Play, kind: str, told: str, found: str) -> None:
    """With the answer that was expected, and no other."""
    phone = play.phones["A"]
    assert isinstance(phone, Played)
    told_later = threading.Timer(0.05, lambda: phone.tells(kind, 1.0, param=told))
    told_later.start()
    with pytest.raises(MissedError) as missed:
        play.refused("A", "0112", 403, within=1)
    assert missed.value.found == found


def test_scenarios_share_no_telephone_at_once() -> None:
    """Two lines of one extension are one telephone; what is free goes first."""
    desk = Desk({}, {})
    waiting = [{"lines": ["A"]}, {"lines": ["A.tls", "B"]}, {"lines": ["C"], "alone": ["D"]}]
    left = [0, 1, 2]
    assert [desk._next(left, waiting), desk._next(left, waiting)] == [0, 2]
    assert desk.lent == {"A", "C", "D"}
    assert left == [1]


def test_the_second_try_takes_back_first_what_an_ended_round_left(
    play: Play, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of its own telephones alone; one that passes at once dials nothing more."""
    undo = [{"code": {"who": who, "to": to}} for who, to in (("A", "*73"), ("C", "*73"), ("A", "*79"))]
    desk = Desk(play.phones, {}, undo)
    dialled: list[str] = []
    monkeypatch.setattr(Desk, "_ready", lambda *_: None)
    monkeypatch.setattr(Desk, "_tidy", lambda *_: None)
    monkeypatch.setitem(VERBS, "code", lambda _, who, to: dialled.append(f"{who} {to}"))

    def quiet(_: Play, who: str) -> None:
        if "A *79" not in dialled:
            raise MissedError("it rings", "it did not ring")

    monkeypatch.setitem(VERBS, "quiet", quiet)
    scenario = {"id": "internal", "lines": ["A", "B"], "steps": [{"quiet": "A"}]}
    told = desk.judge(scenario)
    assert (told["result"], dialled) == ("passed", ["A *73", "A *79"])
    assert "at the first: it did not ring" in told["found"]
    desk.judge(scenario)
    assert dialled == ["A *73", "A *79"]


def test_a_code_is_read_from_an_answer() -> None:
    """Nothing that arrives is no code."""
    assert (_code("SIP/2.0 401 Unauthorized\r\n"), _code("")) == (401, 0)


TRACE = """
UDP 10.40.20.70:5060 -> 10.40.20.20:30020
SIP/2.0 200 OK
Via: SIP/2.0/UDP 10.40.20.20:30020;branch=z9
Call-ID: first
From: <sip:5990@x>;tag=there1
To: <sip:5991-0x1@y>;tag=own1
CSeq: 7 INVITE

SIP/2.0 200 OK\r
Call-ID: second\r
From: <sip:5991@x>;tag=own2\r
To: <sip:5992@x>;tag=there2\r
CSeq: 9 BYE\r
\r
SIP/2.0 200 OK\r
Call-ID: second\r
From: "B" <sip:5991@x>;tag=own2\r
To: <sip:5992@x>;tag=there/2\r
CSeq: 8 INVITE\r
\r
v=0
"""


def test_who_hands_over_names_the_second_call_and_begins_with_the_first(play: Play, tmp_path: Path) -> None:
    """An address cannot hold a semicolon; without a second call there is nothing to hand over."""
    phone = play.phones["B"]
    assert isinstance(phone, Played)
    (tmp_path / "B" / "log").write_text(TRACE, "utf-8")
    phone._note({"event": True, "type": "CALL_INCOMING", "id": "first"})
    with pytest.raises(MissedError, match="1 calls"):
        play.hand_over("B", "5992")
    phone._note({"event": True, "type": "CALL_OUTGOING", "id": "second"})
    told: list[tuple[str, str]] = []
    phone.__dict__["say"] = lambda command, params="": told.append((command, params))
    play.hand_over("B", "5992")
    there = "second%3Bto-tag%3Dthere%2F2%3Bfrom-tag%3Down2"
    assert told == [("callfind", "first"), ("transfer", f"sip:5992@192.0.2.1?Replaces={there}")]
