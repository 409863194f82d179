"""One machine carries one lab; a second checkout is told whose, and takes over only what is dead."""

import os
import threading
from pathlib import Path

import pytest

from estate.lab import claim
from estate.lab.claim import locked, to_clear
from estate.lab.errors import LabError
from estate.lab.hosts import Container


class _Living(Container):
    @property
    def alive(self) -> bool:
        return True


def _of(kind: type[Container], owner: Path, host: str = "mail1") -> Container:
    return kind(host, "c0ffee", str(owner), "running", "2026-11-26T04:00:00Z", 0)


def test_a_living_lab_of_another_checkout_is_respected(tmp_path: Path) -> None:
    with pytest.raises(LabError) as refused:
        to_clear([_of(_Living, tmp_path)], Path("/here"), str(tmp_path))
    assert refused.value.found == (
        f"the machine already runs the lab of {tmp_path} since 2026-11-26T04:00:00Z (mail1)"
    )
    assert "/scripts/estate lab down" in refused.value.remedy


def test_own_hosts_are_never_cleared(tmp_path: Path) -> None:
    assert to_clear([_of(_Living, tmp_path)], tmp_path, str(tmp_path)) == []


def test_dead_hosts_of_another_checkout_are_cleared(tmp_path: Path) -> None:
    dead = _of(Container, tmp_path)
    assert to_clear([dead], Path("/here"), None) == [dead]


def test_hosts_of_a_vanished_checkout_are_cleared(tmp_path: Path) -> None:
    orphan = _of(_Living, tmp_path / "gone")
    assert to_clear([orphan], Path("/here"), None) == [orphan]


def test_the_lock_names_its_holder_and_is_gone_afterwards(tmp_path: Path) -> None:
    with locked(Path("/here"), "up", tmp_path):
        text = (tmp_path / "lock").read_text()
    assert text.startswith(f"`lab up` of /here, process {os.getpid()}, since ")
    assert (tmp_path / "lock").read_text() == ""


def test_a_held_lock_is_waited_for_and_then_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    told: list[str] = []
    monkeypatch.setattr(claim, "say", told.append)
    monkeypatch.setattr(claim, "LOCK_PATIENCE_SECONDS", 0.0)
    with (
        locked(Path("/first"), "up", tmp_path),
        pytest.raises(LabError) as refused,
        locked(Path("/second"), "down", tmp_path),
    ):
        pass
    assert "`lab up` of /first" in refused.value.found
    assert [line.startswith("lab: waiting for `lab up` of /first") for line in told] == [True]


def test_a_lock_taken_away_while_waited_for_is_made_anew(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    waiting, held = threading.Event(), []
    monkeypatch.setattr(claim, "say", lambda _: waiting.set())

    def wait_for_it() -> None:
        with locked(Path("/second"), "up", tmp_path) as handle:
            held.append(os.path.samestat(os.fstat(handle), (tmp_path / "lock").stat()))

    second = threading.Thread(target=wait_for_it)
    with locked(Path("/first"), "down", tmp_path):
        second.start()
        assert waiting.wait(5)
        (tmp_path / "lock").unlink()
    second.join(5)
    assert held == [True]
