"""Collects the recorded half of the inputs: runs, drills and the proofs they hold, from var/<environment>."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from estate.records import RecordError, RunDirectory, faults, read_text, runs_below
from estate.report import inputs
from estate.report.period import Period

LOOK_BACK = timedelta(days=366)
CONVERGED = {"ok", "changed"}
UNTOUCHED = {"skipped"}
Flaws = Callable[[Path], list[str]]


class Records:
    """Gathers the records of one environment; what cannot be read is named in `unread`, never dropped silently."""

    def __init__(self, var: Path, period: Period, flaws: Flaws) -> None:
        """Reads `var` (var/<environment>) up to the end of the period; `flaws` says what is wrong with evidence."""
        self._var, self._period = var, period
        self.unread: list[inputs.Unread] = []
        self.stores = {name: (var / name).is_dir() for name in ("runs", "evidence")}
        self.drills = tuple(self._drills(flaws))
        recent = list(self._recent())
        self.runs = tuple(run for _, run in recent if period.holds(run.started))
        self.proofs = tuple(self._proofs(recent))

    def _name(self, path: Path) -> str:
        return f"var/{path.relative_to(self._var.parent).as_posix()}"

    def _in_reach(self, started: Any) -> bool:
        end = self._period.evaluated_at
        return bool(end - LOOK_BACK <= started <= end and started < self._period.end)

    def _drills(self, flaws: Flaws) -> Iterator[inputs.Drill]:
        for path in sorted((self._var / "evidence").glob("*/record.json")):
            try:
                record = json.loads(read_text(path))
                drill = _drill(record, self._name(path), inputs.digest(path), flaws(path.parent))
            except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
                self._cannot_read(path, error)
                continue
            if self._in_reach(drill.started):
                yield drill

    def _recent(self) -> Iterator[tuple[RunDirectory, inputs.Run]]:
        for folder in runs_below(self._var):
            path = folder.path / "run.json"
            try:
                head = folder.head()
            except RecordError as error:
                self._cannot_read(path, error)
                continue
            if self._in_reach(head.started):
                yield (
                    folder,
                    inputs.Run(
                        file=self._name(path),
                        sha256=inputs.digest(path),
                        id=head.id,
                        kind=head.kind,
                        commit=head.commit,
                        started=head.started,
                        ended=head.ended,
                        result=head.result,
                    ),
                )

    def _proofs(self, recent: list[tuple[RunDirectory, inputs.Run]]) -> Iterator[inputs.Proof]:
        """Gives the newest proof of each role and deploy: a converged apply, a passed drill."""
        newest: dict[tuple[str, str], inputs.Proof] = {}
        for folder, run in recent:
            for kind, name in self._proven_by(folder, run):
                newest[kind, name] = _proof(kind, name, run.ended or run.started, run)
        for drill in self.drills:
            if drill.result == "passed" and not drill.flaws:
                name = f"drills/{drill.scenario}"
                newest["deploy", name] = _proof("deploy", name, drill.ended or drill.started, drill)
        yield from (newest[key] for key in sorted(newest))

    def _proven_by(self, folder: RunDirectory, run: inputs.Run) -> list[tuple[str, str]]:
        if run.result not in CONVERGED or run.kind != "apply":
            return []
        try:
            done = [(row.subject, row.status, row.tool) for row in folder.outcomes()]
        except RecordError as error:
            self._cannot_read(folder.path / "outcomes.json", error)
            return []
        bad = {subject for subject, status, _ in done if status not in CONVERGED | UNTOUCHED}
        good = {
            (subject, tool) for subject, status, tool in done if status in CONVERGED and subject not in bad
        }
        return sorted(("deploy" if tool == "pyinfra" else "role", subject) for subject, tool in good)

    def _cannot_read(self, path: Path, error: Exception) -> None:
        if isinstance(error, ValidationError):
            reason = faults(error)
        else:
            reason = f"{type(error).__name__}: {error}".replace(str(self._var), "var")
        self.unread.append(inputs.Unread(file=self._name(path), reason=reason[:300]))


def _proof(kind: str, name: str, at: Any, record: inputs.Run | inputs.Drill) -> inputs.Proof:
    return inputs.Proof.model_validate(
        {"kind": kind, "name": name, "at": at, "file": record.file, "sha256": record.sha256}
    )


def _drill(record: dict[str, Any], file: str, sha256: str, flaws: list[str]) -> inputs.Drill:
    """Takes from an evidence record what the report needs: people and checks are counted, not named."""
    results = [check["result"] for check in record.get("checks", [])]
    copied = ("id", "scenario", "service", "backup_job", "result", "started", "ended", "phases")
    measured = ("rto_seconds", "rto_target_seconds", "rpo_seconds", "rpo_target_seconds")
    return inputs.Drill.model_validate(
        {
            **{key: record[key] for key in copied},
            **{key: record[key] for key in measured},
            "file": file,
            "sha256": sha256,
            "flaws": flaws,
            "restore": _restore(record.get("restore")),
            "not_tested": record.get("not_tested", []),
            "problems": len(record.get("problems", [])),
            "participants": len(record.get("participants", [])),
            "checks": {result: results.count(result) for result in ("passed", "failed", "error")},
        }
    )


def _restore(restore: dict[str, Any] | None) -> dict[str, Any] | None:
    if restore is None:
        return None
    kept = ("result", "seconds", "files", "bytes", "snapshot_id", "snapshot_time")
    damaged = len(restore["mismatches"]) + len(restore["missing"])
    return {**{key: restore[key] for key in kept}, "mismatches": damaged}
