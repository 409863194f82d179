"""Keeps, on the control machine, each receipt that was laid down, and which hosts an apply began and did not end.

`var/<environment>/receipts/`: `HOST.json` as it lies on the host (`receipt`: the signed text, `signature`), `HOST.open`
with the id of a run, `signing_key` and `allowed_signers`.
"""

from __future__ import annotations

import json
import tempfile
from collections.abc import Iterable
from functools import lru_cache
from pathlib import Path

from pydantic import ValidationError

from estate.records import RecordError, to_json, write_text
from estate.records.files import adapter, refused
from estate.records.receipts import Receipt
from estate.signatures import SignatureError, ensure_signer, sign, signer_of_text

NAMESPACE = "estate-receipt"
SIGNER = "receipts"
UNKNOWN_SIGNER = "it is not signed by the control machine"


def folder(var: Path) -> Path:
    """Names the folder of the receipts of one environment (`var/<environment>`)."""
    return var / "receipts"


def ensure_key(var: Path) -> Path:
    """Gives the key that signs receipts, made on first use together with the list of who may sign."""
    return ensure_signer(folder(var), SIGNER, NAMESPACE)


def sealed(var: Path, receipt: Receipt) -> str:
    """Signs a receipt and gives the text that is laid down. Raises SignatureError when it cannot be signed."""
    key = ensure_key(var)
    text = to_json(receipt)
    with tempfile.TemporaryDirectory() as place:
        path = Path(place, "receipt")
        path.write_text(text, encoding="utf-8")
        signature = sign(path, key, NAMESPACE).read_text(encoding="utf-8")
    return json.dumps({"receipt": text, "signature": signature})


def why_not_ours(var: Path, host: str, envelope: str) -> str:
    """Says why a receipt is not one that this control machine signed; nothing when it is.

    The very text that is kept here needs no process to check it: who can write the copy can sign as well, for the key
    lies beside it.
    """
    try:
        parts = json.loads(envelope)
        text, signature = str(parts["receipt"]), str(parts["signature"])
    except (ValueError, KeyError, TypeError, RecursionError):
        return "it is no whole receipt"
    if envelope == _text_kept(var, host):
        return ""
    signers = folder(var) / "allowed_signers"
    if not signers.exists():
        return f"{signers} is missing, so no signature can be checked"
    try:
        signer_of_text(text.encode(), signature, signers, NAMESPACE, SIGNER)
    except SignatureError:
        return UNKNOWN_SIGNER
    return ""


@lru_cache(maxsize=256)
def opened(envelope: str) -> Receipt:
    """Reads the receipt of an envelope whose signature was checked; raises RecordError when it has another shape.

    Most hosts hold the text that is kept here: it is read once.
    """
    try:
        receipt: Receipt = adapter(Receipt).validate_json(json.loads(envelope)["receipt"])
    except ValidationError as error:
        raise refused(Path("receipt.json"), error) from None
    return receipt


def keep(var: Path, host: str, envelope: str) -> None:
    """Keeps a receipt that was laid down."""
    write_text(folder(var) / f"{host}.json", envelope, mode=0o600)


def kept(var: Path, host: str) -> Receipt | None:
    """Gives the newest receipt that was laid down on a host from here; None when none was, or it is damaged."""
    try:
        return opened(_text_kept(var, host) or "")
    except (ValueError, KeyError, RecordError):
        return None


def _text_kept(var: Path, host: str) -> str | None:
    """Gives the copy of the receipt that was laid on a host last; None when there is none."""
    try:
        return (folder(var) / f"{host}.json").read_text(encoding="utf-8")
    except (FileNotFoundError, UnicodeDecodeError):
        return None


def begin(var: Path, hosts: Iterable[str], run: str) -> None:
    """Writes down that a run is about to change these hosts; one that fails or is killed leaves this behind."""
    for host in hosts:
        write_text(folder(var) / f"{host}.open", run + "\n")


def end(var: Path, hosts: Iterable[str]) -> None:
    """Writes down that the run that began has ended well on these hosts: Ansible, receipt and every deploy."""
    for host in hosts:
        (folder(var) / f"{host}.open").unlink(missing_ok=True)


def begun(var: Path, host: str) -> str:
    """Names the run that began to change a host and has not ended there; nothing when there is none."""
    path = folder(var) / f"{host}.open"
    return path.read_text(encoding="utf-8").strip() if path.exists() else ""
