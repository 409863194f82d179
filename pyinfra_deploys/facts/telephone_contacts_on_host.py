"""Knows where an exchange rings a telephone, and lets it forget those that may not register any more.

Comes along with telephony_on_host.py; needs the standard library only.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable

CONTACTS = "registrar/contact"
"""Where the database of Asterisk has the telephones that registered."""
READ_AGAIN = "read-again"
"""What tells a set to fetch its file, in pjsip_notify.conf."""
SECONDS = 1.0
"""How long Asterisk has for sending that: it looks where the set is when its turn comes."""
SECTION = re.compile(r"(?ms)^\[([^\]]+)\](?:\(([^)]*)\))?[ \t]*\n(.*?)(?=^\[|\Z)")
"""A section of a file of Asterisk: its name, what stands in parentheses behind it, its lines."""
_CONTACT = re.compile(rf"(?m)^/{CONTACTS}/(([0-9]+);@[^\s:]+)")
_PROOF = re.compile(r"(?m)^(?:password|password_digest|md5_cred)\s*=.*$")


def forget(before: str, after: str, asked: Callable[[str], str]) -> None:
    """Lets the exchange forget where telephones are whose secret is another one now, or whose number is gone.

    `before` and `after` are texts of pjsip.conf, `asked` tells Asterisk something and gives its answer. Without this
    the telephone of the last holder, or of who stole a secret, would ring until its registration ends: an hour. A set
    that may register with what it fetches now is told to fetch it before.
    """
    kept = proofs(after)
    renewed = {number for number, proof in proofs(before).items() if kept.get(number) != proof}
    shown = asked(f"database show {CONTACTS}") if renewed else ""
    gone = {key: number for key, number in _CONTACT.findall(shown) if number in renewed}
    for number in sorted(set(gone.values()) & kept.keys()):
        asked(f"pjsip send notify {READ_AGAIN} endpoint {number}")
    if gone:
        time.sleep(SECONDS)
    for key in gone:
        asked(f"database del {CONTACTS} {key}")


def proofs(text: str) -> dict[str, list[str]]:
    """Gives by extension what telephones prove themselves by, from the text of pjsip.conf."""
    found: dict[str, list[str]] = {}
    for section, _, body in SECTION.findall(text):
        if section.isdigit():
            found.setdefault(section, []).extend(_PROOF.findall(body))
    return found
