"""Restores a job on a host from its envelope, judged by content, and brings the result home."""

from __future__ import annotations

import json
from collections.abc import Generator
from pathlib import Path
from typing import Any

from pyinfra.api.command import FunctionCommand
from pyinfra.api.exceptions import PyinfraError
from pyinfra.api.operation import operation
from pyinfra.context import host

from estate.escrow import restore_command, summary
from estate.records import write_text
from pyinfra_deploys.facts.backup import Place
from pyinfra_deploys.facts.vault import Whispered


def refusal(name: str, groups: list[str], limited: bool, place: Place | None) -> str:
    """Says why nothing may be restored into this machine, or gives an empty text."""
    if not limited:
        return "no --limit was given; name the one host to restore into"
    if "drill_targets" not in groups:
        return f"{name} is not in the group drill_targets: people may depend on it"
    if place is None:
        return f"{name} did not say who it is"
    if place.hostname != name:
        return f"asked for {name}, but the machine that answers is {place.hostname}"
    if place.good_backups:
        return (
            f"{name} has made {place.good_backups} good backups itself: it is a living source, not a target"
        )
    if not place.mark:
        return f"{name} bears no mark of a drill or a recovery (/etc/estate/drill); see the RUNBOOK of backup_client"
    return ""


def answered(answer: dict[str, Any]) -> dict[str, Any]:
    """Gives the result file's content: all the program said, each damaged file with what is wrong with it in words."""
    return answer | {
        "mismatches": [f"{item['path']}: {item['why']}" for item in answer.get("mismatches", [])]
    }


@operation(is_idempotent=False)
def restore(
    envelope: Whispered, target: str, not_after: str, result_file: str
) -> Generator[FunctionCommand, None, None]:
    """Restores the newest snapshot up to `not_after` below `target` and writes the result on the controller.

    Without a verdict (the repository does not answer) no result is written. Anything but `passed` fails.
    """
    yield FunctionCommand(_restored, (envelope, target, not_after, result_file), {})


def _restored(envelope: Whispered, target: str, not_after: str, result_file: str) -> None:
    command = restore_command(["restore", "--target", target, "--not-after", not_after])
    _, output = host.run_shell_command(command=command, _stdin=envelope)
    try:
        answer: dict[str, Any] = json.loads("\n".join(output.stdout_lines))
    except ValueError:
        answer = {"result": "error"}
        why = " ".join(output.stderr_lines)[-500:]
    else:
        why = summary(answer) if answer["result"] == "error" else ""
    if answer["result"] == "error":
        told = f"{host.name}: no verdict: {why}"  # the drill hears these words: no line of a traceback may quote them
        raise PyinfraError(told)
    write_text(Path(result_file), json.dumps(answered(answer), indent=1) + "\n")
    if answer["result"] != "passed":
        raise PyinfraError(f"{host.name}: the restore failed: {summary(answer)}; details in {result_file}")
