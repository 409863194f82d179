"""Signs and verifies with OpenSSH's own keys (`ssh-keygen -Y`): evidence of drills, commits, approvals of plans."""

from __future__ import annotations

import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path


class SignatureError(Exception):
    """Says why something could not be signed, or whose signature does not hold and why."""


@dataclass(frozen=True)
class Signature:
    """Names whose signature holds, and what ssh-keygen said of it (with the fingerprint of the key)."""

    principal: str
    said: str


def ensure_signer(store: Path, identity: str, namespace: str) -> Path:
    """Gives the signing key of a store of signed records, made on first use together with `allowed_signers`."""
    key = store / "signing_key"
    if not key.exists():
        store.mkdir(parents=True, exist_ok=True)
        subprocess.run(
            ["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", identity, "-f", str(key)],
            check=True,
            stdin=subprocess.DEVNULL,
        )
    signers = store / "allowed_signers"
    if not signers.exists():
        public = (store / "signing_key.pub").read_text(encoding="utf-8").split()
        signers.write_text(f'{identity} namespaces="{namespace}" {public[0]} {public[1]}\n', encoding="utf-8")
    return key


def sign(path: Path, key: Path, namespace: str) -> Path:
    """Signs a file and gives the signature beside it (`.sig`), replacing an older one; raises SignatureError."""
    signature = path.with_name(f"{path.name}.sig")
    signature.unlink(missing_ok=True)
    done = _ran("sign", "-q", "-f", str(key), "-n", namespace, str(path))
    if done.returncode != 0:
        raise SignatureError(f"signing {path} failed: {_told(done)}")
    return signature


def signer(content: bytes, signature: Path, signers: Path, namespace: str) -> Signature:
    """Gives whose signature of `content` this is, by a list of OpenSSH's form (ssh-keygen(1), ALLOWED SIGNERS).

    Raises:
        SignatureError: the key is nobody's in the list, or the signature is of something else, or for another use.
    """
    for needed in (signers, signature):
        if not needed.exists():
            raise SignatureError(f"{needed.name} is missing")
    found = _ran("find-principals", "-s", str(signature), "-f", str(signers))
    if found.returncode != 0:
        raise SignatureError("signed by nobody in allowed_signers")
    principal = found.stdout.decode(errors="replace").split("\n")[0].strip()
    return _verified(content, signature, signers, namespace, principal)


def _verified(content: bytes, signature: Path, signers: Path, namespace: str, principal: str) -> Signature:
    done = _ran(
        "verify", "-f", str(signers), "-I", principal, "-n", namespace, "-s", str(signature), content=content
    )
    if done.returncode != 0:
        raise SignatureError(_told(done))
    return Signature(principal, done.stdout.decode(errors="replace").strip())


def signer_of_text(
    content: bytes, signature: str, signers: Path, namespace: str, expected: str = ""
) -> Signature:
    """Gives whose signature this is, as `signer` does, from the armoured text of the signature.

    Where one signer is `expected`, only that one's counts, which costs one process less.
    """
    with tempfile.TemporaryDirectory(prefix="estate-signature-") as folder:
        path = Path(folder) / "signature"
        path.write_text(signature, encoding="utf-8")
        if expected:
            return _verified(content, path, signers, namespace, expected)
        return signer(content, path, signers, namespace)


def _ran(what: str, *arguments: str, content: bytes = b"") -> subprocess.CompletedProcess[bytes]:
    argv = ["ssh-keygen", "-Y", what, *arguments]
    try:
        return subprocess.run(argv, input=content, capture_output=True, check=False)
    except FileNotFoundError:
        raise SignatureError("ssh-keygen is not installed (Debian: openssh-client)") from None


def _told(done: subprocess.CompletedProcess[bytes]) -> str:
    told = (done.stdout + done.stderr).decode(errors="replace").strip()
    return told.splitlines()[-1] if told else f"ssh-keygen ended with {done.returncode}"
