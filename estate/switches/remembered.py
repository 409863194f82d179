"""Remembers which secrets were written to a switch, so that a new one is written once and an old one never again; pure.

A switch shows a secret as a salted hash of its own, or not at all: whether it is the one of the vault, nobody can read.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets as random
from collections.abc import Iterable, Mapping
from functools import lru_cache

from estate.switches.intended import Configuration
from estate.switches.sheet import PLACE


@lru_cache(maxsize=1024)  # stretching costs 50 ms, and hundreds of switches hold the same secrets
def mark(secret: str, salt: str) -> str:
    """Gives what is kept of a secret: salt and stretched hash, from which it cannot be read."""
    digest = hashlib.scrypt(secret.encode(), salt=bytes.fromhex(salt), n=2**14, r=8, p=1, dklen=32)
    return f"{salt}${digest.hex()}"


def marks(
    wanted: Configuration, secrets: Mapping[str, str], others: Iterable[Mapping[str, str]] = ()
) -> dict[str, str]:
    """Gives what is kept after the secrets of a configuration were written; salted as for `others` where those are."""
    salts = {key: _salt(kept) for each in others for key, kept in each.items()}
    written = [key for key in wanted.secrets if key in secrets]
    return {key: mark(secrets[key], salts.get(key) or random.token_hex(16)) for key in written}


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
        if "<vault:" not in line:
            continue
        known = [old.get(key) for key in PLACE.findall(line)]
        if False in known or (None in known and (first or line in wanted.unseen)):
            found.append(line.partition("<vault:")[0])
    return tuple(found)


def stretched(kept: Iterable[Mapping[str, str]], secrets: Mapping[str, str]) -> None:
    """Stretches the secrets for all salts of what is kept, so that `renewed` finds them done; for a thread aside."""
    for key, salt in sorted({(key, _salt(mark_)) for each in kept for key, mark_ in each.items()}):
        if key in secrets:
            mark(secrets[key], salt)


def _is(kept: str, secret: str) -> bool:
    return hmac.compare_digest(kept, mark(secret, _salt(kept)))


def _salt(kept: str) -> str:
    return kept.partition("$")[0]
