"""The example's switches, one of each make: the whole text, exactly as the switch would show it."""

from datetime import date
from pathlib import Path

import pytest

from estate.declared import load
from estate.switches.intended import intended

HERE = Path(__file__).parent
TODAY = date(2026, 11, 30)


@pytest.mark.parametrize("name", ["sw-ana-omurga", "sw-ana-kat1"])
def test_the_intended_configuration_is_this_text(name: str) -> None:
    estate = load(HERE.parents[2] / "inventories" / "example", today=TODAY)
    switch = estate.switches.switch(name)
    assert switch is not None
    configuration = intended(estate, switch, TODAY)
    told = configuration.text + "".join(f"; unseen: {line}\n" for line in configuration.unseen)
    assert told == (HERE / f"{name}.txt").read_text(encoding="ascii")
