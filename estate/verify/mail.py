"""Judges what using the mail service showed; pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from estate.declared.mail import Mail
from estate.records import Verdict
from estate.verify.judging import Answer, Check, judged

SUBJECT = "mail"
SUBJECT_LINE = "Sınama: Gümüşçağıl’dan İğneada’ya ışık, çağrı, öğüt, ŞİŞLİ"
ATTACHMENT = "Görüşme Tutanağı İmar.txt"


def _arrived(answer: Answer) -> bool:
    return (
        bool(answer["found"])
        and str(answer["subject"]).startswith(SUBJECT_LINE)
        and answer["attachments"] == [ATTACHMENT]
    )


def _arrival(answer: Answer) -> str:
    if not answer["found"]:
        return f"not there after {answer['seconds']} s"
    return f"{answer['subject']!r} with {answer['attachments']} after {answer['seconds']} s"


def _reply(answer: Answer) -> str:
    return f"{answer['code']} {answer['text']}"


def _refuses_relay(answer: Answer) -> bool:
    return answer["code"] == 554 and str(answer["text"]).startswith("5.7.1")


def _keys(answer: Answer) -> str:
    return ", ".join(f"{key}={value}" for key, value in sorted(answer.items()))


CHECKS = (
    Check("inward", "a message from outside is read over IMAPS, letters intact", _arrived, _arrival),
    Check("outward", "a person's message reaches the other organisation, letters intact", _arrived, _arrival),
    Check("upper_case", "a recipient in capitals is the same mailbox", _arrived, _arrival),
    Check("relay_ipv4", "554 5.7.1 to a stranger's mail for a third domain", _refuses_relay, _reply),
    Check("relay_ipv6", "554 5.7.1 to a stranger's mail for a third domain", _refuses_relay, _reply),
    Check("unknown_recipient", "550 for a mailbox that does not exist", lambda a: a["code"] == 550, _reply),
    Check(
        "open_login",
        "no login without TLS: AUTH neither offered nor taken on 25 and 587, port 143 closed",
        lambda a: (
            not (a["auth_offered_25"] or a["auth_offered_587"])
            and min(a["auth_answer_25"], a["auth_answer_587"]) >= 500
            and a["imap_143"] == "closed"
        ),
        _keys,
    ),
    Check(
        "wrong_password",
        "535 on 587 and a refusal on 993",
        lambda a: a["code_587"] == 535 and a["imap"] == "refused",
        _keys,
    ),
)


def verdicts(mail: Mail, observed: Mapping[str, Any]) -> tuple[Verdict, ...]:
    """Gives one verdict for each check of an observation ({target, checks: {name: answer}}).

    An answer with `error`, or none at all, reaches no verdict: that is an error, not a failure. What has no meaning
    for the target (`not_asked`: IPv6 where it has no such address) is not judged.
    """
    target, answers = observed["target"], observed["checks"]
    asked = [check for check in CHECKS if "not_asked" not in answers.get(check.name, {})]
    used = [judged(SUBJECT, check, answers.get(check.name), target) for check in asked]
    return (*used, _certificate(mail, answers, target))


def _certificate(mail: Mail, answers: Mapping[str, Answer], target: str) -> Verdict:
    disk = answers.get("certificate_on_disk", {})
    check = Check(
        "served_serials",
        f"{mail.service_name} serves on every port the certificate of its disk, {disk.get('serial', 'not read')}",
        lambda served: all(_number(serial) == _number(disk["serial"]) for serial in served.values()),
        _keys,
    )
    return judged(SUBJECT, check, disk if "serial" not in disk else answers.get("served_serials"), target)


def _number(serial: str) -> int:
    return int(serial, 16)
