"""A timer of the control host holds the drill that is due inside its window, on its own records, and tells people.

The control host cannot make machines, so it does here what a municipality's does: a switch that a person brought
hangs at its console, and the drill of a lost switch restores a capture on it. For this the host gets an environment of
its own, so that each step is the one taken outside the lab.
"""

from __future__ import annotations

import json
import re
import socket
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from estate.declared import load
from tests.lab import control_place
from tests.lab.control_place import CONTROL, DECLARED, NAME, VAR, as_estate, fired
from tests.lab.reaching import LAB, estate, ran, sure, until

pytestmark = pytest.mark.lab
ESTATE = load(LAB.inventory)
DRILL = next(drill for drill in ESTATE.drills if drill.of_a_switch)
MAIL, UNIT = "mail1", "estate-drills"
ALL_DAYS = "[mon, tue, wed, thu, fri, sat, sun]"


def _windows(days: str, spare: str) -> None:
    """Declares the spare switch where it hangs, its window on these days, and those of all others on no near day."""
    path = LAB.inventory / "estate/drills.yml"
    far = f"{datetime.now(UTC) + timedelta(days=3):%a}".lower()
    text = re.sub(r"window: \{days: \[.*?\]", f"window: {{days: [{far}]", path.read_text("utf-8"))
    before, own, rest = text.partition(f"- id: {DRILL.id}\n")
    rest = re.sub(r"window: .*", f'window: {{days: {days}, start: "00:00", end: "23:59"}}', rest, count=1)
    rest = re.sub(r"spare: \{address: \S+", f'spare: {{address: "{spare}",', rest, count=1)
    sure(CONTROL, f"cat >{DECLARED}/estate/drills.yml", before + own + rest)


def _standings() -> dict[str, str]:
    return {row["drill"]: row["state"] for row in json.loads(as_estate("estate drill due --json"))}


def _letters(run: str) -> int:
    """Counts the letters about a run in the mailbox of one who is to be told."""
    reader = f"{DRILL.notify[0]}@{ESTATE.mail.domain}"
    search = f"doveadm search -u {reader} HEADER Subject Tatbikat BODY {run}"
    return len(sure(MAIL, search).splitlines())


def _carried(near: socket.socket) -> None:
    """Carries bytes between a caller and the console of the spare switch, both ways, until one of them ends."""
    assert DRILL.spare is not None
    far = socket.create_connection((str(DRILL.spare.address), DRILL.spare.port))

    def one_way(source: socket.socket, sink: socket.socket) -> None:
        try:
            while part := source.recv(65536):
                sink.sendall(part)
            sink.shutdown(socket.SHUT_WR)
        except OSError:
            pass  # the other end is gone, as consoles go

    for pair in ((near, far), (far, near)):
        threading.Thread(target=one_way, args=pair, daemon=True).start()


@pytest.fixture(scope="module")
def console() -> Iterator[str]:
    """Gives the address at which the control host finds the console of a blank switch."""
    assert DRILL.spare is not None
    raised = estate("lab", "spare", "up", DRILL.target)
    assert raised.returncode == 0, raised.stdout + raised.stderr
    address = sure(CONTROL, "echo ${SSH_CONNECTION%% *}")
    server = socket.create_server((address, DRILL.spare.port))

    def serve() -> None:
        while True:
            try:
                near, _ = server.accept()
            except OSError:
                return  # closed: the test is over
            _carried(near)

    threading.Thread(target=serve, daemon=True).start()
    yield address
    server.close()
    estate("lab", "spare", "down", DRILL.target)


@pytest.fixture(scope="module")
def placed(console: str) -> Iterator[str]:
    """Gives the control host this commit, an environment of its own, the key of the console and captures."""
    assert DRILL.spare is not None
    with control_place.placed(UNIT):
        key = ran(["ssh-keyscan", "-p", str(DRILL.spare.port), console]).stdout
        assert f"[{console}]" in key
        sure(CONTROL, f"cat >>{VAR}/ssh/known_switches", key)
        _windows(f"[{datetime.now(UTC) + timedelta(days=3):%a}]".lower(), console)
        as_estate(f"estate switch backup {DRILL.lost_host}")
        yield console


def test_a_timer_holds_what_is_due_inside_its_window_and_nothing_else(placed: str) -> None:
    assert "no drill is to be held now" in fired(UNIT), "its window is closed"
    assert set(_standings().values()) == {"never"}
    assert sure(CONTROL, f"ls {VAR}/evidence 2>/dev/null || true") == ""
    _windows(ALL_DAYS, placed)
    told = fired(UNIT)
    assert f"{DRILL.id}: passed" in told and f"told {', '.join(DRILL.notify)}" in told, told
    record: dict[str, Any] = json.loads(sure(CONTROL, f"cat {VAR}/evidence/*/record.json"))
    found = {key: record[key] for key in ("scenario", "environment", "reason", "result")}
    assert found == {"scenario": DRILL.id, "environment": NAME, "reason": "timer: never", "result": "passed"}
    as_estate("estate evidence verify")
    assert until(lambda: _letters(record["id"]) == 2, 30), "one letter before, one after"
    held = _standings()
    assert held.pop(DRILL.id) == "held" and set(held.values()) == {"never"}
    as_estate(f"exporters.run_outcomes --environment {NAME} --output {VAR}/measured.prom")
    measured = sure(CONTROL, f"cat {VAR}/measured.prom")
    for sample in (
        f'_state{{scenario="{DRILL.id}",state="held"}} 1.0',
        f's_total{{result="passed",scenario="{DRILL.id}"}} 1.0',
    ):
        assert f"bim_dr_drill{sample}" in measured
    assert "no drill is to be held now" in fired(UNIT), "it is held"
