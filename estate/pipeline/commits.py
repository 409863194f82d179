"""Takes a commit apart as git signs it: what is signed, and the signature; pure."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Commit:
    """Holds the signed bytes of a commit, its armoured SSH signature (empty: none), and its first line."""

    payload: bytes
    signature: str
    title: str


def taken_apart(raw: bytes) -> Commit:
    """Gives what `git cat-file commit` printed in its two parts.

    A commit with more than one signature, or one that is no SSH signature, counts as unsigned: it has to be clear what
    was verified.
    """
    head, _, message = raw.partition(b"\n\n")
    kept: list[bytes] = []
    signatures: list[list[bytes]] = []
    inside = False
    for line in head.split(b"\n"):
        if line.startswith((b"gpgsig ", b"gpgsig-sha256 ")):
            inside = True
            signatures.append([line.partition(b" ")[2]])
        elif inside and line.startswith(b" "):
            signatures[-1].append(line[1:])
        else:
            inside = False
            kept.append(line)
    text = b"\n".join(signatures[0]).decode("ascii", "replace") + "\n" if len(signatures) == 1 else ""
    signed = text if text.startswith("-----BEGIN SSH SIGNATURE-----\n") else ""
    title = message.decode("utf-8", "replace").strip().split("\n")[0]
    return Commit(b"\n".join(kept) + b"\n\n" + message, signed, title)
