"""Writes down what becomes of each operation on each host while it happens, for the run that asked for it.

    pyinfra pyinfra_deploys/inventory.py pyinfra_deploys/outcomes.py pyinfra_deploys/<deploy>.py

It stands before the deploys it records and changes nothing. Without ESTATE_OUTCOMES (the file to append to) it
does nothing at all.
"""

from __future__ import annotations

import os
import sys
import time
from pathlib import Path

from pyinfra.api.host import Host
from pyinfra.api.state import BaseStateCallback, State
from pyinfra.context import state

from estate.records import Outcome, append
from estate.records.shapes import Status
from pyinfra_deploys.facts import typed


class Recorder(BaseStateCallback):
    """Appends one outcome per operation and host; failures at once, the others when the operation has ended."""

    def __init__(self, file: Path, deploys: list[str]) -> None:
        """Keeps the file, and the names of the deploys in the order pyinfra numbers them."""
        self.file = file
        self.deploys = deploys
        self.failed: set[tuple[str, str]] = set()
        self.began = time.monotonic()

    def operation_start(self, state: State, op_hash: str) -> None:  # type: ignore[override]
        """Starts the clock of an operation."""
        self.began = time.monotonic()

    def operation_host_error(  # type: ignore[override]
        self, state: State, host: Host, op_hash: str, retry_count: int = 0, max_retries: int = 0
    ) -> None:
        """Writes a failure down at once: pyinfra may end before the operation does."""
        self.failed.add((host.name, op_hash))
        told = typed.REFUSED.get(host.name, "the reason stands in the output of the run")
        self._write(state, host, op_hash, "failed", told)

    def operation_end(self, state: State, op_hash: str) -> None:  # type: ignore[override]
        """Writes down, for every host that did not fail, whether the operation changed it."""
        for host, operations in state.ops.items():
            if op_hash in operations and (host.name, op_hash) not in self.failed:
                meta = operations[op_hash].operation_meta
                if meta.is_complete():
                    self._write(state, host, op_hash, "changed" if meta.did_change() else "ok")

    def unreachable(self, host: Host) -> None:
        """Writes down that a host did not answer when pyinfra connected."""
        for deploy in self.deploys[1:]:
            append(self.file, Outcome(host.name, "pyinfra", deploy, "connection", "unreachable"))

    def _write(self, state: State, host: Host, op_hash: str, status: Status, detail: str = "") -> None:
        meta = state.get_op_meta(op_hash)
        seconds = round(time.monotonic() - self.began, 3)
        subject = self.deploys[meta.op_order[0]]
        name = ", ".join(sorted(meta.names))
        append(self.file, Outcome(host.name, "pyinfra", subject, name, status, detail, seconds))


def _record(file: Path) -> None:
    """Adds the recorder once; this file is run for every host, and its class is another one each time."""
    if any(type(handler).__name__ == Recorder.__name__ for handler in state.callback_handlers):
        return
    programs = [Path(argument).stem for argument in sys.argv[1:] if argument.endswith(".py")]
    recorder = Recorder(file, programs[1:])
    state.add_callback_handler(recorder)  # type: ignore[no-untyped-call]
    for host in state.failed_hosts:
        recorder.unreachable(host)


if os.environ.get("ESTATE_OUTCOMES"):
    _record(Path(os.environ["ESTATE_OUTCOMES"]))
