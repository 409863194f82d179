"""Gives the tests of runs the estate command on the real lab, and drift that is put right again."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from estate.receipts import looking
from tests.lab.reaching import LAB, estate, play, sure
from tests.lab.runs.watched import Mended, mended

DRIFT = "/etc/systemd/journald.conf.d/estate.conf"
Planned = Callable[..., tuple[dict[str, Any], int]]


@pytest.fixture(scope="session", autouse=True)
def _converged() -> None:
    """Puts right what others touched (a file put back is newer than what its service took up)."""
    moved = [one.host for one in looking.look(LAB, LAB.groups()["all"]).hosts if one.state != "in_sync"]
    if moved:
        done = play("site", "--limit", ",".join(moved))
        assert done.returncode == 0, done.stdout[-3000:]


@pytest.fixture
def planned() -> Planned:
    """Plans for some hosts; gives the plan and the exit code."""

    def plan(limit: str, **variables: str) -> tuple[dict[str, Any], int]:
        done = estate("plan", "--limit", limit, "--json", **variables)
        assert done.stdout, done.stderr[-3000:]
        return json.loads(done.stdout), done.returncode

    return plan


@pytest.fixture
def drifted() -> Iterator[Callable[[str], str]]:
    """Lets a harmless declared file of a host drift and gives its path; the host is converged again in the end."""
    touched: list[str] = []

    def drift(host: str) -> str:
        touched.append(host)
        sure(host, f"echo '# elle' >> {DRIFT}")
        return DRIFT

    yield drift
    for host in touched:
        _repaired(host)


def _repaired(host: str) -> None:
    if "# elle" in sure(host, f"cat {DRIFT}"):
        done = play("operating_systems", "--limit", host)
        assert done.returncode == 0, done.stdout[-3000:]


@pytest.fixture(scope="session")
def mending() -> Iterator[Mended]:
    """Lets a harmless declared file of the mail server drift, puts it right, and gives all that was told of it."""
    sure("mail1", f"echo '# elle' >> {DRIFT}")
    try:
        yield mended("mail1")
    finally:
        _repaired("mail1")
