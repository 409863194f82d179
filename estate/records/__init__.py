"""Holds the records that travel from plan to report: changes, outcomes, verdicts and their runs."""

from estate.records.files import (
    append,
    faults,
    read,
    read_lines,
    read_text,
    refused,
    to_json,
    write,
    write_text,
)
from estate.records.runs import RunDirectory, runs_below, said
from estate.records.shapes import Change, Outcome, Plan, RecordError, Run, Verdict

__all__ = [
    "Change",
    "Outcome",
    "Plan",
    "RecordError",
    "Run",
    "RunDirectory",
    "Verdict",
    "append",
    "faults",
    "read",
    "read_lines",
    "read_text",
    "refused",
    "runs_below",
    "said",
    "to_json",
    "write",
    "write_text",
]
