"""Keeps the sealed envelope of each backup job: all that is needed to restore on the day everything else is lost."""

from __future__ import annotations

import base64
import io
import shlex
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from pydantic import ConfigDict

from estate.records import RecordError, read, to_json, write_text
from estate.records.files import MEND

PROGRAM = ("backup_content", "backup_restic", "backup_restore")
SOURCES = Path(__file__).resolve().parents[1] / "exporters"
START = "import sys\nfrom exporters.backup_restore import main\nsys.exit(main())\n"


@dataclass(frozen=True)
class Envelope:
    """States where a job's repository is, who it is, and the one key of it that exists nowhere else.

    `key` is a key of its own, so that it can be told from the client's and withdrawn alone. `ca_certificate` is
    PEM text. Secrets do not show in a repr.
    """

    job: str
    repository_url: str
    repository_id: str
    username: str
    password: str = field(repr=False)
    key: str = field(repr=False)
    ca_certificate: str = field(repr=False)
    created: datetime

    __pydantic_config__ = ConfigDict(extra="forbid", strict=True)


def envelope_path(var: Path, job: str) -> Path:
    """Names the envelope of a job; `var` is var/<environment>."""
    return var / "escrow" / f"{job}.json"


def load_envelope(path: Path) -> Envelope:
    """Reads an envelope; raises RecordError saying what is missing, never showing what is there."""
    try:
        return read(path, Envelope)
    except RecordError as error:
        if not path.exists():
            raise RecordError(
                f"{path}: there is no envelope. Make it with `./scripts/estate escrow seal --job {path.stem}`."
            ) from None
        raise RecordError(str(error).replace(MEND, "Seal it anew, do not edit it.")) from None


def write_envelope(path: Path, envelope: Envelope) -> None:
    """Replaces an envelope in one step, only its owner can read it; one for another repository is set aside."""
    try:
        known = load_envelope(path).repository_id if path.exists() else envelope.repository_id
    except RecordError:
        known = "unreadable"
    if known != envelope.repository_id:
        path.rename(path.with_name(f"{path.stem}.{known[:10]}.json"))
    write_text(path, to_json(envelope, indent=1) + "\n", mode=0o600)


def restore_command(arguments: Sequence[str]) -> str:
    """Gives the shell command that runs the restore program on a host which has restic and nothing of ours.

    The program travels in the command, the envelope goes to its standard input; nothing of either stays.
    """
    packed = base64.b64encode(_packed()).decode()
    words = shlex.join(arguments)
    return (
        'set -e; umask 077; d=$(mktemp -d -p "${XDG_RUNTIME_DIR:-/run}" estate-escrow-XXXXXXXX); '
        """trap 'rm -rf "$d"' EXIT; """
        f'printf %s {packed} | base64 -d > "$d/restore.pyz"; python3 -B "$d/restore.pyz" {words}'
    )


def summary(answer: dict[str, Any]) -> str:
    """Puts the answer of a check or a restore into one line for a person."""
    if answer["reason"] == "opens":
        return f"opens repository {answer['repository_id'][:8]}, {answer['snapshots']} snapshots"
    return f"{answer['reason']}: {answer.get('words') or 'see the result file'}"


def _packed() -> bytes:
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w", zipfile.ZIP_DEFLATED) as packed:
        packed.writestr(zipfile.ZipInfo("__main__.py"), START)
        packed.writestr(zipfile.ZipInfo("exporters/__init__.py"), "")
        for name in PROGRAM:
            item = zipfile.ZipInfo(f"exporters/{name}.py")
            item.compress_type = zipfile.ZIP_DEFLATED
            packed.writestr(item, (SOURCES / f"{name}.py").read_bytes())
    return held.getvalue()
