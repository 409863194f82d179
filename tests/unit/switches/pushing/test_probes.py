"""What is tried after a push: who answers, and whether a declared connection comes about as it has to."""

import socket
import subprocess
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import pytest

from estate.declared.switches import Reach
from estate.runs.environment import Environment
from pyinfra_deploys.operations import switch_probes


@pytest.fixture
def listening() -> Iterator[int]:
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server.getsockname()[1]


@pytest.fixture
def closed(listening: int) -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        return int(server.getsockname()[1])


def _probe(port: int, reaches: bool, source: str = "controller") -> str | None:
    one = Reach(source=source, target="posta1", port=port, reaches=reaches)
    hosts = {"posta1": SimpleNamespace(address="127.0.0.1")}
    estate: Any = SimpleNamespace(
        switches=SimpleNamespace(probes=(one,)), networks=SimpleNamespace(hosts=hosts)
    )
    (probe,) = switch_probes.declared(Environment("lab"), estate)
    return probe()


def test_a_connection_that_must_come_about_and_one_that_must_not(listening: int) -> None:
    assert _probe(listening, reaches=True) is None
    assert _probe(listening, reaches=False) == f"controller reaches posta1 (127.0.0.1:{listening})"


def test_being_refused_is_an_answer_of_a_neighbour(closed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """No port has to be open there; only silence says that frames do not arrive."""
    assert switch_probes.answers("sw-1", "127.0.0.1", closed)() is None

    def silent(*_: Any, **__: Any) -> None:
        raise TimeoutError("timed out")

    monkeypatch.setattr(switch_probes.socket, "create_connection", silent)
    told = switch_probes.answers("sw-1", "127.0.0.1", closed)()
    assert told == f"sw-1 (127.0.0.1:{closed}) does not answer: timed out"


def test_a_machine_that_cannot_be_asked_proves_nothing(
    listening: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Neither reached nor not reached: a host that is down would else pass every `reaches: false`."""
    monkeypatch.setattr(
        switch_probes.subprocess, "run", lambda *a, **k: SimpleNamespace(stdout="", returncode=255)
    )
    told = f"yedek1 could not be asked whether it reaches posta1:{listening}"
    assert _probe(listening, True, source="yedek1") == told
    assert _probe(listening, False, source="yedek1") == told


@pytest.mark.parametrize("wrong", [subprocess.TimeoutExpired("ssh", 15), OSError("no ssh")])
def test_a_session_that_dies_is_no_answer_and_ends_no_push(
    listening: int, monkeypatch: pytest.MonkeyPatch, wrong: Exception
) -> None:
    """What a bad push cuts may be the way to the machine that is asked, in the middle of its answer."""

    def dying(*_: Any, **__: Any) -> None:
        raise wrong

    monkeypatch.setattr(switch_probes.subprocess, "run", dying)
    assert "could not be asked" in str(_probe(listening, False, source="yedek1"))


@pytest.mark.parametrize(
    ("said", "reached"),
    [("ended 0", True), ("bash: connect: Connection refused\nended 1", True), ("ended 124", False)],
)
def test_what_a_machine_says_of_its_connection(
    listening: int, monkeypatch: pytest.MonkeyPatch, said: str, reached: bool
) -> None:
    monkeypatch.setattr(
        switch_probes.subprocess, "run", lambda *a, **k: SimpleNamespace(stdout=said + "\n", returncode=0)
    )
    assert (_probe(listening, True, source="yedek1") is None) == reached
    assert (_probe(listening, False, source="yedek1") is None) != reached
