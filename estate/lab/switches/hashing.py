"""Hashes the secrets of a switch the way a switch does: with a new salt each time, so that no two are equal."""

from __future__ import annotations

import hashlib
import re
import secrets


def hashed(secret: str) -> str:
    """Returns a secret in the form the switch keeps, with a new salt each time; a hash stays what it is."""
    if re.match(r"\$\d\$", secret):
        return secret
    salt = secrets.token_hex(7)
    return f"$9${salt}${_digest(salt, secret)}"


def matches(kept: str, secret: str) -> bool:
    """Tells whether a secret is the one that was hashed."""
    parts = kept.split("$")
    return parts[-1] == (_digest(parts[2], secret) if len(parts) == 4 else secret)


def _digest(salt: str, secret: str) -> str:
    return hashlib.sha256(f"{salt}{secret}".encode("utf-8", "surrogateescape")).hexdigest()[:43]
