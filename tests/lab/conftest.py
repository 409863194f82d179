"""Lets the tests of the lab speak to no machine while the lab is down."""

import pytest

from tests.lab.reaching import LAB


@pytest.fixture(scope="session", autouse=True)
def _up() -> None:
    LAB.refuse_when_down()
