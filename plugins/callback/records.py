"""Writes each task result down as it happens, for the run that asked for it; silent otherwise."""

from __future__ import annotations

import os
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ansible.plugins.callback import CallbackBase

if TYPE_CHECKING:
    from estate.records.shapes import Status

DOCUMENTATION = """
name: records
type: aggregate
short_description: appends outcomes and changes of tasks to the files of a run
description:
  - When the environment variable ESTATE_OUTCOMES names a file, every task result becomes one JSON line in it,
    on the disk before the next task starts; what a task changed (or, in check mode, would change) goes to
    changes.jsonl beside it; what it promised of its host (not in check mode) to promises.jsonl.
  - Results of tasks with no_log carry neither content nor diff. Without the variable nothing is written.
requirements: [enabled in ansible.cfg, the packages of this repository]
"""


class CallbackModule(CallbackBase):  # type: ignore[misc]
    """Appends one outcome per task result, or per item of a loop, and the changes it stands for."""

    CALLBACK_VERSION = 2.0
    CALLBACK_TYPE = "aggregate"
    CALLBACK_NAME = "records"
    CALLBACK_NEEDS_ENABLED = True

    def __init__(self) -> None:
        """Switches itself off unless a run asked for outcomes."""
        super().__init__()
        self._outcomes = Path(os.environ.get("ESTATE_OUTCOMES", ""))
        self.disabled = not os.environ.get("ESTATE_OUTCOMES")
        self._started: dict[tuple[str, str], float] = {}
        self._looped: set[tuple[str, str]] = set()

    def v2_runner_on_start(self, host: Any, task: Any) -> None:
        """Notes when a host began a task."""
        self._started[host.get_name(), task._uuid] = time.monotonic()

    def v2_runner_on_ok(self, result: Any) -> None:
        """Writes an ok or changed task down."""
        self._write(result, "ok")

    def v2_runner_on_failed(self, result: Any, ignore_errors: bool = False) -> None:
        """Writes a failed task down; one whose errors are ignored is ok, with the reason."""
        self._write(result, "failed", ignored=ignore_errors)

    def v2_runner_on_unreachable(self, result: Any) -> None:
        """Writes down that a host did not answer."""
        self._write(result, "unreachable")

    def v2_runner_on_skipped(self, result: Any) -> None:
        """Writes a skipped task down, also one that check mode could not run."""
        self._write(result, "skipped")

    def v2_runner_item_on_ok(self, result: Any) -> None:
        """Writes an item of a loop down."""
        self._write(result, "ok", item=True)

    def v2_runner_item_on_failed(self, result: Any) -> None:
        """Writes a failed item of a loop down."""
        self._write(result, "failed", ignored=bool(result.task.ignore_errors), item=True)

    def v2_runner_item_on_skipped(self, result: Any) -> None:
        """Writes a skipped item of a loop down."""
        self._write(result, "skipped", item=True)

    def _write(self, result: Any, event: Status, ignored: bool = False, item: bool = False) -> None:
        from estate.plan import ansible_results
        from estate.records import append

        host = result.host.get_name()
        if item:
            self._looped.add((host, result.task._uuid))
        elif (host, result.task._uuid) in self._looped:
            return  # each item has been written already
        began = self._started.get((host, result.task._uuid), time.monotonic())
        told = ansible_results.TaskResult(
            host, result.task.get_name(), event, result.result, time.monotonic() - began, ignored
        )
        append(self._outcomes, ansible_results.outcome(told))
        self._promise(told, result.task)
        for change in ansible_results.changes(told):
            append(self._outcomes.with_name("changes.jsonl"), change)

    def _promise(self, of: Any, task: Any) -> None:
        """Keeps what a task that really ran says of its host, for the receipt."""
        from estate.receipts import promised
        from estate.records import append

        if task.check_mode:
            return
        # A task that was skipped still has it as it is written, one that ran as a list.
        when = task.changed_when
        reads_only = [str(each).lower() for each in (when if isinstance(when, list) else [when])] == ["false"]
        if said := promised.told(of, task.action, reads_only=reads_only):
            append(self._outcomes.with_name("promises.jsonl"), said)
