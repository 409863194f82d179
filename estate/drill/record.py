"""Builds the evidence record of a drill: what an auditor asks for, from what really happened."""

from __future__ import annotations

import platform
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any

from estate.drill.conductor import Held
from estate.drill.judgement import Promise, Restored
from estate.records import Verdict

RISK = (
    "the living service is neither contacted nor changed after T0; the target is confirmed"
    " before each destructive step; any other machine ends the drill"
)
RISK_OF_A_SWITCH = (
    "the living switches are neither contacted nor changed; the spare one is reached at its console alone and gets"
    " nothing unless it is blank and of the model of the lost one; what is on record of the lost one stays"
)
TOOLS = (("ansible", "--version"), ("pyinfra", "--version"), ("podman", "--version"))


def versions() -> dict[str, str]:
    """Returns the version of each tool the drill ran with, as the tool itself says it."""
    found = {"python": platform.python_version(), "system": platform.platform()}
    for tool, option in TOOLS:
        try:
            done = subprocess.run([tool, option], capture_output=True, text=True, timeout=60)
            found[tool] = (done.stdout or done.stderr).strip().splitlines()[0]
        except (OSError, IndexError, subprocess.SubprocessError):
            found[tool] = "not found"
    return found


def problems(verdicts: Sequence[Verdict], held: Held) -> list[str]:
    """Returns every broken promise and every missing verdict as one sentence each."""
    found = [
        f"{each.subject}, {each.check}: expected {each.expected}, found {each.found}"
        for each in verdicts
        if each.result != "passed"
    ]
    return ([held.problem] if held.problem else []) + found


def build(
    declared: Mapping[str, Any],
    head: Mapping[str, Any],
    promise: Promise,
    held: Held,
    restored: Restored | None,
    rpo_seconds: float | None,
    verdicts: Sequence[Verdict],
    result: str,
    ended: datetime,
) -> dict[str, Any]:
    """Returns the record, ready to be sealed.

    `head` says who, commit, environment and reason. Seconds are monotonic, times ISO 8601 UTC; `observed` is
    the period in which the facts were true, `collected` when they were written down.
    """
    found = problems(verdicts, held)
    return {
        **head,
        **_announced(declared),
        "success_criteria": [f"{each.check}: {each.expected}" for each in verdicts],
        "result": result,
        **_times(promise, ended),
        "phases": {name: round(seconds, 1) for name, seconds in held.phases.items()},
        "rto_seconds": round(held.phases["accepted"], 1) if "accepted" in held.phases else None,
        "rto_target_seconds": promise.rto_seconds,
        "rpo_seconds": rpo_seconds,
        "rpo_target_seconds": promise.rpo_seconds,
        "restore": restored and _restore(restored),
        "checks": [asdict(each) for each in verdicts],
        "commands": held.commands,
        "versions": versions(),
        "problems": found,
        "lessons": [],
        "corrective_actions": [
            {"problem": each, "owner": None, "due": None, "retest": None} for each in found
        ],
    }


def _times(promise: Promise, ended: datetime) -> dict[str, Any]:
    begun, over = promise.lost_at.isoformat(), ended.isoformat()
    return {"started": begun, "ended": over, "observed": {"from": begun, "to": over}, "collected": over}


def _announced(declared: Mapping[str, Any]) -> dict[str, Any]:
    """Returns what stood before the drill began: what, why, who, what it must not touch and does not prove."""
    return {
        "scenario": declared["id"],
        "title_tr": declared["title_tr"],
        "objective": "the service comes back from code and backup alone, within the promised time and loss",
        "service": declared["service"],
        "backup_job": declared["backup_job"],
        "systems": {"lost": declared["lost_host"], "target": declared["target"]},
        "risk": RISK_OF_A_SWITCH if declared.get("spare") else RISK,
        "accounts": list(declared["accounts"]),
        "participants": list(declared["participants"]),
        "approved_by": declared["approved_by"],
        "told": declared.get("told", ""),
        "not_tested": list(declared["not_tested"]),
    }


def _restore(restored: Restored) -> dict[str, Any]:
    return {
        "result": restored.result,
        "reason": restored.reason,
        "snapshot_id": restored.snapshot or None,
        "snapshot_time": restored.snapshot_time or None,
        "seconds": round(restored.restore_seconds, 1),
        "compare_seconds": round(restored.compare_seconds, 1),
        "files": restored.files,
        "bytes": restored.bytes,
        "missing": list(restored.missing),
        "mismatches": list(restored.mismatches),
        "renewed_by_us": list(restored.renewed),
        "left_open": list(restored.left_open),
    }
