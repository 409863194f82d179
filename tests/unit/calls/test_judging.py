"""The judge believes the probe about what was heard, and the operator about what was shown."""

from typing import Any

import pytest

from estate.verify.calls import Wanted, verdicts
from pyinfra_deploys.facts.operator_calls_on_host import calls

HEARD = {
    "id": "emergency",
    "result": "passed",
    "expected": "",
    "found": "as expected",
    "seconds": 1.0,
    "delay": 0.2,
    "audio": True,
    "loss": None,
}
EMERGENCY = Wanted("emergency", "An emergency is called", ("112", "+903125553200"))


@pytest.mark.parametrize(
    ("seen", "result", "found"),
    [
        ([("112", "+903125553200")], "passed", "first answer after 0.20 s"),
        ([("112", "+903125552000")], "failed", "+903125552000"),
        ([("112", "")], "failed", "no number"),
        ([("153", "+903125553200")], "failed", "no such call"),
    ],
)
def test_an_emergency_that_shows_the_wrong_place_fails(
    seen: list[tuple[str, str]], result: str, found: str
) -> None:
    """It was answered and heard all the same."""
    calls = [{"number": number, "shown": shown, "trunk": "ana"} for number, shown in seen]
    (verdict,) = verdicts([EMERGENCY], {"verdicts": [HEARD], "seen": calls}, "probe")
    assert (verdict.result, verdict.found) == (result, found)


def test_what_was_not_answered_is_an_error() -> None:
    """A probe that forgets a call proves nothing."""
    (verdict,) = verdicts([EMERGENCY], {"verdicts": [], "seen": []}, "probe")
    assert verdict.result == "error"


def test_a_failure_says_what_was_expected_and_a_second_try_is_shown() -> None:
    """What was found stands in the words of the probe."""
    deaf: dict[str, Any] = {**HEARD, "result": "failed", "expected": "A hears B", "found": "0.0 s of it"}
    twice = {**HEARD, "found": "as expected at the second try; at the first: it did not ring"}
    wanted = Wanted("emergency", "T")
    (failed,) = verdicts([wanted], {"verdicts": [deaf], "seen": []}, "probe")
    (passed,) = verdicts([wanted], {"verdicts": [twice], "seen": []}, "probe")
    assert (failed.expected, failed.found) == ("T: A hears B", "0.0 s of it")
    assert "second try" in passed.found


def test_the_operator_is_asked_for_calls_since_a_moment() -> None:
    """Times of the records are those of Greenwich; a row cut short is left out."""
    row = ["+903125553200", "x", "112", *[""] * 6, "2026-11-26 12:00:00", *[""] * 7, "ana"]
    noon = 1795694400.0
    told = [{"number": "112", "shown": "+903125553200", "trunk": "ana"}]
    assert calls([row, row[:5]], noon) == told
    assert calls([row], noon + 1) == []
