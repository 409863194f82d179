"""Puts the tests of the lab in the order of a day, and lets them speak to no machine while the lab is down.

First the demo again and again; then what looks at the drill it held, while the target stands; then plans of an
estate that nobody has touched since. All others put back what they touch and may come in any order.
"""

from pathlib import Path

import pytest

from estate.declared.estate import Estate, load
from tests.lab.reaching import LAB

HERE = Path(__file__).parent
FIRST = (HERE / "test_demo.py", HERE / "test_drill.py", HERE / "runs")


def _place(item: pytest.Item) -> int:
    ahead = [at for at, path in enumerate(FIRST) if item.path.is_relative_to(path)]
    return ahead[0] if ahead else len(FIRST)


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Sorts the tests of the lab; whatever is no test of the lab keeps its place behind them."""
    items.sort(key=_place)


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item: pytest.Item) -> None:
    """Refuses before any fixture asks a host."""
    if item.path.is_relative_to(HERE) and item.path != FIRST[0]:
        LAB.refuse_when_down()


@pytest.fixture(scope="module")
def declared() -> Estate:
    """Gives what is declared for the lab."""
    return load(LAB.inventory)


@pytest.fixture(scope="module")
def server(declared: Estate) -> str:
    """Names the domain controller."""
    return declared.directory.host
