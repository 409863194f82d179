"""Reads when each sealed envelope was last tried on its repository, and whether it opened it."""

from __future__ import annotations

from functools import partial
from pathlib import Path

from pydantic import AwareDatetime, BaseModel, ConfigDict

from estate.declared.estate import Estate
from estate.records import read as read_record
from estate.records.shapes import Judgement
from exporters.damaged import Damaged
from exporters.textfile import Textfile


class Tried(BaseModel):
    """The part of a check that is measured; further keys are for other readers."""

    model_config = ConfigDict(extra="ignore", frozen=True)
    checked: AwareDatetime
    result: Judgement


def write(out: Textfile, estate: Estate, folder: Path, damaged: Damaged) -> None:
    """Lays down every envelope as not proven, then what its last check found; a damaged check proves nothing."""
    for job in estate.backups.jobs:
        path = folder / f"{job.id}.check.json"
        tried = damaged.unless("escrow", partial(read_record, path, Tried)) if path.exists() else None
        out.set("bim_escrow_check_success", bool(tried and tried.result == "passed"), backup_job=job.id)
        at = tried.checked.timestamp() if tried else 0
        out.set("bim_escrow_check_last_timestamp_seconds", at, backup_job=job.id)
