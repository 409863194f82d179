"""Questions to systemd are, byte for byte, those it answered on a real host; its answers are read whole or refused."""

from __future__ import annotations

import json
import os
import socket
import threading
import time
from base64 import b64decode
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from estate.receipts import systemd_bus

RECORDED = json.loads(Path(__file__).with_suffix(".json").with_stem("systemd_bus").read_text("utf-8"))
ASKED, SAID = b64decode(RECORDED["asked"]), b64decode(RECORDED["said"])
UNITS = list(RECORDED["answers"])
ANSWER = b"l\2\1\1"
"""How a message begins that answers."""
READ, UP = 1795771925432334000, 15392011375000
"""When the recorded host had read its units last: ns since 1970, and since it started."""
Server = Callable[[bytes], bytearray]


@pytest.fixture
def systemd(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    """Lets a socket say what was recorded, in small pieces, and keeps what it was asked."""
    threads = []
    monkeypatch.setattr(systemd_bus, "SOCKET", str(tmp_path / "private"))
    monkeypatch.setattr(systemd_bus, "PLACES", (str(tmp_path),))
    monkeypatch.setattr(os, "getuid", lambda: 0)

    def says(words: bytes) -> bytearray:
        asked = bytearray()
        listening = socket.socket(socket.AF_UNIX)
        listening.bind(systemd_bus.SOCKET)
        listening.listen()

        def serve() -> None:
            connection, _ = listening.accept()
            with listening, connection:
                with suppress(BrokenPipeError):  # who was answered may have enough
                    for at in range(0, len(words), 100):
                        connection.sendall(words[at : at + 100])
                    connection.shutdown(socket.SHUT_WR)
                while more := connection.recv(4096):
                    asked.extend(more)

        threads.append(threading.Thread(target=serve))
        threads[-1].start()
        return asked

    yield says
    for thread in threads:
        thread.join(30)


def _all(asked: bytearray, seen: Callable[[], bool]) -> bool:
    """Waits until the server has read what it was sent."""
    deadline = time.monotonic() + 30
    while not seen() and time.monotonic() < deadline:
        time.sleep(0.01)
    return seen()


def test_a_real_conversation_is_held_and_read_as_systemctl_tells_it(systemd: Server) -> None:
    asked = systemd(SAID)
    question = systemd_bus.Asked(UNITS)
    assert question.answers() == RECORDED["answers"]
    question.socket.close()
    assert _all(asked, lambda: bytes(asked) == ASKED)


def test_whether_files_have_to_be_read_anew_is_not_asked_where_none_is_newer(
    systemd: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(systemd_bus, "PLACES", ())
    head, *answers = SAID.split(ANSWER)
    first = 2 + 3 * len(UNITS)
    asked = systemd(ANSWER.join([head, *answers[:first]]))
    question = systemd_bus.Asked(UNITS)
    assert question.answers() == RECORDED["answers"]
    question.socket.close()
    assert _all(asked, lambda: asked.endswith(b"\x0d\0\0\0UnitFileState\0"))
    assert bytes(asked) == ASKED[: len(asked)]


@pytest.mark.parametrize("shift", [0, -86400 * 10**9, 86400 * 10**9])
def test_the_last_reading_is_dated_by_the_clock_or_by_the_time_since_whichever_is_earlier(
    systemd: Server, monkeypatch: pytest.MonkeyPatch, shift: int
) -> None:
    """What is found newer is asked about; a clock that was set since must hide nothing."""
    moments: list[int] = []
    monkeypatch.setattr(systemd_bus, "newer", lambda _, moment: bool(moments.append(moment)) or True)
    monkeypatch.setattr(systemd_bus.time, "time_ns", lambda: READ + 10**11 + shift)
    monkeypatch.setattr(systemd_bus.time, "monotonic_ns", lambda: UP + 10**11)
    systemd(SAID)
    assert systemd_bus.Asked(UNITS).answers() == RECORDED["answers"]
    assert moments == [READ + min(0, shift)]


@pytest.mark.parametrize("words", [b"", SAID[:40], SAID[:500], SAID[:-1]])
def test_a_systemd_that_breaks_off_is_an_error_and_no_answer(systemd: Server, words: bytes) -> None:
    systemd(words)
    with pytest.raises(OSError, match=r"systemd does not answer on this host: "):
        systemd_bus.Asked(UNITS).answers()


def test_a_host_without_systemd_is_an_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(systemd_bus, "SOCKET", str(tmp_path / "none"))
    with pytest.raises(OSError, match=r"systemd does not answer on this host: .*No such file"):
        systemd_bus.Asked(UNITS)


def test_a_folder_is_newer_by_what_was_added_changed_or_removed_in_it_or_below(tmp_path: Path) -> None:
    folder, elsewhere = tmp_path / "system", tmp_path / "elsewhere"
    for one in (folder / "web.service.d", elsewhere):
        one.mkdir(parents=True)
    (folder / "web.service").write_text("[Unit]\n")
    (folder / "web.service.d/own.conf").write_text("[Service]\n")
    (folder / "masked.service").symlink_to("/dev/null")
    (elsewhere / "own.conf").write_text("[Unit]\n")
    (folder / "linked.service.d").symlink_to(elsewhere)
    changes: tuple[Callable[[], object], ...] = (
        lambda: (folder / "web.service").write_text("[Service]\n"),
        lambda: (folder / "web.service.d/own.conf").write_text("[Unit]\n"),
        lambda: (folder / "web.service.d/other.conf").touch(),
        lambda: (folder / "masked.service").unlink(),
        lambda: (folder / "web.service").chmod(0o600),
        lambda: (elsewhere / "own.conf").write_text("[Service]\n"),
    )
    for change in changes:
        time.sleep(0.02)  # the clock of files goes in steps
        before = time.time_ns()
        time.sleep(0.02)
        assert not systemd_bus.newer(str(folder), before)
        change()
        assert systemd_bus.newer(str(folder), before)


@pytest.mark.parametrize("goal", ["nowhere", "round"])
def test_a_link_of_which_nothing_can_be_told_counts_as_newer(tmp_path: Path, goal: str) -> None:
    (tmp_path / "round").symlink_to(goal)
    assert systemd_bus.newer(str(tmp_path), time.time_ns() + 10**12)


def test_a_name_without_a_kind_of_unit_is_a_service() -> None:
    assert [
        systemd_bus.path(name).rpartition("/")[2] for name in ("ssh", "php8.3-fpm", "a-b.timer", "9x")
    ] == [
        "ssh_2eservice",
        "php8_2e3_2dfpm_2eservice",
        "a_2db_2etimer",
        "_39x_2eservice",
    ]
