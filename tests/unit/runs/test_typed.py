"""What a deploy was called with decides for which day it plans, alike in every deploy."""

from collections.abc import Callable
from datetime import date, timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from pyinfra.api.exceptions import PyinfraError

from estate.declared.estate import Estate
from estate.runs import clock
from pyinfra_deploys.facts import typed
from tests.unit.directory.conftest import lab as lab

Called = Callable[..., None]


@pytest.fixture
def called(monkeypatch: pytest.MonkeyPatch) -> Called:
    """Calls a deploy with `--data` of these keys."""
    return lambda **data: monkeypatch.setattr(typed, "host", SimpleNamespace(data=data))


def test_a_day_that_was_typed_counts_instead_of_the_clock(lab: Estate, called: Called) -> None:
    called(today="2027-02-28")
    assert typed.today(lab) == date(2027, 2, 28)
    called()
    assert typed.today(lab) == clock.today(lab)


def test_a_day_ahead_is_carried_out_in_the_lab_alone(
    lab: Estate, called: Called, monkeypatch: pytest.MonkeyPatch
) -> None:
    today = clock.today(lab)
    tomorrow = today + timedelta(days=1)
    called(today=str(tomorrow))
    monkeypatch.setattr(typed.sys, "argv", ["pyinfra", "-y", "people.py"])
    monkeypatch.setenv("ESTATE_ENVIRONMENT", "lab")
    assert typed.today(lab) == tomorrow
    monkeypatch.setenv("ESTATE_ENVIRONMENT", "example")
    with pytest.raises(PyinfraError, match=f"today={tomorrow} lies ahead.*add --dry"):
        typed.today(lab)
    typed.sys.argv.append("--dry")
    assert typed.today(lab) == tomorrow
    typed.sys.argv.remove("--dry")
    called(today=str(today))
    assert typed.today(lab) == today


@pytest.mark.parametrize("wrong", ["2027-02-29", "31.12.2026", "", 20270229.5])
def test_what_is_no_day_is_refused_and_never_taken_for_today(lab: Estate, called: Called, wrong: Any) -> None:
    called(today=wrong)
    with pytest.raises(PyinfraError, match=r"today=.* is no day of the calendar; write it as 2026-12-31"):
        typed.today(lab)
