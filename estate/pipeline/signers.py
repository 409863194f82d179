"""Reads who may sign with which key: the list on the control host, one plain name per key and one key per name's line.

What OpenSSH would also take is refused here where it would blur who somebody is: patterns, authorities, and a key that
stands under two names, which could count as two people.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

NAME = re.compile(r"[a-z][a-z0-9]*(?:[._-][a-z0-9]+)*")
KEY = re.compile(r"(?:sk-)?(?:ssh|ecdsa)-[a-z0-9@.-]+")
GIT = "git"
"""For what git signs commits with."""
PLAN = "estate-plan"
"""For what a plan is approved with."""


class SignersError(Exception):
    """Says which line of the list cannot be used and why."""


def names(text: str) -> frozenset[str]:
    """Gives everybody the list names; raises SignersError with every line that leaves open who somebody is."""
    owner: dict[str, str] = {}
    wrong: list[str] = []
    for number, line in enumerate(text.splitlines(), start=1):
        if line.strip() and not line.lstrip().startswith("#"):
            wrong += [f"line {number}: {why}" for why in _read(line.strip(), owner)]
    if wrong:
        raise SignersError("; ".join(wrong))
    if not owner:
        raise SignersError("it names nobody")
    return frozenset(owner.values())


def _read(line: str, owner: dict[str, str]) -> Iterable[str]:
    """Adds the key of one line to its owner; yields what is wrong with the line."""
    found = re.fullmatch(
        r"(\S+)\s+(?:((?:\"[^\"]*\"|[^\s\"])+)\s+)?(\S+)\s+([A-Za-z0-9+/]+=*)(?:\s.*)?", line
    )
    if found is None or not KEY.fullmatch(found[3]):
        yield "not `NAME [options] KEYTYPE KEY`"
        return
    name, options, key = found[1], (found[2] or "").lower(), found[4]
    if not NAME.fullmatch(name):
        yield f"{name} is not one plain user name (no patterns, no lists)"
    if "cert-authority" in options:
        yield "an authority may speak for anybody; write each person's key"
    if owner.setdefault(key, name) != name:
        yield f"the key of {name} is {owner[key]}'s as well: they would count as two people"
