"""A small drift put right while every command line of this machine is watched: what the tests of runs look at."""

from __future__ import annotations

import json
import threading
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from estate.records import RunDirectory, runs_below
from tests.lab.reaching import LAB, Answer, estate, pyinfra

REASON = "put the drift back"


def last(kind: str) -> RunDirectory:
    """Gives the newest run of a kind."""
    return [folder for folder in runs_below(LAB.var) if f"-{kind}-" in folder.path.name][-1]


class ProcessList(threading.Thread):
    """Gathers every command line seen on this machine, hosts of the lab included, until told to stop."""

    def __init__(self) -> None:
        super().__init__(daemon=True)
        self.seen: set[bytes] = set()
        self.stopped = threading.Event()

    def run(self) -> None:
        while not self.stopped.wait(0.05):
            for path in Path("/proc").glob("[0-9]*/cmdline"):
                try:
                    self.seen.add(path.read_bytes())
                except OSError:
                    continue

    def __enter__(self) -> ProcessList:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stopped.set()
        self.join()


@dataclass(frozen=True)
class Mended:
    """Holds what was planned, what each command told, and which runs they were."""

    plan: dict[str, Any]
    applied: Answer
    apply: RunDirectory
    verified: Answer
    verify: RunDirectory
    loud: Answer
    processes: set[bytes] = field(repr=False)


def mended(host: str) -> Mended:
    """Plans and applies on a mail server that drifted, uses its mail, and lets pyinfra tell all it can."""
    with ProcessList() as processes:
        planned = estate("plan", "--limit", host, "--json")
        assert planned.returncode == 0, planned.stderr[-3000:]
        plan = json.loads(planned.stdout)
        applied = estate("apply", plan["run"], "--reason", REASON, "--json")
        apply = last("apply")
        verified = estate("verify", "mail", "--json")
        verify = last("verify")
        loud = pyinfra("-vvv", "--debug", "pyinfra_deploys/mailboxes.py", "--limit", host)
    for done in (applied, verified, loud):
        assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
    return Mended(plan, applied, apply, verified, verify, loud, processes.seen)
