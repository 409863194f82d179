"""A verdict on the directory says passed, failed or error for the right reason."""

from copy import deepcopy
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from estate.declared.estate import Estate, load
from estate.declared.holdings import holdings
from estate.verify.directory import verdicts

ROOT = Path(__file__).parents[3]
TODAY = date(2026, 11, 26)


@pytest.fixture(scope="module")
def estate() -> Estate:
    return load(ROOT / "inventories/lab", TODAY)


@pytest.fixture
def good(estate: Estate) -> dict[str, Any]:
    """What a directory answers that holds exactly the declared people."""
    people = [one for one in holdings(estate, TODAY) if one.account and one.state == "active"]
    return {
        "target": "dir1",
        "checks": {
            "right_password": {"code": 0, "text": "dn: OU=Belediye"},
            "wrong_password": {"code": 49, "text": "ldap_bind: Invalid credentials (49)"},
            "clear_text": {"code": 8, "text": "BindSimple: Transport encryption required."},
            "anonymous": {"code": 1, "entries": 0},
            "reader_writes": {"code": 50, "text": ""},
            "kerberos": {"right": 0, "ticket": 0, "wrong": 1, "text": "Password incorrect"},
            "people": {"open": [one.person.personnel_number for one in people]},
        },
    }


def results(estate: Estate, observed: dict[str, Any]) -> dict[str, str]:
    return {verdict.check: verdict.result for verdict in verdicts(estate, observed, TODAY)}


def test_a_directory_that_keeps_its_promises_passes_every_check(estate: Estate, good: dict[str, Any]) -> None:
    assert set(results(estate, good).values()) == {"passed"}
    assert len(results(estate, good)) == 7


@pytest.mark.parametrize(
    ("check", "answer"),
    [
        ("right_password", {"code": 49, "text": ""}),
        ("wrong_password", {"code": 0, "text": ""}),
        ("clear_text", {"code": 0, "text": ""}),
        ("anonymous", {"code": 0, "entries": 60}),
        ("reader_writes", {"code": 0, "text": ""}),
        ("kerberos", {"right": 0, "ticket": 0, "wrong": 0, "text": ""}),
        ("kerberos", {"right": 0, "ticket": 1, "wrong": 1, "text": ""}),
    ],
)
def test_a_broken_promise_fails_its_own_check_alone(
    estate: Estate, good: dict[str, Any], check: str, answer: dict[str, Any]
) -> None:
    broken = deepcopy(good)
    broken["checks"][check] = answer
    found = results(estate, broken)
    assert [name for name, result in found.items() if result != "passed"] == [check]
    assert found[check] == "failed"


def test_an_account_without_a_record_and_a_record_without_an_account_are_named(
    estate: Estate, good: dict[str, Any]
) -> None:
    opened = [number for number in good["checks"]["people"]["open"] if number != "100101"]
    good["checks"]["people"]["open"] = [*opened, "999999", "100137"]
    [verdict] = [one for one in verdicts(estate, good, TODAY) if one.check == "people"]
    assert verdict.result == "failed"
    assert "missing 100101 (1)" in verdict.found
    assert "open without a record 100137, 999999 (2)" in verdict.found


def test_what_could_not_be_asked_is_an_error_and_no_failure(estate: Estate, good: dict[str, Any]) -> None:
    good["checks"]["kerberos"] = {"error": "OSError: Cannot contact any KDC"}
    del good["checks"]["people"]
    found = results(estate, good)
    assert (found["kerberos"], found["people"]) == ("error", "error")
