"""Gives the tests of runs the estate command on the real lab, and drift that is put right again."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from estate.runs.environment import Environment

LAB = Environment("lab")
DRIFT = "/etc/systemd/journald.conf.d/estate.conf"
Estate = Callable[..., subprocess.CompletedProcess[str]]
Planned = Callable[..., tuple[dict[str, Any], int]]


@pytest.fixture(scope="session", autouse=True)
def _converged() -> None:
    """Puts right what tests before these touched (a file put back is newer than what its service took up)."""
    argv = ["ansible-playbook", "-i", "inventories/lab", "playbooks/site.yml"]
    done = subprocess.run(argv, cwd=LAB.root, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout[-3000:]


@pytest.fixture(autouse=True)
def _up() -> None:
    LAB.refuse_when_down()


@pytest.fixture
def estate() -> Estate:
    """Runs the estate command and gives what it printed."""

    def run(*words: str, **variables: str) -> subprocess.CompletedProcess[str]:
        argv, environment = [sys.executable, "-m", "estate", *words], {**os.environ, **variables}
        return subprocess.run(
            argv, cwd=LAB.root, env=environment, capture_output=True, text=True, check=False
        )

    return run


@pytest.fixture
def on() -> Callable[[str, str], str]:
    """Runs a command on a host and gives its answer."""

    def run(host: str, command: str) -> str:
        argv = ["ssh", "-F", str(LAB.ssh_config), host, command]
        return subprocess.run(argv, capture_output=True, text=True, check=True, timeout=60).stdout

    return run


@pytest.fixture
def planned(estate: Estate) -> Planned:
    """Plans for some hosts; gives the plan and the exit code."""

    def plan(limit: str, **variables: str) -> tuple[dict[str, Any], int]:
        done = estate("plan", "--limit", limit, "--json", **variables)
        assert done.stdout, done.stderr[-3000:]
        return json.loads(done.stdout), done.returncode

    return plan


@pytest.fixture
def drifted(
    estate: Estate, planned: Planned, on: Callable[[str, str], str]
) -> Iterator[Callable[[str], str]]:
    """Lets a harmless declared file of a host drift and gives its path; the host is converged again in the end."""
    touched: list[str] = []

    def drift(host: str) -> str:
        touched.append(host)
        on(host, f"echo '# elle' >> {DRIFT}")
        return DRIFT

    yield drift
    for host in touched:
        plan, _ = planned(host)
        if plan["changes"]:
            assert estate("apply", plan["run"], "--reason", "repair after a test").returncode == 0
