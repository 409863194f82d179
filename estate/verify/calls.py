"""Judges proving calls: what the probe heard, and what the operator of the lab saw; pure."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from estate.records import Verdict

SUBJECT = "calls"
MAILED_SECONDS = 1.5
"""How much of the caller's tone a mailed message has to hold, of the four seconds that were spoken."""
MOMENT, WRITTEN = re.compile(r"\b\d{2}\.\d{2}\.\d{4} \d{2}:\d{2}\b"), "%d.%m.%Y %H:%M"
"""How the mail of a message says when it was left: emaildateformat of the role telephone_exchange."""
MINUTES_APART = 3
"""How far what a mail says and when it came in may be apart: it is on its way, and two machines tell the time."""


@dataclass(frozen=True)
class Message:
    """States whose message has to reach the mailbox, the telephone whose tone it holds, and whose clock it tells."""

    caller: str
    tone: str
    zone: str


@dataclass(frozen=True)
class Wanted:
    """States what one proving call has to show beside what was heard.

    `seen` is the number called and the number shown at the operator's; `mailed` the message that has to come.
    """

    id: str
    title: str
    seen: tuple[str, str] | None = None
    mailed: Message | None = None


def verdicts(wanted: Sequence[Wanted], observed: Mapping[str, Any], host: str) -> list[Verdict]:
    """Gives a verdict for each proving call, in their order; one that got no answer is an error.

    `observed`: `verdicts` as exporters/call_check.py answers, and `seen`, the calls at the operator's: {number, shown,
    trunk}, and `mails`, the attachments of mails: {at: seconds since 1970, subject, text, heard: seconds of each tone}.
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
    elif call.mailed is not None and (told := _unmailed(call.mailed, observed["mails"])):
        expected = (
            f"a message of {call.mailed.caller} is mailed, with {MAILED_SECONDS:g} s of its caller's tone"
        )
        expected += f" and the time in {call.mailed.zone}"
        found, result = told, "failed"
    return Verdict(SUBJECT, call.id, host, result, expected, found, answer["seconds"])


def _unseen(number: str, shown: str, seen: Sequence[Mapping[str, str]]) -> str:
    """Says what the operator saw instead of a number called under a number shown; nothing when it saw that."""
    calls = [each for each in seen if each["number"] == number]
    if any(each["shown"] == shown for each in calls):
        return ""
    return ", ".join(sorted({each["shown"] or "no number" for each in calls})) or "no such call"


def _unmailed(wanted: Message, mails: Sequence[Mapping[str, Any]]) -> str:
    """Says what was mailed instead of such a message; nothing when it came, with its sound and the right time."""
    messages = [each for each in mails if f" {wanted.caller}," in each["subject"]]
    seconds = [each.get("heard", {}).get(wanted.tone, 0.0) for each in messages]
    if not messages:
        return "no such mail"
    if max(seconds) < MAILED_SECONDS:
        return f"{max(seconds):.1f} s of it"
    heard = (each for each, held in zip(messages, seconds, strict=True) if held >= MAILED_SECONDS)
    return next((told for each in heard if (told := _untimely(each["text"], each["at"], wanted.zone))), "")


def _untimely(text: str, at: float, zone: str) -> str:
    """Says which time a mail tells, when it came in at another of that zone; nothing when the time is right."""
    came = datetime.fromtimestamp(at, ZoneInfo(zone))
    told = MOMENT.search(text)
    if told is None:
        return "no time in it"
    late = (came.replace(tzinfo=None) - datetime.strptime(told[0], WRITTEN)).total_seconds()
    return "" if abs(late) < MINUTES_APART * 60 else f"it says {told[0]}, and came in at {came:{WRITTEN}}"


def _measured(answer: Mapping[str, Any]) -> str:
    told = [
        answer["found"] if "try" in answer["found"] else "",
        f"first answer after {answer['delay']:.2f} s" if answer["delay"] is not None else "",
        f"{answer['loss']:.1%} lost" if answer["loss"] is not None else "",
    ]
    return ", ".join(part for part in told if part) or "as expected"
