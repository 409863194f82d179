"""Judges what every system said to people who left, and to an account that is open; pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from estate.records.departures import Proof, Tried, Try
from estate.records.shapes import Judgement


@dataclass(frozen=True)
class Words:
    """Tells how a system lets in, how it refuses, and which refusal is about the password or a lock.

    Codes are those of the protocol, or of the client where it has none. A wrong password refuses also who may come
    in, and a lock opens by itself: both prove nothing about a closed account.
    """

    let_in: frozenset[int]
    refused: frozenset[int]
    said: str = ""
    other: str = r"(?!)"


SYSTEMS = {
    "ldap": Words(frozenset({0}), frozenset({49}), other=r"data (52e|775)\b"),
    "kerberos": Words(
        frozenset({0}),
        frozenset({1}),
        "revoked|entry in database has expired|policy rejects|not found in Kerberos database",
        "Preauthentication failed|Password incorrect",
    ),
    "imap": Words(frozenset({0}), frozenset({1}), "AUTHENTICATIONFAILED|AUTHORIZATIONFAILED|EXPIRED"),
    "submission": Words(frozenset({235}), frozenset({535})),
    "files": Words(
        frozenset({0}),
        frozenset({1}),
        "NT_STATUS_(ACCOUNT_DISABLED|ACCOUNT_EXPIRED|LOGON_FAILURE|NO_SUCH_USER)",
        "NT_STATUS_(LOGON_FAILURE|WRONG_PASSWORD|ACCOUNT_LOCKED_OUT)",
    ),
    "proxy": Words(frozenset({200, 403}), frozenset({407})),
    "telephone": Words(frozenset({200}), frozenset({401, 403, 404})),
}
"""Every system a person may log in to; what several hosts serve is named with the host, `imap posta2`.

A proxy that knows who asks answers 200 or, to what is closed, 403.
"""


def tried(answers: Iterable[Mapping[str, Any]], account: bool = True) -> tuple[Try, ...]:
    """Judges the answers about one person; without an `account` no password can be right, and none has to be."""
    return tuple(_tried(answer, account) for answer in answers)


def verdict(tries: Sequence[Try], control: Sequence[Try]) -> Judgement:
    """Says whether somebody is refused everywhere: failed when one system lets in, error when one proves nothing.

    Systems that refuse also the open account of the control prove nothing.
    """
    results = {one.result for one in tries}
    if "let_in" in results:
        return "failed"
    sound = bool(tries) and {one.system for one in tries} == {one.system for one in control}
    if not sound or results - {"nothing"} != {"refused"} or any(one.result != "let_in" for one in control):
        return "error"
    return "passed"


def faults(proof: Proof) -> list[str]:
    """Names person and systems of a proof that did not pass, one line for each kind of fault."""
    who = f"{proof.user} ({proof.personnel_number})"
    inside = ", ".join(one.system for one in proof.tries if one.result == "let_in")
    unclear = [f"{one.system}: {one.said}" for one in proof.tries if one.result == "error"]
    barred = [f"{one.system}: {one.said}" for one in proof.control if one.result != "let_in"]
    found = [f"{who} left and is let in by {inside}"] if inside else []
    found += [f"{who} is not proven to be refused; {each}" for each in unclear]
    found += [
        f"{who} is not proven to be refused; an open account is not let in either; {each}" for each in barred
    ]
    return found


def _tried(answer: Mapping[str, Any], account: bool) -> Try:
    said = str(answer.get("error") or answer.get("nothing") or f"{answer['code']} {answer['said']}".strip())
    return Try(answer["system"], _result(answer, account), said, float(answer["seconds"]))


def _result(answer: Mapping[str, Any], account: bool) -> Tried:
    words = SYSTEMS[answer["system"].partition(" ")[0]]
    if "error" in answer:
        return "error"
    if "nothing" in answer:
        return "nothing"
    if answer["code"] in words.let_in:
        return "let_in"
    other = account and re.search(words.other, answer["said"])
    if answer["code"] not in words.refused or other or not re.search(words.said, answer["said"]):
        return "error"
    return "refused"
