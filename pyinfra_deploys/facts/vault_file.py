"""Opens what ansible-vault sealed (formats 1.1, 1.2), and seals for it, without starting Ansible; pure."""

from __future__ import annotations

import binascii
import hashlib
import hmac
import secrets

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.padding import PKCS7

ROUNDS = 10_000
"""How often ansible-vault stretches a password; the format fixes it."""
WIDTH = 80
"""How long the lines of a sealed file are."""
_BLOCK, _AROUND = 16, 2 * 64 + 2


def opened(sealed: bytes, password: bytes) -> str | None:
    """Gives the text, or None when this is not one of the two formats, another password sealed it, or it was changed.

    None decides nothing: ansible-vault itself knows more, and says what is wrong.
    """
    content = unsealed(sealed, password)
    return None if content is None else content.decode("utf-8")


def sealed(content: bytes, password: bytes) -> bytes:
    """Gives the content as `ansible-vault encrypt` writes it, format 1.1; decrypted, it is the same bytes."""
    salt = secrets.token_bytes(32)
    keys = hashlib.pbkdf2_hmac("sha256", password, salt, ROUNDS, 80)
    padding = PKCS7(128).padder()
    sealing = Cipher(algorithms.AES(keys[:32]), modes.CTR(keys[64:])).encryptor()
    hidden = sealing.update(padding.update(content) + padding.finalize()) + sealing.finalize()
    seal = hmac.digest(keys[32:64], hidden, "sha256")
    body = "\n".join(part.hex() for part in (salt, seal, hidden)).encode().hex()
    rows = [body[at : at + WIDTH] for at in range(0, len(body), WIDTH)]
    return "\n".join(["$ANSIBLE_VAULT;1.1;AES256", *rows, ""]).encode()


def is_whole(sealed: bytes) -> bool:
    """Tells by its length alone whether this is a sealed file from beginning to end, whatever is in it."""
    head, _, body = sealed.partition(b"\n")
    hidden = len(body.replace(b"\n", b"")) // 2 - _AROUND  # in hexadecimal digits
    return head.startswith(b"$ANSIBLE_VAULT;") and hidden > 0 and hidden % (2 * _BLOCK) == 0


def unsealed(sealed: bytes, password: bytes) -> bytes | None:
    """Gives the bytes, None as `opened` does."""
    if not (parts := _parts(sealed)):
        return None
    salt, seal, content = parts
    keys = hashlib.pbkdf2_hmac("sha256", password, salt, ROUNDS, 80)
    if not hmac.compare_digest(hmac.digest(keys[32:64], content, "sha256"), seal):
        return None
    unsealing = Cipher(algorithms.AES(keys[:32]), modes.CTR(keys[64:])).decryptor()
    padded = unsealing.update(content) + unsealing.finalize()
    padding = PKCS7(128).unpadder()
    return padding.update(padded) + padding.finalize()


def _parts(sealed: bytes) -> tuple[bytes, bytes, bytes] | None:
    """Gives salt, seal and what is hidden; None when this is not one of the two formats."""
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
    return salt, seal, content
