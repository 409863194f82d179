"""Judges proving faxes: what the sender was told, and whether the mailed picture is the one that was sent; pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from estate.records import Verdict
from estate.verify.calls import SUBJECT

Rows = tuple[bytes, ...]
"""The lines of a page, as estate.calls.fax_page gives them."""


@dataclass(frozen=True)
class Wanted:
    """States a fax: under which number and in which mode (T38 or audio) these pages have to arrive."""

    id: str
    title: str
    shown: str
    mode: str
    pages: tuple[Rows, ...]


@dataclass(frozen=True)
class Mailed:
    """States a mail about a fax: its subject, and its pages; what made them unreadable otherwise."""

    subject: str
    pages: tuple[Rows, ...]
    unreadable: str = ""


def verdicts(
    wanted: Sequence[Wanted], told: Mapping[str, Mapping[str, Any]], mailed: Sequence[Mailed], host: str
) -> list[Verdict]:
    """Gives a verdict for each fax.

    `told` is what the sender saw, by id: {status, pages, mode}; `mailed` are mails, oldest first.
    """
    return [_one(fax, told.get(fax.id), mailed, host) for fax in wanted]


def _one(fax: Wanted, told: Mapping[str, Any] | None, mailed: Sequence[Mailed], host: str) -> Verdict:
    received = [mail for mail in mailed if mail.subject.startswith(f"Gelen faks: {fax.shown} ")]
    wrong = _sent(fax, told) or _arrived(fax, received)
    if wrong:
        return Verdict(SUBJECT, fax.id, host, "failed", f"{fax.title}: {wrong[0]}", wrong[1])
    lines = sum(len(page) for page in fax.pages)
    return Verdict(SUBJECT, fax.id, host, "passed", fax.title, f"{fax.mode}, {lines} lines alike")


def _sent(fax: Wanted, told: Mapping[str, Any] | None) -> tuple[str, str] | None:
    if told is None:
        return "the operator sends it", "it has no record of such a fax"
    wanted = ("SUCCESS", len(fax.pages), fax.mode)
    found = (told["status"], told["pages"], told["mode"])
    if found != wanted:
        return f"the sender is told {wanted}", str(found)
    return None


def _arrived(fax: Wanted, mails: Sequence[Mailed]) -> tuple[str, str] | None:
    if not mails:
        return f"a mail tells of a fax from {fax.shown}", "none came"
    mail = mails[-1]
    if f"{len(fax.pages)} sayfa alındı" not in mail.subject:
        return f"the mail tells of {len(fax.pages)} whole pages", mail.subject
    if mail.unreadable:
        return "the mail carries its pages", mail.unreadable
    if len(mail.pages) != len(fax.pages):
        return f"the document has {len(fax.pages)} pages", str(len(mail.pages))
    for number, (sent, found) in enumerate(zip(fax.pages, mail.pages, strict=True), 1):
        if len(sent) != len(found):
            return f"page {number} has {len(sent)} lines", str(len(found))
        if differing := [
            at for at, (one, other) in enumerate(zip(sent, found, strict=True), 1) if one != other
        ]:
            return (
                f"page {number} is the one that was sent",
                f"line {differing[0]} and {len(differing) - 1} more differ",
            )
    return None
