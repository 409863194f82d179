"""Holds the lock: one run at a time, its owner named, nothing left behind by a kill, orphans counted."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from estate.records import append
from estate.runs.lock import Holder, held, look, refuse_held
from estate.runs.refused import Exit, RefusedError

HOLD = """
import pathlib, subprocess, sys, time
from estate.runs.lock import held
with held(pathlib.Path(sys.argv[1]), who="ayse@orada", run="20261126T000000Z-apply-abcdef") as (handle, dead):
    if sys.argv[2] == "orphan":
        subprocess.Popen(["sleep", "60"], pass_fds=(handle,))
    print("held", flush=True)
    time.sleep(60)
"""


def holder(lock: Path, how: str = "alone") -> subprocess.Popen[str]:
    process = subprocess.Popen(
        [sys.executable, "-c", HOLD, str(lock), how],
        stdout=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "held\n"
    return process


def test_a_second_run_is_refused_with_owner_run_and_age(tmp_path: Path) -> None:
    process = holder(tmp_path / "lock")
    with pytest.raises(RefusedError) as refused, held(tmp_path / "lock", who="mehmet", run="ikinci"):
        pass
    process.kill()
    process.wait()
    assert refused.value.code == Exit.LOCKED
    told = str(refused.value)
    assert told.startswith("ayse@orada on ")
    assert f"run 20261126T000000Z-apply-abcdef, process {process.pid}. Wait for it to end" in told
    assert "(0:00:0" in told


def test_a_lock_of_a_killed_run_is_taken_over_and_the_dead_named(tmp_path: Path) -> None:
    process = holder(tmp_path / "lock")
    process.kill()
    process.wait()
    with held(tmp_path / "lock", who="mehmet", run="ikinci") as (_, dead):
        assert dead is not None
        assert dead.who == "ayse@orada"
    with held(tmp_path / "lock", who="mehmet", run="üçüncü") as (_, dead):
        assert dead is None


def test_commands_that_outlive_a_killed_run_still_hold_its_lock(tmp_path: Path) -> None:
    process = holder(tmp_path / "lock", "orphan")
    orphan = int(subprocess.check_output(["pgrep", "-P", str(process.pid)]).split()[0])
    process.kill()
    process.wait()
    try:
        with pytest.raises(RefusedError, match="That process is gone, commands it started still work"):
            held(tmp_path / "lock", who="mehmet", run="ikinci").__enter__()
    finally:
        subprocess.run(["kill", str(orphan)], check=True)
    deadline = time.monotonic() + 5
    while time.monotonic() < deadline:
        try:
            with held(tmp_path / "lock", who="mehmet", run="ikinci") as (_, dead):
                assert dead is not None
            return
        except RefusedError:
            time.sleep(0.1)
    pytest.fail("the lock was not free after the orphan ended")


def test_a_refusal_inside_leaves_no_trace_of_a_dead_run(tmp_path: Path) -> None:
    with pytest.raises(RefusedError), held(tmp_path / "lock", who="mehmet", run="ilk"):
        raise RefusedError("moved")
    with held(tmp_path / "lock", who="mehmet", run="ikinci") as (_, dead):
        assert dead is None


def left(lock: Path, ahead: timedelta) -> None:
    """Leaves a lock as a run on another machine does whose clock is ahead of ours."""
    append(lock, Holder("ayse", "orada", 1, 1, datetime.now(UTC) + ahead, "ilk"))


def test_what_another_machine_left_with_a_time_to_come_is_as_old_as_its_file(tmp_path: Path) -> None:
    lock = tmp_path / "lock"
    left(lock, timedelta(days=5000))
    assert not look(lock).overdue
    with pytest.raises(RefusedError, match="After 4:00:00 it is taken over"):
        refuse_held(lock)
    os.utime(lock, (time.time() - 5 * 3600,) * 2)
    assert look(lock).overdue
    refuse_held(lock)
    with held(lock, who="mehmet", run="ikinci") as (_, dead):
        assert dead is not None and dead.run == "ilk"


def test_a_clock_that_is_minutes_ahead_takes_no_lock_from_another_machine(tmp_path: Path) -> None:
    lock = tmp_path / "lock"
    left(lock, timedelta(minutes=3))
    assert not look(lock).overdue
    with pytest.raises(RefusedError, match=r"UTC \(in the future\), run ilk"):
        held(lock, who="mehmet", run="ikinci").__enter__()
