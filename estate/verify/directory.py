"""Judges what using the directory showed, against the people who are declared; pure."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from estate.declared.estate import Estate
from estate.declared.holdings import holdings
from estate.records import Verdict
from estate.verify.judging import Answer, Check, judged

SUBJECT = "directory"
STRONGER_NEEDED, WRONG_CREDENTIALS, NO_ACCESS = 8, 49, 50
"""Result codes of LDAP (RFC 4511, appendix A)."""


def _code(answer: Answer) -> str:
    told = " ".join(str(answer.get("text", "")).split())
    return f"LDAP result {answer['code']}" + (f": {told}" if told else "")


def _ticket(answer: Answer) -> str:
    return f"right password: {answer['right']}, ticket: {answer['ticket']}, wrong one: {answer['text']}"


CHECKS = (
    Check("right_password", "a bind inside TLS with a checked certificate", lambda a: a["code"] == 0, _code),
    Check("wrong_password", "result 49", lambda a: a["code"] == WRONG_CREDENTIALS, _code),
    Check("clear_text", "result 8: no password without TLS", lambda a: a["code"] == STRONGER_NEEDED, _code),
    Check(
        "anonymous",
        "nothing is told to who does not say who asks",
        lambda a: a["code"] != 0 and a["entries"] == 0,
        lambda a: f"LDAP result {a['code']}, {a['entries']} entries",
    ),
    Check("reader_writes", "result 50: a reader writes nothing", lambda a: a["code"] == NO_ACCESS, _code),
    Check(
        "kerberos",
        "a ticket for the right password, none for a wrong one",
        lambda a: a["right"] == 0 and a["ticket"] == 0 and a["wrong"] != 0,
        _ticket,
    ),
)


def verdicts(estate: Estate, observed: Mapping[str, Any], today: date) -> tuple[Verdict, ...]:
    """Gives one verdict for each check of an observation ({target, checks: {name: answer}}).

    The last compares who has an open account with who should have: both ways, by personnel number.
    """
    target, answers = observed["target"], observed["checks"]
    checks = (*CHECKS, _exactly_the_declared(estate, today))
    return tuple(judged(SUBJECT, check, answers.get(check.name), target) for check in checks)


def _exactly_the_declared(estate: Estate, today: date) -> Check:
    wanted = {
        one.person.personnel_number
        for one in holdings(estate, today)
        if one.account and one.state == "active"
    }

    def found(answer: Answer) -> str:
        held = set(answer["open"])
        missing, stray = sorted(wanted - held), sorted(held - wanted)
        told = [f"{len(held)} open accounts"]
        told += [f"missing {', '.join(missing[:5])} ({len(missing)})"] if missing else []
        told += [f"open without a record {', '.join(stray[:5])} ({len(stray)})"] if stray else []
        return "; ".join(told)

    expected = f"open accounts for exactly the {len(wanted)} declared people who work here today"
    return Check("people", expected, lambda answer: set(answer["open"]) == wanted, found)
