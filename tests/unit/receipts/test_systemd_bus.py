"""Questions to systemd are, byte for byte, those it answered on a real host; its answers are read whole or refused."""

from __future__ import annotations

import json
import os
import socket
import threading
import time
from base64 import b64decode
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from estate.receipts import systemd_bus

RECORDED = json.loads(Path(__file__).with_suffix(".json").with_stem("systemd_bus").read_text("utf-8"))
ASKED, SAID = b64decode(RECORDED["asked"]), b64decode(RECORDED["said"])
UNITS = list(RECORDED["answers"])
Server = Callable[[bytes], bytearray]


@pytest.fixture
def systemd(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    """Lets a socket say what was recorded, in small pieces, and keeps what it was asked."""
    threads = []
    monkeypatch.setattr(systemd_bus, "SOCKET", str(tmp_path / "private"))
    monkeypatch.setattr(systemd_bus, "FOLDERS", (str(tmp_path),))
    monkeypatch.setattr(os, "getuid", lambda: 0)

    def says(words: bytes) -> bytearray:
        asked = bytearray()
        listening = socket.socket(socket.AF_UNIX)
        listening.bind(systemd_bus.SOCKET)
        listening.listen()

        def serve() -> None:
            connection, _ = listening.accept()
            with listening, connection:
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


def test_a_real_conversation_is_held_and_read_as_systemctl_tells_it(systemd: Server) -> None:
    asked = systemd(SAID)
    question = systemd_bus.Asked(UNITS)
    assert question.answers() == RECORDED["answers"]
    question.socket.close()
    deadline = time.monotonic() + 30
    while len(asked) < len(ASKED) and time.monotonic() < deadline:
        time.sleep(0.01)
    assert bytes(asked) == ASKED


def test_whether_files_have_to_be_read_anew_is_not_asked_where_none_is_newer(
    systemd: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(systemd_bus, "FOLDERS", ())
    asked = systemd(SAID)
    question = systemd_bus.Asked(UNITS)
    assert question.answers() == RECORDED["answers"]
    question.socket.close()
    time.sleep(0.1)
    assert b"NeedDaemonReload" not in asked


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
    folder = tmp_path / "system"
    (folder / "web.service.d").mkdir(parents=True)
    (folder / "web.service").write_text("[Unit]\n")
    (folder / "web.service.d/own.conf").write_text("[Service]\n")
    (folder / "gone.service").symlink_to("nowhere")
    (folder / "masked.service").symlink_to("/dev/null")
    changes: tuple[Callable[[], object], ...] = (
        lambda: (folder / "web.service").write_text("[Service]\n"),
        lambda: (folder / "web.service.d/own.conf").write_text("[Unit]\n"),
        lambda: (folder / "web.service.d/other.conf").touch(),
        lambda: (folder / "gone.service").unlink(),
        lambda: (folder / "web.service").chmod(0o600),
    )
    for change in changes:
        time.sleep(0.02)  # the clock of files goes in steps
        before = time.time_ns()
        time.sleep(0.02)
        assert not systemd_bus.newer(str(folder), before)
        change()
        assert systemd_bus.newer(str(folder), before)
    assert not systemd_bus.newer(str(tmp_path / "none"), 0)
