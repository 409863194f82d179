"""Gives the tests of the watchdog a house to watch."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from estate.cli import watchdog as verb
from tests.unit.status.answering import answering
from tests.unit.status.housing import House


@pytest.fixture
def house(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[House]:
    one = House(tmp_path, monkeypatch)
    with answering(one.answer) as address:
        monkeypatch.setattr(verb, "doors", lambda estate: (address, address))
        yield one
