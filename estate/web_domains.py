"""Brings domain names of web lists into the one form that Squid accepts: each name stands for itself and all below it.

Needs nothing but the standard library: the proxy host runs this same file for lists it fetches.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from ipaddress import ip_address

_LABEL = re.compile(r"(?!-)[a-z0-9-]{1,63}(?<!-)")
_LONGEST = 253


class NoDomainError(ValueError):
    """Says why a text is no domain of a list."""


def canonical(text: str) -> str:
    """Gives a domain in lower-case ASCII without dots at its ends, or raises NoDomainError.

    `*.` and a leading dot mean what is meant anyway; letters beyond ASCII become punycode. The capital İ is refused:
    programs fold it differently, so that nobody could say which site is meant.
    """
    name = text.strip()
    if "İ" in name:
        raise NoDomainError("the capital İ is folded in different ways; write small letters")
    name = name.lower().removeprefix("*").removeprefix(".").removesuffix(".")
    if is_address(name):
        raise NoDomainError("an address is no domain; addresses are refused by the proxy anyway")
    if re.search(r"[/:@?#\s]", name):
        raise NoDomainError("a list holds domains, without scheme, port and path")
    try:
        name = name.encode("idna").decode("ascii") if not name.isascii() else name
    except UnicodeError:
        raise NoDomainError("the letters do not form a domain name") from None
    labels = name.split(".")
    if not all(_LABEL.fullmatch(label) for label in labels) or len(name) > _LONGEST:
        raise NoDomainError("letters, digits and - between single dots form a domain")
    if len(labels) < 2 or re.match(r"[0-9]", labels[-1]):
        raise NoDomainError("a single label would mean a whole top-level domain")
    return name


def is_address(name: str) -> bool:
    """Tells whether a text is an IP address, with or without the brackets of a URL."""
    try:
        ip_address(name.removeprefix("[").removesuffix("]"))
    except ValueError:
        return False
    return True


def merged(domains: Iterable[str]) -> list[str]:
    """Gives canonical domains without those below another one, in the order of their names.

    Squid dies of a domain that stands together with one above it; which was written first plays no part.
    """
    kept: set[str] = set()
    for domain in sorted(set(domains), key=lambda name: (name.count("."), name)):
        if not any(above in kept for above in parents(domain)):
            kept.add(domain)
    return sorted(kept, key=lambda name: name.split(".")[::-1])


def parents(domain: str) -> Iterable[str]:
    """Yields every domain above one, the nearest first."""
    while "." in domain:
        domain = domain.partition(".")[2]
        yield domain


def rendered(domains: Iterable[str]) -> str:
    """Gives the file of an acl: one domain per line, with the dot that takes in everything below it."""
    return "".join(f".{domain}\n" for domain in merged(domains))


def domains_of(text: str) -> tuple[list[str], int]:
    """Reads the domains of a published list, and counts the entries that are none.

    A list published by others holds remarks, addresses and whole URLs. An entry with a path is left out: of an
    encrypted connection only the host is seen, and closing a host for one of its pages would close too much.
    """
    found: list[str] = []
    skipped = 0
    for line in text.splitlines():
        entry = line.partition("#")[0].strip()
        if not entry:
            continue
        entry = re.sub(r"^https?://", "", entry, flags=re.IGNORECASE).removesuffix("/")
        try:
            found.append(canonical(entry))
        except NoDomainError:
            skipped += 1
    return found, skipped
