"""A verdict on the exchange says passed, failed or error for the right reason."""

from copy import deepcopy
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from estate.declared.estate import load
from estate.verify.telephony import verdicts

TELEPHONY = load(Path(__file__).parents[3] / "inventories/lab", date(2026, 11, 26)).telephony
GOOD: dict[str, Any] = {
    "target": "drill2",
    "checks": {
        "register": {"code": 200, "said": "OK"},
        "stranger": {"code": 401, "said": "Unauthorized"},
        "echo": {"code": 200, "said": "OK", "heard": 1.5},
        "voicemail": {"code": 200, "said": "OK", "heard": 1.6},
        "outside": {"code": 503, "said": "Service Unavailable", "heard": 0.0},
    },
}


def results(observed: dict[str, Any]) -> dict[str, str]:
    return {verdict.check: verdict.result for verdict in verdicts(TELEPHONY, observed)}


def test_an_exchange_that_came_back_passes_every_check() -> None:
    assert results(GOOD) == dict.fromkeys(GOOD["checks"], "passed")


def test_the_living_exchange_may_call_outside_and_is_not_asked_to() -> None:
    observed = deepcopy(GOOD) | {"target": TELEPHONY.exchange}
    del observed["checks"]["outside"]
    assert results(observed) == dict.fromkeys(observed["checks"], "passed")


@pytest.mark.parametrize(
    ("check", "answer", "found"),
    [
        ("register", {"code": 401, "said": "Unauthorized"}, "SIP 401 Unauthorized"),
        ("stranger", {"code": 200, "said": "OK"}, "SIP 200 OK"),
        ("echo", {"code": 200, "said": "OK", "heard": 0.4}, "SIP 200 OK, its tone for 0.4 s"),
        (
            "voicemail",
            {"code": 404, "said": "Not Found", "heard": 0.0},
            "SIP 404 Not Found, its tone for 0.0 s",
        ),
        ("voicemail", {"code": 200, "said": "OK", "heard": 0.0}, "SIP 200 OK, its tone for 0.0 s"),
        ("outside", {"code": 200, "said": "OK", "heard": 0.0}, "SIP 200 OK"),
    ],
)
def test_what_does_not_work_fails_by_name(check: str, answer: dict[str, Any], found: str) -> None:
    observed = deepcopy(GOOD)
    observed["checks"][check] = answer
    failed = {one.check: one.found for one in verdicts(TELEPHONY, observed) if one.result == "failed"}
    assert failed == {check: found}


def test_a_use_that_could_not_be_made_is_no_verdict() -> None:
    observed = deepcopy(GOOD)
    observed["checks"]["register"] = {"error": "ConnectionRefusedError: [Errno 111]"}
    del observed["checks"]["outside"]
    found = results(observed)
    assert (found["register"], found["outside"], found["echo"]) == ("error", "error", "passed")
