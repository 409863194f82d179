"""Opens a text that ansible-vault sealed, without starting Ansible: its formats 1.1 and 1.2; pure."""

from __future__ import annotations

import binascii
import hashlib
import hmac

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.padding import PKCS7

ROUNDS = 10_000
"""How often ansible-vault stretches a password; the format fixes it."""


def opened(sealed: bytes, password: bytes) -> str | None:
    """Gives the text, or None when this is not one of the two formats, another password sealed it, or it was changed.

    None decides nothing: ansible-vault itself knows more, and says what is wrong.
    """
    head, _, body = sealed.partition(b"\n")
    words = head.split(b";")
    if words[0] != b"$ANSIBLE_VAULT" or words[1:3] not in ([b"1.1", b"AES256"], [b"1.2", b"AES256"]):
        return None
    try:
        salt, seal, content = map(
            bytes.fromhex, bytes.fromhex(body.decode("ascii")).decode("ascii").split("\n")
        )
    except (ValueError, binascii.Error):
        return None
    keys = hashlib.pbkdf2_hmac("sha256", password, salt, ROUNDS, 80)
    if not hmac.compare_digest(hmac.digest(keys[32:64], content, "sha256"), seal):
        return None
    unsealing = Cipher(algorithms.AES(keys[:32]), modes.CTR(keys[64:])).decryptor()
    padded = unsealing.update(content) + unsealing.finalize()
    padding = PKCS7(128).unpadder()
    return (padding.update(padded) + padding.finalize()).decode("utf-8")
