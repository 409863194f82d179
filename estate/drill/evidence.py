"""Keeps the evidence of drills: one record per drill, its attachments by hash, signed and chained.

The record holds what an auditor asks for (BIGR 3.1.13.4: day and hour, systems, proof, result, problems and
lessons). It lies in `var/<environment>/evidence/<run id>/`: `record.json`, `record.json.sig` (OpenSSH
signature, namespace `estate-evidence`) and the attachments that the record names with their SHA-256.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from estate import signatures
from estate.records import read_text

NAMESPACE = "estate-evidence"


class EvidenceError(Exception):
    """Says why evidence could not be written or signed."""


@dataclass(frozen=True)
class Finding:
    """Is one thing that `verify` looked at: `check`, whether it `holds`, and what was found."""

    check: str
    holds: bool
    found: str


def sha256_of(path: Path) -> str:
    """Returns the hex SHA-256 of a file's bytes."""
    with path.open("rb") as handle:
        return hashlib.file_digest(handle, "sha256").hexdigest()


def newest(store: Path, before: str | None = None) -> Path | None:
    """Returns the newest record in a store (run ids sort by time), or the newest before run id `before`."""
    records = sorted(store.glob("*/record.json"))
    older = [path for path in records if before is None or path.parent.name < before]
    return older[-1] if older else None


def newest_on(store: Path, target: str) -> dict[str, Any] | None:
    """Returns the newest record in a store of a drill that was held on this target, None when there is none."""
    for path in sorted(store.glob("*/record.json"), reverse=True):
        found: dict[str, Any] = json.loads(read_text(path))
        if found.get("systems", {}).get("target") == target:
            return found
    return None


def seal(folder: Path, record: dict[str, Any], attachments: list[str], key: Path) -> Path:
    """Writes and signs the record of a finished drill and returns its path.

    `attachments` are file names inside `folder`; their hashes go into the record, as does the hash of the
    previous record of the store, so that a removed or altered piece shows.
    Raises EvidenceError when ssh-keygen cannot sign.
    """
    previous = newest(folder.parent, before=folder.name)
    record = {
        **record,
        "attachments": {name: sha256_of(folder / name) for name in sorted(attachments)},
        "previous": previous and {"id": previous.parent.name, "sha256": sha256_of(previous)},
    }
    path = folder / "record.json"
    aside = folder / "record.json.part"
    aside.write_text(
        json.dumps(record, ensure_ascii=False, indent=2, sort_keys=True) + "\n", encoding="utf-8"
    )
    try:
        signature = signatures.sign(aside, key, NAMESPACE)
    except signatures.SignatureError as error:
        raise EvidenceError(str(error)) from error
    signature.rename(path.with_suffix(".json.sig"))
    aside.rename(path)
    return path


def _signature(path: Path, signers: Path) -> Finding:
    try:
        found = signatures.signer(path.read_bytes(), path.with_suffix(".json.sig"), signers, NAMESPACE)
    except signatures.SignatureError as error:
        return Finding("signature", False, str(error))
    return Finding("signature", True, found.said)


def _previous(path: Path, record: dict[str, Any]) -> Finding:
    claimed = record.get("previous")
    actual = newest(path.parent.parent, before=path.parent.name)
    if claimed is None:
        found = actual.parent.name if actual else "none, as recorded"
        return Finding("chain", actual is None, found)
    before = path.parent.parent / claimed["id"] / "record.json"
    if not before.is_file():
        return Finding("chain", False, f"previous record {claimed['id']} is missing")
    if actual != before:
        return Finding("chain", False, f"{actual and actual.parent.name} is not in the chain")
    holds = sha256_of(before) == claimed["sha256"]
    return Finding("chain", holds, f"{claimed['id']} {'unchanged' if holds else 'was altered'}")


def verify(folder: Path) -> list[Finding]:
    """Returns what holds and what does not of one record: signature, attachments, chain.

    Raises EvidenceError when there is no readable record at all.
    """
    path = folder / "record.json"
    try:
        record = json.loads(read_text(path))
    except (OSError, ValueError) as error:
        raise EvidenceError(f"{path}: no readable record ({error})") from error
    findings = [_signature(path, folder.parent / "allowed_signers")]
    for name, digest in record.get("attachments", {}).items():
        attached = folder / name
        found = sha256_of(attached) if attached.is_file() else "missing"
        findings.append(Finding(f"attachment {name}", found == digest, found))
    findings.append(_previous(path, record))
    return findings
