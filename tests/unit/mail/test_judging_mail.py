"""A verdict on the mail service says passed, failed or error for the right reason."""

from copy import deepcopy
from typing import Any

import pytest

from estate.declared.mail import Mail
from estate.verify.mail import ATTACHMENT, SUBJECT_LINE, verdicts
from pyinfra_deploys.facts import mail_exchange_on_host as program

DOMAIN = "gumuscagil.bel.example"
MAIL = Mail.model_validate(
    {
        "domain": DOMAIN,
        "service_name": f"eposta.{DOMAIN}",
        "outside_domain": "komsu.bel.example",
        "message_size_limit_bytes": 1000,
        "quota_bytes": 5000,
        "trusted_networks": (),
        "canary": {"account": "kanarya", "interval_seconds": 300, "keep_days": 14},
        "probe": {"account": "sonda"},
        "max_removal_ratio": 0.1,
        "accounts": (),
        "aliases": (),
    }
)
ARRIVED = {
    "found": True,
    "seconds": 1.5,
    "subject": f"{SUBJECT_LINE} ab12",
    "text": "",
    "attachments": [ATTACHMENT],
}
GOOD: dict[str, Any] = {
    "target": "mail1",
    "checks": {
        "inward": ARRIVED,
        "outward": ARRIVED,
        "upper_case": ARRIVED,
        "relay_ipv4": {"code": 554, "text": "5.7.1 <a@b.example>: Relay access denied"},
        "relay_ipv6": {"code": 554, "text": "5.7.1 <a@b.example>: Relay access denied"},
        "unknown_recipient": {"code": 550, "text": "5.1.1 User unknown"},
        "open_login": {
            "auth_offered_25": False,
            "auth_answer_25": 503,
            "auth_offered_587": False,
            "auth_answer_587": 530,
            "imap_143": "closed",
        },
        "wrong_password": {"code_587": 535, "imap": "refused"},
        "served_serials": {"25": "0A1B", "465": "A1B", "587": "A1B", "993": "A1B"},
        "certificate_on_disk": {"serial": "0A1B"},
    },
}


def results(observed: dict[str, Any]) -> dict[str, str]:
    return {verdict.check: verdict.result for verdict in verdicts(MAIL, observed)}


def test_a_healthy_service_passes_every_check() -> None:
    assert set(results(GOOD).values()) == {"passed"}
    assert len(results(GOOD)) == 9


@pytest.mark.parametrize(
    ("check", "answer"),
    [
        ("inward", {"found": False, "seconds": 60}),
        ("inward", {**ARRIVED, "subject": SUBJECT_LINE.replace("İ", "I")}),
        ("outward", {**ARRIVED, "attachments": []}),
        ("upper_case", {"found": False, "seconds": 60}),
        ("relay_ipv4", {"code": 250, "text": "2.1.5 Ok"}),
        ("relay_ipv6", {"code": 454, "text": "4.7.1 Relay access denied"}),
        ("unknown_recipient", {"code": 250, "text": "2.1.5 Ok"}),
        ("open_login", {**GOOD["checks"]["open_login"], "imap_143": "open"}),
        ("open_login", {**GOOD["checks"]["open_login"], "auth_offered_587": True}),
        ("open_login", {**GOOD["checks"]["open_login"], "auth_answer_25": 235}),
        ("wrong_password", {"code_587": 235, "imap": "refused"}),
        ("wrong_password", {"code_587": 535, "imap": "let in"}),
        ("served_serials", {"25": "A1B", "465": "A1B", "587": "A1B", "993": "FF"}),
    ],
)
def test_each_broken_promise_fails_its_own_check_and_no_other(check: str, answer: dict[str, Any]) -> None:
    observed = deepcopy(GOOD)
    observed["checks"][check] = answer
    assert {name for name, result in results(observed).items() if result == "failed"} == {check}


@pytest.mark.parametrize("name", [name for name in GOOD["checks"] if name != "certificate_on_disk"])
def test_a_check_that_could_not_be_made_is_an_error_and_not_a_failure(name: str) -> None:
    observed = deepcopy(GOOD)
    observed["checks"][name] = {"error": "TimeoutError: timed out"}
    assert results(observed)[name] == "error"
    del observed["checks"][name]
    assert results(observed)[name] == "error"


def test_what_has_no_meaning_for_the_target_is_not_judged() -> None:
    observed = deepcopy(GOOD)
    observed["checks"]["relay_ipv6"] = {"not_asked": "the target has no IPv6 address"}
    assert set(results(GOOD)) - set(results(observed)) == {"relay_ipv6"}
    assert set(results(observed).values()) == {"passed"}


def test_a_certificate_that_was_not_read_from_the_disk_gives_no_verdict() -> None:
    observed = deepcopy(GOOD)
    observed["checks"]["certificate_on_disk"] = {"error": "mail1 shows no certificate"}
    assert results(observed)["served_serials"] == "error"


def test_every_check_of_the_program_is_judged_and_the_letter_survives_the_way() -> None:
    assert set(results(GOOD)) == set(program.CHECKS)
    question = {"token": "ab12"}
    raw = program.letter(question, "ab12-in", "memur@komsu.bel.example", "sonda@a.example").as_bytes()
    assert raw.isascii()
    assert max(len(line) for line in raw.split(b"\r\n")) <= 78
    seen = program.received(raw)
    assert seen["subject"] == f"{SUBJECT_LINE} ab12-in"
    assert seen["text"] == program.BODY
    assert seen["attachments"] == [ATTACHMENT]
