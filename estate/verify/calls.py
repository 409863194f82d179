"""Judges proving calls: what the probe heard, and what the operator of the lab saw; pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from estate.records import Verdict

SUBJECT = "calls"
MAILED_SECONDS = 1.5
"""How much of the caller's tone a mailed message has to hold, of the four seconds that were spoken."""


@dataclass(frozen=True)
class Wanted:
    """States what one proving call has to show beside what was heard.

    `seen` is the number called and the number shown at the operator's; `mailed` the number whose message has to reach
    the mailbox, and the telephone whose tone it holds.
    """

    id: str
    title: str
    seen: tuple[str, str] | None = None
    mailed: tuple[str, str] | None = None


def verdicts(wanted: Sequence[Wanted], observed: Mapping[str, Any], host: str) -> list[Verdict]:
    """Gives a verdict for each proving call, in their order; one that got no answer is an error.

    `observed`: `verdicts` as exporters/call_check.py answers, and `seen`, the calls at the operator's: {number, shown,
    trunk}, and `mails`, the attachments of mails: {subject, heard: seconds of each telephone's tone}.
    """
    answers = {each["id"]: each for each in observed["verdicts"]}
    return [_one(call, answers.get(call.id), observed, host) for call in wanted]


def _one(call: Wanted, answer: Mapping[str, Any] | None, observed: Mapping[str, Any], host: str) -> Verdict:
    if answer is None:
        return Verdict(SUBJECT, call.id, host, "error", call.title, "no verdict came back")
    expected, found, result = call.title, _measured(answer), answer["result"]
    if result != "passed":
        expected, found = f"{call.title}: {answer['expected']}", answer["found"]
    elif call.seen is not None and (told := _unseen(*call.seen, observed["seen"])):
        expected = f"the operator is called for {call.seen[0]} and shown {call.seen[1]}"
        found, result = told, "failed"
    elif call.mailed is not None and (told := _unmailed(*call.mailed, observed["mails"])):
        expected = f"a message of {call.mailed[0]} is mailed, with {MAILED_SECONDS:g} s of its caller's tone"
        found, result = told, "failed"
    return Verdict(SUBJECT, call.id, host, result, expected, found, answer["seconds"])


def _unseen(number: str, shown: str, seen: Sequence[Mapping[str, str]]) -> str:
    """Says what the operator saw instead of a number called under a number shown; nothing when it saw that."""
    calls = [each for each in seen if each["number"] == number]
    if any(each["shown"] == shown for each in calls):
        return ""
    return ", ".join(sorted({each["shown"] or "no number" for each in calls})) or "no such call"


def _unmailed(caller: str, tone: str, mails: Sequence[Mapping[str, Any]]) -> str:
    """Says what was mailed instead of a message of this caller that holds this tone; nothing when that came."""
    messages = [each for each in mails if f" {caller}," in each["subject"]]
    heard = [each.get("heard", {}).get(tone, 0.0) for each in messages]
    if any(seconds >= MAILED_SECONDS for seconds in heard):
        return ""
    return f"{max(heard):.1f} s of it" if heard else "no such mail"


def _measured(answer: Mapping[str, Any]) -> str:
    told = [
        answer["found"] if "try" in answer["found"] else "",
        f"first answer after {answer['delay']:.2f} s" if answer["delay"] is not None else "",
        f"{answer['loss']:.1%} lost" if answer["loss"] is not None else "",
    ]
    return ", ".join(part for part in told if part) or "as expected"
