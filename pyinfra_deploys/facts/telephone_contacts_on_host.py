"""Knows where an exchange rings a telephone, and lets it forget those that may not register any more.

Comes along with telephony_on_host.py; needs the standard library only.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterable, Iterator

CONTACTS = "registrar/contact"
"""Where the database of Asterisk has the telephones that registered."""
READ_AGAIN = "read-again"
"""What tells a set to fetch its file, in pjsip_notify.conf."""
SECONDS = 1.0
"""How long Asterisk has for sending that: it looks where the set is when its turn comes."""
_CONTACT = re.compile(rf"(?m)^/{CONTACTS}/(([0-9]+);@[^\s:]+)")
_PROOF = re.compile(r"(?m)^(?:password|password_digest|md5_cred)\s*=.*$")


def sections(text: str) -> Iterator[tuple[str, str, str]]:
    """Yields the sections of a file of Asterisk: the name, what stands in parentheses behind it, the lines."""
    for part in f"\n{text}".split("\n[")[1:]:
        head, _, body = part.partition("\n")
        name, _, form = head.partition("]")
        yield name, form.partition(")")[0].removeprefix("("), body


def renewed(before: str, after: str) -> dict[str, bool]:
    """Names the extensions that `before` has and whose secret is another one in `after`, and whether it is there.

    Both are texts of pjsip.conf.
    """
    old, new = dict.fromkeys(sections(before)), dict.fromkeys(sections(after))
    kept = {name for name, _, _ in new}
    was, now = proofs(one for one in old if one not in new), proofs(one for one in new if one not in old)
    known = {name for name, _, _ in old}
    return {
        number: number in kept
        for number in was.keys() | now.keys()
        if number in known and was.get(number, []) != now.get(number, [])
    }


def forget(extensions: dict[str, bool], asked: Callable[[str], str]) -> None:
    """Lets the exchange forget where the telephones of `renewed` extensions are.

    `asked` tells Asterisk something and gives its answer. Without this the telephone of the last holder, or of who
    stole a secret, would ring until its registration ends: an hour. A set that may register with what it fetches now is
    told to fetch it before.
    """
    shown = asked(f"database show {CONTACTS}") if extensions else ""
    gone = {key: number for key, number in _CONTACT.findall(shown) if number in extensions}
    for number in sorted(number for number in set(gone.values()) if extensions[number]):
        asked(f"pjsip send notify {READ_AGAIN} endpoint {number}")
    if gone:
        time.sleep(SECONDS)
    for key in gone:
        asked(f"database del {CONTACTS} {key}")


def proofs(told: Iterable[tuple[str, str, str]]) -> dict[str, list[str]]:
    """Gives by extension what telephones prove themselves by, from sections of pjsip.conf."""
    found: dict[str, list[str]] = {}
    for section, _, body in told:
        if section.isdigit():
            found.setdefault(section, []).extend(_PROOF.findall(body))
    return found
