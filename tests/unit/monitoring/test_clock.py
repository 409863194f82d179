"""A clock is compared with what a directory really says, and a directory that says nothing is no difference of 0."""

import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from exporters import clock

# What Samba 4.22 answers: one entry with the attribute, then the end of the search.
HEAD = b'0-\x02\x01\x01d(\x04\x000$0"\x04\x0bcurrentTime1\x13\x04\x11'
END = b"0\x0c\x02\x01\x01e\x07\n\x01\x00\x04\x00\x04\x00"


def says(shift: float) -> bytes:
    """Gives the answer of a directory whose clock is ahead by so many seconds."""
    return HEAD + time.strftime("%Y%m%d%H%M%S.0Z", time.gmtime(time.time() + shift)).encode() + END


@contextmanager
def directory(answer: Callable[[], list[bytes]]) -> Iterator[int]:
    """Stands in for a directory that answers one question piece by piece; gives its port."""
    with socket.create_server(("127.0.0.1", 0)) as door:

        def serve() -> None:
            caller, _ = door.accept()
            with caller:
                assert caller.recv(4096) == clock.REQUEST
                for piece in answer():
                    caller.sendall(piece)
                    time.sleep(0.05)

        thread = threading.Thread(target=serve)
        thread.start()
        yield door.getsockname()[1]
        thread.join()


@pytest.mark.parametrize("shift", [0, 90, -90, 360])
def test_the_difference_is_measured_with_its_sign(shift: int) -> None:
    """A stand-in says another time: the machines of a test share one clock, which nobody may set."""
    with directory(lambda: [says(shift)]) as port:
        found = clock.offset(lambda: clock.told("127.0.0.1", port))
    assert found == pytest.approx(-shift, abs=2)


def test_an_answer_in_pieces_is_one_answer() -> None:
    with directory(lambda: [says(0)[:35], says(0)[35:]]) as port:
        assert clock.told("127.0.0.1", port) == pytest.approx(time.time(), abs=3)


def test_the_question_is_the_one_that_ldap_knows() -> None:
    assert (clock.REQUEST[1], clock.REQUEST[6]) == (len(clock.REQUEST) - 2, len(clock.REQUEST) - 7)


@pytest.mark.parametrize("answer", [[], [END], [b"currentTime 20261130090000.0Z"]])
def test_what_is_no_answer_measures_nothing(
    answer: list[bytes], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    place = tmp_path / "clock.prom"
    with directory(lambda: answer) as port:
        words = [
            "clock",
            "--server",
            "dir1",
            "--address",
            "127.0.0.1",
            "--port",
            str(port),
            "--textfile",
            str(place),
        ]
        monkeypatch.setattr("sys.argv", words)
        assert clock.main() == 1
    text = place.read_text("utf-8")
    assert 'bim_clock_check_success{server="dir1"} 0.0' in text and "bim_clock_offset_seconds{" not in text
    assert "dir1: 127.0.0.1" in capsys.readouterr().err
