"""What is plugged in is asked once for all machines of an `up`, and anew when something was plugged in or out."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from estate.lab.carriage import Carriage
from estate.lab.places import locate
from estate.lab.plane import Plane
from estate.lab.room import read_wiring

ANSWER = json.dumps({"data": [["p-mail1", ["map", [["switch", "sw-ana-omurga"]]], 7]]})


class _Runner:
    """Answers what is plugged in, and counts how often it was asked; `meanwhile` happens before the first answer."""

    def __init__(self) -> None:
        self.asked = 0
        self.meanwhile: Callable[[], None] = lambda: None

    def read(self, argv: list[str]) -> str:
        self.asked += 1
        happens, self.meanwhile = self.meanwhile, lambda: None
        happens()
        return ANSWER

    def run(self, argv: list[str]) -> str:
        return ""


@pytest.fixture(autouse=True)
def _kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Carriage, "pid_of", lambda *_: 1)


def test_what_is_plugged_in_is_asked_once_until_something_changes() -> None:
    runner: Any = _Runner()
    plane = Plane(runner, read_wiring(locate()), "estate-none")
    for _ in range(3):
        assert plane.plugged() == {"p-mail1": ("sw-ana-omurga", 7)}
    assert runner.asked == 1
    changes = (
        lambda: plane.plug("p-dir1", "sw-ana-omurga"),
        lambda: plane.unplug("p-dir1"),
        lambda: plane.scrap("t-tel-2401"),
        lambda: plane.leg("r-ana", "v-ana-20", 20, "02:00:0a:28:14:01"),
    )
    for number, change in enumerate(changes, 2):
        change()
        plane.plugged()
        assert runner.asked == number


def test_an_answer_from_before_a_change_of_another_desk_is_not_kept() -> None:
    """Desks stand side by side: what one of them asks may be old when it arrives."""
    runner: Any = _Runner()
    plane = Plane(runner, read_wiring(locate()), "estate-none")
    runner.meanwhile = lambda: plane.plug("p-dir1", "sw-ana-omurga")
    plane.plugged()
    plane.plugged()
    assert runner.asked == 2
