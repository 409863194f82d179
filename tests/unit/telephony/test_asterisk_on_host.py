"""Asterisk is asked over its control socket: its answer is given whole, and none is told as that."""

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from pyinfra_deploys.facts import asterisk_on_host as asterisk

Do = Callable[[socket.socket], None]


@contextmanager
def console(do: Do, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Takes one question as the console of Asterisk does: it names itself first, and closes at the end."""
    place = str(tmp_path / "asterisk.ctl")
    monkeypatch.setattr(asterisk, "SOCKET", place)
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(place)
        server.listen()

        def serve() -> None:
            with server.accept()[0] as way:
                way.sendall(b"pbx1/812/22.4.1~dfsg+~cs6.15\n")
                do(way)

        serving = threading.Thread(target=serve)
        serving.start()
        yield
        serving.join()


def test_an_answer_longer_than_a_socket_holds_is_taken_whole_before_anybody_waits_for_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    told, done = list[bytes](), threading.Event()
    lines = "".join(f" Endpoint:  {number}  Not in use\n" for number in range(100_000))

    def answer(way: socket.socket) -> None:
        told.append(way.recv(1000))
        way.settimeout(5)  # it drops what nobody takes
        way.sendall(lines.encode())
        done.set()

    with console(answer, tmp_path, monkeypatch):
        waiting = asterisk.asking("pjsip list endpoints")
        assert done.wait(10)
        assert waiting() == lines
    assert told == [b"cli quit after pjsip list endpoints\0"]


def test_nobody_who_listens_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(asterisk, "SOCKET", str(tmp_path / "none"))
    assert not asterisk.running()
    with pytest.raises(asterisk.FaultError, match="asked 'queue show': No such file or directory"):
        asterisk.asked("queue show")


def test_one_that_hangs_is_given_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(asterisk, "SECONDS", 0.1)
    over = threading.Event()
    with console(lambda _: over.wait(10) and None, tmp_path, monkeypatch):
        with pytest.raises(asterisk.FaultError, match="asked 'voicemail reload': timed out"):
            asterisk.asked("voicemail reload")
        over.set()


def test_one_that_dies_before_it_answers_does_not_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with console(lambda _: None, tmp_path, monkeypatch):
        assert not asterisk.running()
