"""Judges what using a telephone exchange showed; pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from estate.declared.telephony import Telephony
from estate.records import Verdict
from estate.verify.judging import Answer, Check, judged

SUBJECT = "telephony"
ACCEPTED, CHALLENGED, FORBIDDEN = 200, 401, 403
"""Answers of SIP (RFC 3261, section 21)."""
ECHO_SECONDS, MESSAGE_SECONDS = 1.0, 1.5
"""For so long the own tone has to come back, and the tone of the message of before to be heard."""
OUTSIDE = "outside"


def _code(answer: Answer) -> str:
    return f"SIP {answer['code']} {answer['said']}".strip()


def _heard(answer: Answer) -> str:
    return f"{_code(answer)}, its tone for {answer['heard']:.1f} s"


CHECKS = (
    Check(
        "register", "a telephone registers with the secret of before", lambda a: a["code"] == ACCEPTED, _code
    ),
    Check(
        "stranger",
        "a telephone with another secret is refused",
        lambda a: a["code"] in (CHALLENGED, FORBIDDEN),
        _code,
    ),
    Check(
        "echo",
        f"a call is answered and its own tone comes back for {ECHO_SECONDS} s",
        lambda a: a["code"] == ACCEPTED and a["heard"] >= ECHO_SECONDS,
        _heard,
    ),
    Check(
        "voicemail",
        f"the message that lay in the mailbox is heard for {MESSAGE_SECONDS} s",
        lambda a: a["code"] == ACCEPTED and a["heard"] >= MESSAGE_SECONDS,
        _heard,
    ),
)
FENCED = Check(OUTSIDE, "a call to the outside is refused: it is fenced", lambda a: a["code"] >= 300, _code)
"""Of an exchange that is rebuilt for a drill alone."""


def verdicts(told: Telephony, observed: Mapping[str, Any]) -> tuple[Verdict, ...]:
    """Gives one verdict for each check of an observation ({target, checks: {name: answer}}).

    The living exchange may call outside; any other may not, which is tried where a number is declared for it.
    """
    target, answers = observed["target"], observed["checks"]
    fenced = target != told.exchange and told.probe.outside_number
    checks = (*CHECKS, FENCED) if fenced else CHECKS
    return tuple(judged(SUBJECT, check, answers.get(check.name), target) for check in checks)
