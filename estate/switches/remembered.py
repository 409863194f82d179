"""Remembers which secrets were written to a switch, so that a new one is written once and an old one never again; pure.

A switch shows a secret as a salted hash of its own, or not at all: whether it is the one of the vault, nobody can read.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets as random
from collections.abc import Mapping

from estate.switches.intended import Configuration
from estate.switches.sheet import PLACE


def mark(secret: str, salt: str = "") -> str:
    """Gives what is kept of a secret: salt and stretched hash, from which it cannot be read."""
    salt = salt or random.token_hex(16)
    digest = hashlib.scrypt(secret.encode(), salt=bytes.fromhex(salt), n=2**14, r=8, p=1, dklen=32)
    return f"{salt}${digest.hex()}"


def marks(wanted: Configuration, secrets: Mapping[str, str]) -> dict[str, str]:
    """Gives what is kept after the secrets of a configuration were written."""
    return {key: mark(secrets[key]) for key in wanted.secrets if key in secrets}


def renewed(
    wanted: Configuration, kept: Mapping[str, str], secrets: Mapping[str, str], first: bool = False
) -> tuple[str, ...]:
    """Gives how the lines begin whose secret is another one than was written last.

    Nothing kept: a line that the switch shows is believed, for nobody knows better; one that it never shows is written.
    `first`: the switch has other logins than the declared ones, so all are written.
    """
    old = {key: _is(kept[key], secrets[key]) for key in wanted.secrets if key in kept and key in secrets}
    found = []
    for line in (*wanted.text.splitlines(), *wanted.unseen):
        known = [old.get(key) for key in PLACE.findall(line)]
        if False in known or (None in known and (first or line in wanted.unseen)):
            found.append(line.partition("<vault:")[0])
    return tuple(found)


def _is(kept: str, secret: str) -> bool:
    return hmac.compare_digest(kept, mark(secret, kept.partition("$")[0]))
