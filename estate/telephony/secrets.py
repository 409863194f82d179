"""Draws what proves a telephone and its mailbox from one secret key; nothing drawn is stored."""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from itertools import count, pairwise

LETTERS = 24
"""Letters of a secret, five bits each, from A-Z and 2-7: none has a meaning in a file of Asterisk."""


@dataclass(frozen=True)
class Secrets:
    """Holds the key that everything is drawn from, and by trunk the password the operator gave.

    An empty password says that nobody logs in there: the operator knows the exchange by its address.
    """

    key: str = field(repr=False)
    trunks: Mapping[str, str] = field(repr=False, default_factory=dict)


def secret(key: str, extension: str, holder: str, issued: date) -> str:
    """Gives the secret an extension registers with; another holder or day gives another one."""
    return base64.b32encode(drawn(key, "sip", extension, holder, issued.isoformat())).decode()[:LETTERS]


def digest(extension: str, realm: str, password: str) -> str:
    """Gives what the exchange keeps of a secret: it proves a telephone, and does not log one in elsewhere."""
    return hashlib.md5(f"{extension}:{realm}:{password}".encode(), usedforsecurity=False).hexdigest()


def pin(key: str, mailbox: str, holder: str, issued: date) -> str:
    """Gives the first PIN of a mailbox, six digits; never one digit six times, never six in a row."""
    for attempt in count():
        number = int.from_bytes(
            drawn(key, "pin", mailbox, holder, issued.isoformat(), str(attempt))[:8], "big"
        )
        digits = f"{number % 1_000_000:06}"
        if len({(int(b) - int(a)) % 10 for a, b in pairwise(digits)}) > 1:
            return digits
    raise AssertionError("unreachable: there are digits without a pattern")


def drawn(key: str, *parts: str) -> bytes:
    """Gives 32 bytes that follow from the key and the parts, and tell nobody the key; parts have no `|`."""
    return hmac.new(key.encode(), "|".join(parts).encode(), hashlib.sha256).digest()
