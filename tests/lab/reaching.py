"""Reaches the lab as its administrators do: over its SSH keys and with the ordinary commands of this checkout."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from time import monotonic, sleep

import pytest

from estate.runs.environment import ROOT, Environment

LAB = Environment.chosen("lab")
BIN = Path(sys.executable).parent
ESTATE = (sys.executable, "-m", "estate")
Answer = subprocess.CompletedProcess[str]


def ran(argv: Sequence[str | Path], *, cwd: Path = ROOT, text: str = "", **variables: str) -> Answer:
    """Runs a command of this machine in the checkout, and gives what came of it."""
    environment = {**os.environ, **variables}
    return subprocess.run(argv, cwd=cwd, input=text, env=environment, capture_output=True, text=True)


def ssh(host: str, script: str, options: Sequence[str] = ()) -> list[str]:
    """Gives the command that runs a shell script on a host as root; a step that fails ends the script."""
    cheap = "KexAlgorithms=curve25519-sha256"  # thousands of calls: the default of OpenSSH takes 60 ms of a core more
    call = ["ssh", "-F", str(LAB.ssh_config), "-o", "BatchMode=yes", "-o", cheap, *options]
    return [*call, host, f"set -eu; {script}"]


def on(host: str, script: str, text: str = "", options: Sequence[str] = ()) -> Answer:
    """Runs a shell script on a host as root, and gives what came of it."""
    call = ssh(host, script, options)
    return subprocess.run(call, input=text, capture_output=True, text=True, timeout=300)


def sure(host: str, script: str, text: str = "") -> str:
    """Runs what must work on a host and gives what it printed, trimmed; fails with its complaint."""
    done = on(host, script, text)
    if done.returncode:
        pytest.fail(f"{host}: {script}\n{done.stdout}{done.stderr}")
    return done.stdout.strip()


def estate(*words: str, cwd: Path = ROOT, **variables: str) -> Answer:
    """Runs the estate command."""
    return ran([*ESTATE, *words], cwd=cwd, **variables)


def play(playbook: str, *options: str, **variables: str) -> Answer:
    """Runs a playbook over the lab."""
    return ran([BIN / "ansible-playbook", f"playbooks/{playbook}.yml", *options], **variables)


def pyinfra(*arguments: str, **variables: str) -> Answer:
    """Runs pyinfra as a timer would, without $SHELL; the inventory is named already."""
    bare: list[str | Path] = ["env", "--unset=SHELL", BIN / "pyinfra", "-y", "pyinfra_deploys/inventory.py"]
    return ran([*bare, *arguments], **variables)


def secrets() -> str:
    """Reads the secrets of the lab through the ordinary client, as YAML."""
    done = ran([BIN / "ansible-vault", "view", LAB.inventory / "group_vars/all/vault.yml"])
    if done.returncode:
        pytest.fail(done.stderr)
    return done.stdout


def until(what: Callable[[], bool], seconds: float, pause: float = 1) -> bool:
    """Waits for something to become true, and tells whether it did."""
    end = monotonic() + seconds
    while monotonic() < end:
        if what():
            return True
        sleep(pause)
    return what()


def waiting(condition: str) -> str:
    """Gives a shell loop that waits up to 30 s for a condition and fails when it does not come."""
    return f"i=0; until {condition}; do i=$((i+1)); [ $i -lt 60 ] || exit 1; sleep 0.5; done"


@contextmanager
def undone_by(host: str, script: str) -> Iterator[None]:
    """Undoes a fault whatever the test says."""
    try:
        yield
    finally:
        sure(host, script)
