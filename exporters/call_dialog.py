"""Names a call as SIP knows it, from what a telephone wrote down; who hands a call over has to name it."""

from __future__ import annotations

import re
from urllib.parse import quote

ANSWERED = re.compile(r"SIP/2\.0 200 [^\n]*\n(.*?)\r?\n\r?\n", re.DOTALL)
CALL = re.compile(r"(?mi)^Call-ID: *(\S+)")
DIALLING = re.compile(r"(?mi)^CSeq: *\d+ INVITE\b")
TAG = r"(?mi)^{}:[^\n]*;tag=([^;\s]+)"


def replaces(trace: str, call: str) -> str | None:
    """Gives the header Replaces for a call that the telephone dialled, as it stands in an address (RFC 3891).

    `trace` is what was said in SIP; None when it holds no answer to that call.
    """
    for found in ANSWERED.finditer(trace):
        head = found[1] + "\n"
        name, here, there = (
            CALL.search(head),
            re.search(TAG.format("From"), head),
            re.search(TAG.format("To"), head),
        )
        if name and here and there and name[1] == call and DIALLING.search(head):
            return quote(f"{call};to-tag={there[1]};from-tag={here[1]}", safe="")
    return None
