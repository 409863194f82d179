"""A refusal counts when it is about the account; one that anybody would get proves nothing."""

from collections.abc import Callable
from typing import Any

import pytest

from estate.verify.departures import faults, tried, verdict
from tests.unit.departures.conftest import OPEN, REFUSALS, one, openings, refusals

Makes = Callable[..., Any]


def result(system: str, code: int, said: str = "", account: bool = True) -> str:
    [judged] = tried([one(system, code, said)], account)
    return judged.result


@pytest.mark.parametrize("system", REFUSALS)
def test_every_system_refuses_and_lets_in_in_its_own_words(system: str) -> None:
    assert result(system, *REFUSALS[system]) == result(f"{system} host2", *REFUSALS[system]) == "refused"
    assert result(system, OPEN[system]) == "let_in"


@pytest.mark.parametrize(
    ("system", "code", "said"),
    [
        ("ldap", 49, "AcceptSecurityContext error, data 52e, v1db1"),
        ("kerberos", 1, "kinit: Preauthentication failed while getting initial credentials"),
        ("files", 1, "session setup failed: NT_STATUS_LOGON_FAILURE"),
    ],
)
def test_a_wrong_password_proves_nothing_about_an_account_that_is_there(
    system: str, code: int, said: str
) -> None:
    assert result(system, code, said) == "error"


@pytest.mark.parametrize(
    ("system", "code", "said"),
    [
        ("ldap", 49, "AcceptSecurityContext error, data 52e, v1db1"),
        (
            "kerberos",
            1,
            "kinit: Client 'x@Y' not found in Kerberos database while getting initial credentials",
        ),
        ("files", 1, "session setup failed: NT_STATUS_LOGON_FAILURE"),
    ],
)
def test_of_who_has_no_account_left_no_password_has_to_be_right(system: str, code: int, said: str) -> None:
    assert result(system, code, said, account=False) == "refused"


@pytest.mark.parametrize(
    ("system", "code", "said"),
    [
        ("ldap", 49, "AcceptSecurityContext error, data 775, v1db1"),
        ("ldap", 52, "Unavailable"),
        ("kerberos", 1, "kinit: Password has expired while getting initial credentials"),
        ("imap", 1, "[UNAVAILABLE] Temporary authentication failure."),
        ("submission", 454, "4.7.0 Temporary authentication failure"),
        ("files", 1, "session setup failed: NT_STATUS_NO_LOGON_SERVERS"),
        ("files", 1, "session setup failed: NT_STATUS_ACCOUNT_LOCKED_OUT"),
        ("proxy", 503, "Service Unavailable"),
    ],
)
def test_a_lock_or_a_system_in_trouble_proves_nothing(system: str, code: int, said: str) -> None:
    assert result(system, code, said) == "error"


def test_a_try_that_was_not_answered_says_why() -> None:
    [judged] = tried([{"system": "imap", "error": "TimeoutError: timed out", "seconds": 25.0}])
    assert (judged.result, judged.said) == ("error", "TimeoutError: timed out")


@pytest.mark.parametrize(
    ("tries", "control", "expected"),
    [
        (refusals(), openings(), "passed"),
        (refusals(proxy=one("proxy", 200)), openings(), "failed"),
        (refusals(proxy=one("proxy", 200), imap=one("imap", 9)), openings(), "failed"),
        (refusals(imap=one("imap", 9)), openings(), "error"),
        (refusals(), openings(imap=one("imap", 1, "[AUTHENTICATIONFAILED]")), "error"),
        (refusals(), openings()[:-1], "error"),
        ([], [], "error"),
    ],
)
def test_only_refusals_beside_an_open_account_pass(
    tries: list[dict[str, Any]], control: list[dict[str, Any]], expected: str
) -> None:
    assert verdict(tried(tries), tried(control)) == expected


def test_a_fault_names_the_person_and_the_system(proof: Makes) -> None:
    assert faults(proof()) == []
    tries = tried(refusals(ldap=one("ldap", 0), proxy=one("proxy", 403), imap=one("imap", 9, "?")))
    control = tried(openings(files=one("files", 1, "NT_STATUS_LOGON_FAILURE")))
    assert faults(proof(tries=tries, control=control)) == [
        "selin.aydin (100136) left and is let in by ldap, proxy",
        "selin.aydin (100136) is not proven to be refused; imap: 9 ?",
        "selin.aydin (100136) is not proven to be refused; an open account is not let in either; "
        "files: 1 NT_STATUS_LOGON_FAILURE",
    ]
