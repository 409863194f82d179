"""Serves the declared switches of the lab as simulated ones, and reaches them as the push does."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from estate.declared import Estate
from estate.declared.estate import load
from estate.lab.switches import Fleet, Machine
from pyinfra_deploys.connectors.way import Way

MODELS = {"c2960x-24": "WS-C2960X-24TS-L", "c2960x-48": "WS-C2960X-48TS-L", "hp2530-24g": "J9776A"}


@pytest.fixture(scope="session")
def estate() -> Estate:
    return load(Path(__file__).parents[4] / "inventories" / "lab")


@pytest.fixture
def serve() -> Iterator[Callable[..., Fleet]]:
    """Serves machines until the test ends."""
    with ExitStack() as stack:
        yield lambda *machines: stack.enter_context(Fleet(machines))


@pytest.fixture
def blank(estate: Estate) -> Callable[..., Machine]:
    """Gives a declared switch as it leaves the bench."""

    def make(name: str, **settings: Any) -> Machine:
        declared = estate.switches.switch(name)
        model = estate.switches.model_of(declared)
        return Machine(name, model.platform, MODELS[model.name], **settings)

    return make


@pytest.fixture
def reach() -> Callable[..., Way]:
    """Gives the way to a served switch that still has the login of the bench."""

    def way(fleet: Fleet, name: str, **settings: Any) -> Way:
        platform = fleet.machines[name].vendor.data["platform"]
        enable = "enable" if platform == "cisco_ios" else "netops"
        known = {"user": "netops", "password": "netops", "enable": enable, "answer_seconds": 5.0}
        return Way(name, platform, "127.0.0.1", fleet.ports[name], **{**known, **settings})

    return way
