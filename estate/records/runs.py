"""Keeps one folder per run, readable at any moment: head, outcomes as they happen, plan and verdicts."""

from __future__ import annotations

import os
import secrets
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

from estate.records.files import append, read, read_lines, write
from estate.records.shapes import Change, Kind, Outcome, Result, Run, Verdict


@dataclass(frozen=True)
class RunDirectory:
    """Answers for `var/<environment>/runs/<run id>`: every file in it is written through here."""

    path: Path

    @classmethod
    def start(
        cls, var: Path, kind: Kind, *, environment: str, commit: str, who: str, reason: str
    ) -> RunDirectory:
        """Opens the folder of a new run of this process, head `running`; `var` is var/<environment>."""
        now = datetime.now(UTC)
        run = Run(
            id=f"{now:%Y%m%dT%H%M%SZ}-{kind}-{secrets.token_hex(3)}",
            kind=kind,
            environment=environment,
            commit=commit,
            who=who,
            reason=reason,
            started=now,
            ended=None,
            result="running",
            pid=os.getpid(),
            process_started=process_started(os.getpid()) or 0,
        )
        folder = cls(var / "runs" / run.id)
        folder.path.mkdir(parents=True)
        write(folder.path / "run.json", run)
        return folder

    @property
    def outcomes_file(self) -> Path:
        """Names the file that tools append outcomes to while the run goes on."""
        return self.path / "outcomes.jsonl"

    @property
    def changes_file(self) -> Path:
        """Names the file that tools append the changes they made, or would make, to."""
        return self.path / "changes.jsonl"

    @property
    def promises_file(self) -> Path:
        """Names the file that Ansible appends to what its tasks promised of their hosts."""
        return self.path / "promises.jsonl"

    def head(self) -> Run:
        """Reads the head; a run still `running` whose process is gone comes back as `interrupted`."""
        run = read(self.path / "run.json", Run)
        if run.result == "running" and process_started(run.pid) != run.process_started:
            return replace(run, result="interrupted")
        return run

    def record(self, outcome: Outcome) -> None:
        """Adds one outcome, on the disk before this returns."""
        append(self.outcomes_file, outcome)

    def outcomes(self) -> list[Outcome]:
        """Reads what happened so far, finished or not."""
        finished = self.path / "outcomes.json"
        return read(finished, list[Outcome]) if finished.exists() else read_lines(self.outcomes_file, Outcome)

    def changes(self) -> list[Change]:
        """Reads the changes the tools reported so far."""
        return read_lines(self.changes_file, Change)

    def write_verdicts(self, verdicts: Iterable[Verdict]) -> None:
        """Replaces the verdicts of the run."""
        write(self.path / "verdicts.json", list(verdicts))

    def verdicts(self) -> list[Verdict]:
        """Reads the verdicts; none were written means none were reached."""
        path = self.path / "verdicts.json"
        return read(path, list[Verdict]) if path.exists() else []

    def finish(self, result: Result) -> Run:
        """Closes the run: outcomes become one file, then the head says how and when it ended."""
        if self.outcomes_file.exists():
            write(self.path / "outcomes.json", self.outcomes())
            self.outcomes_file.unlink()
        ended = replace(read(self.path / "run.json", Run), ended=datetime.now(UTC), result=result)
        write(self.path / "run.json", ended)
        return ended


def runs_below(var: Path) -> Iterator[RunDirectory]:
    """Lists the runs of an environment, oldest first; a folder without a head (killed at birth) is no run."""
    for path in sorted((var / "runs").glob("*/run.json")):
        yield RunDirectory(path.parent)


def said(changes_file: Path) -> Path:
    """Names the file in which a deploy says, beside its planned changes, what it refuses and what it leaves alone."""
    return changes_file.with_name(f"said-{changes_file.name}")


def process_started(pid: int) -> int | None:
    """Tells when a living process started, in clock ticks since boot; None when it is gone or a zombie."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()
    except (FileNotFoundError, ProcessLookupError):
        return None
    return None if fields[0] == "Z" else int(fields[19])
