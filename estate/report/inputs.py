"""Fixes the shape of the frozen inputs: everything one report is made of, in one file with a digest.

No person appears in them: participants and checks of a drill are counted, who started a run is left out.
"""

from __future__ import annotations

import hashlib
from datetime import datetime
from pathlib import Path
from typing import Literal
from zoneinfo import ZoneInfo

from pydantic import AwareDatetime, BaseModel, ConfigDict, ValidationError

from estate.records import faults, to_json, write_text
from estate.report.period import Period, ReportError, turkish_zone


class Frozen(BaseModel):
    """Is immutable and has no place for an unknown key."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Month(Frozen):
    """Is the period as it was when the inputs were collected."""

    name: str
    start: AwareDatetime
    end: AwareDatetime
    evaluated_at: AwareDatetime


class Organisation(Frozen):
    """Names whose report this is."""

    name: str
    directorate: str
    time_zone: str


class Coverage(Frozen):
    """Names one thing that covers a duty today."""

    kind: Literal["role", "deploy", "metric", "report", "people"]
    name: str


class Duty(Frozen):
    """Is one clause of the by-law, with what covers it and how old its evidence may be."""

    id: str
    tr: str
    en: str
    max_evidence_age_days: int | None
    covered_by: tuple[Coverage, ...]


class Service(Frozen):
    """Is one promised service with its targets in seconds."""

    id: str
    name: str
    rto_seconds: int
    rpo_seconds: int


class Job(Frozen):
    """Is one declared backup job."""

    id: str
    service: str
    rpo_seconds: int


class Scenario(Frozen):
    """Is one declared drill."""

    id: str
    title: str
    service: str
    backup_job: str
    rto_seconds: int
    rpo_seconds: int
    frequency_days: int


class Server(Frozen):
    """Says where measurements came from, and why not when they did not."""

    address: str
    error: str | None


class Metric(Frozen):
    """Says how well one metric was seen: share of the period, newest sample and newest accepted evidence (Unix s)."""

    name: str
    coverage: float
    newest: float
    evidence: float | None


class Sample(Frozen):
    """Is one series of an answer; the value as Prometheus wrote it."""

    labels: dict[str, str]
    value: str


class Measurement(Frozen):
    """Is the answer to one indicator's query, or the reason why there is none."""

    id: str
    query: str
    samples: tuple[Sample, ...]
    error: str | None


class Point(Frozen):
    """Is one day of a series; no value means nothing was measured that day."""

    day: str
    value: str | None


class Daily(Frozen):
    """Is one series of daily values."""

    id: str
    query: str
    points: tuple[Point, ...]


class Restore(Frozen):
    """Says what a drill brought back; `mismatches` counts the files that were missing or differed.

    `result` is the verdict on the restore alone; that of the drill speaks of the service as well.
    """

    result: Literal["passed", "failed", "error"]
    seconds: float
    files: int
    bytes: int
    snapshot_id: str | None
    snapshot_time: AwareDatetime | None
    mismatches: int


class Drill(Frozen):
    """Is one drill as its evidence record tells it; `flaws` says why the record is not accepted as evidence."""

    file: str
    sha256: str
    flaws: tuple[str, ...]
    id: str
    scenario: str
    service: str
    backup_job: str
    result: Literal["passed", "failed", "error"]
    started: AwareDatetime
    ended: AwareDatetime | None
    phases: dict[str, float]
    rto_seconds: float | None
    rto_target_seconds: float
    rpo_seconds: float | None
    rpo_target_seconds: float
    restore: Restore | None
    not_tested: tuple[str, ...]
    participants: int
    problems: int
    checks: dict[str, int]


class Run(Frozen):
    """Is the head of one recorded run of the period."""

    file: str
    sha256: str
    id: str
    kind: str
    commit: str
    started: AwareDatetime
    ended: AwareDatetime | None
    result: str


class Proof(Frozen):
    """Is the newest record that proves a role, a deploy or a drill at work."""

    kind: Literal["role", "deploy"]
    name: str
    at: AwareDatetime
    file: str
    sha256: str


class Unread(Frozen):
    """Names a record that could not be read and why; its contents are missing from the report."""

    file: str
    reason: str


class Inputs(Frozen):
    """Holds everything a report is made of."""

    format: Literal[1]
    environment: str
    collected_at: AwareDatetime
    version: str
    commit: str
    period: Month
    organisation: Organisation
    duties: tuple[Duty, ...]
    services: tuple[Service, ...]
    jobs: tuple[Job, ...]
    scenarios: tuple[Scenario, ...]
    prometheus: Server
    metrics: tuple[Metric, ...]
    measurements: tuple[Measurement, ...]
    series: tuple[Daily, ...]
    stores: dict[str, bool]
    drills: tuple[Drill, ...]
    runs: tuple[Run, ...]
    proofs: tuple[Proof, ...]
    unread: tuple[Unread, ...]

    @property
    def zone(self) -> ZoneInfo:
        """Is the zone all dates of the report are printed in."""
        return turkish_zone(self.organisation.time_zone)

    @property
    def month(self) -> Period:
        """Is the period in local time."""
        local = [
            m.astimezone(self.zone) for m in (self.period.start, self.period.end, self.period.evaluated_at)
        ]
        return Period(self.period.name, *local)

    def local(self, moment: datetime) -> datetime:
        """Gives an instant on the organisation's clock."""
        return moment.astimezone(self.zone)


def digest(path: Path) -> str:
    """Gives the hex SHA-256 of a file's bytes."""
    return hashlib.sha256(path.read_bytes()).hexdigest()


def write_bytes(path: Path, content: bytes) -> None:
    """Replaces a file in one step: written aside, renamed; the folder is made when missing."""
    path.parent.mkdir(parents=True, exist_ok=True)
    aside = path.with_name(f".{path.name}.part")
    aside.write_bytes(content)
    aside.replace(path)


def freeze(inputs: Inputs, path: Path) -> str:
    """Writes the inputs as canonical JSON (sorted keys, UTF-8) with a `sha256sum -c` file beside; gives the digest."""
    write_text(path, to_json(inputs, indent=1) + "\n")
    found = digest(path)
    write_text(path.with_name(path.name + ".sha256"), f"{found}  {path.name}\n")
    return found


def read(path: Path) -> tuple[Inputs, str]:
    """Reads frozen inputs and their digest; a file that no longer fits its .sha256 is refused."""
    try:
        text, found = path.read_text(encoding="utf-8"), digest(path)
    except (OSError, UnicodeDecodeError) as error:
        raise ReportError(f"{path}: asked to read frozen inputs, but: {error}.") from None
    beside = path.with_name(path.name + ".sha256")
    if beside.exists() and (beside.read_text(encoding="utf-8").split() or [""])[0] != found:
        raise ReportError(
            f"{path}: does not fit {beside.name}: it was changed after it was frozen. "
            "Bring back the frozen file, or collect anew by leaving --inputs out."
        )
    try:
        return Inputs.model_validate_json(text), found
    except ValidationError as error:
        raise ReportError(f"{path}: not the inputs of a report: {faults(error)}.") from None
