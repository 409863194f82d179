"""Fixes the shape of every record: frozen, complete, and without a place for an unknown key."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from pydantic import ConfigDict

Tool = Literal["ansible", "pyinfra"]
Action = Literal["create", "update", "delete", "run"]
Status = Literal["ok", "changed", "failed", "unreachable", "skipped", "unverifiable"]
Judgement = Literal["passed", "failed", "error"]
Kind = Literal["plan", "apply", "verify", "backup", "drill", "measure", "report"]
Result = Literal["running", "ok", "changed", "failed", "error", "interrupted"]

RESULT_OF_RESTORE_TEST: Mapping[Judgement, str] = {"passed": "success", "failed": "failure", "error": "error"}
"""How a restore that answered counts as a test of the backup, whatever became of the service afterwards."""

STRICT = ConfigDict(extra="forbid", strict=True)


class RecordError(Exception):
    """Says which record cannot be read, what was found in it and what to do."""

    @property
    def file(self) -> str:
        """Names the file, with which the words of every refused record begin (and its line, where it is of lines)."""
        return str(self).split(": ", 1)[0]


@dataclass(frozen=True)
class Change:
    """States one difference between what is declared and what a host holds.

    `subject` is the role or deploy that answers for it, `key` the path, unit, package or mailbox on the host.
    `before` and `after` are text; None where there is nothing, or where it must not be shown.
    """

    host: str
    tool: Tool
    subject: str
    action: Action
    key: str
    before: str | None = None
    after: str | None = None

    __pydantic_config__ = STRICT


@dataclass(frozen=True)
class Outcome:
    """States what became of one thing on one host during a run; `detail` is the tool's own reason."""

    host: str
    tool: Tool
    subject: str
    key: str
    status: Status
    detail: str = ""
    seconds: float = 0.0

    __pydantic_config__ = STRICT


@dataclass(frozen=True)
class Verdict:
    """States what using a service proved: expected, found; passed, failed, or no verdict reached (error)."""

    subject: str
    check: str
    host: str
    result: Judgement
    expected: str
    found: str
    seconds: float = 0.0

    __pydantic_config__ = STRICT


@dataclass(frozen=True)
class Run:
    """States who ran what, when, on which commit and why, and how it ended.

    `pid` and `process_started` (clock ticks since boot) name the process, so that a head still `running`
    whose process is gone can be told from one at work.
    """

    id: str
    kind: Kind
    environment: str
    commit: str
    who: str
    reason: str
    started: datetime
    ended: datetime | None
    result: Result
    pid: int
    process_started: int

    __pydantic_config__ = STRICT


@dataclass(frozen=True)
class Part:
    """Names one slice of a fleet: which of how many, and all hosts that were divided."""

    index: int
    total: int
    hosts: tuple[str, ...]

    __pydantic_config__ = STRICT


@dataclass(frozen=True)
class Plan:
    """States every change one apply would make, under one hash.

    `hash` covers the changes, environment, limit and digest of what is declared. `incomplete` names the hosts
    that could not be asked; `unverifiable` counts, per host, the tasks that check mode could not predict. `refusals`
    say which deploy will refuse at an apply and why, `notices` what a deploy found and leaves alone: in words, and not
    covered by the hash. `part` tells of which slice of a fleet it is, None when of no slice; its limit names the hosts.
    """

    run: str
    environment: str
    commit: str
    limit: str
    declared: str
    hash: str
    changes: tuple[Change, ...]
    incomplete: tuple[str, ...]
    unverifiable: dict[str, int]
    refusals: tuple[str, ...] = ()
    notices: tuple[str, ...] = ()
    part: Part | None = None

    __pydantic_config__ = STRICT
