"""Restores a backup job into a drill's target from the escrowed envelope alone, and compares every file.

    pyinfra -y pyinfra_deploys/inventory.py pyinfra_deploys/restore.py --limit TARGET
        --data envelope=var/lab/escrow/JOB.json --data result_file=FILE
        [--data not_after=2026-11-26T09:00:00+03:00] [--data target=/]

Takes the newest snapshot that is not newer than `not_after` (default: now). Refuses without --limit, outside the
group drill_targets, and on any machine that is not the one named, bears no mark, or has made backups itself.
`result_file` gets the verdict with the names of all that is missing or differs; without a verdict it is not written.
"""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

from pyinfra.api.exceptions import PyinfraError
from pyinfra.context import host, state
from pyinfra.operations import apt

from estate.escrow import load_envelope
from estate.records import RecordError
from pyinfra_deploys.facts.backup import RestorePlace
from pyinfra_deploys.facts.vault import Whispered
from pyinfra_deploys.operations import backup


def restore_here() -> None:
    """Refuses or restores."""
    limited = state.limit_hosts is not None
    suitable = limited and "drill_targets" in host.groups
    place = host.get_fact(RestorePlace) if suitable else None
    if words := backup.refusal(host.name, list(host.groups), limited, place):
        raise PyinfraError(f"{words}. Nothing was touched.")
    if missing := [key for key in ("envelope", "result_file") if not host.data.get(key)]:
        raise PyinfraError(f"--data {missing[0]}=FILE is missing. Nothing was touched.")
    envelope = Path(str(host.data.envelope))
    try:
        load_envelope(envelope)
    except RecordError as error:
        raise PyinfraError(f"{error} Nothing was touched.") from None
    apt.packages(name="Have restic", packages=["restic"])
    backup.restore(
        name=f"Restore {envelope.stem} into {host.name}",
        envelope=Whispered(envelope.read_text(encoding="utf-8")),
        target=str(host.data.get("target") or "/"),
        not_after=str(host.data.get("not_after") or datetime.now(UTC).isoformat()),
        result_file=str(host.data.result_file),
    )


restore_here()
