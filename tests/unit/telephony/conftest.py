"""Gives the tests the lab's telephone exchange as its files are written on one day."""

from datetime import date
from pathlib import Path

import pytest

from estate.declared import load
from estate.declared.estate import Estate
from estate.telephony.rendering import rendered
from estate.telephony.secrets import Secrets

ROOT = Path(__file__).parents[3]
TODAY = date(2026, 11, 30)


@pytest.fixture(scope="session")
def estate() -> Estate:
    """The lab's municipality."""
    return load(ROOT / "inventories" / "lab", today=TODAY)


@pytest.fixture(scope="session")
def files(estate: Estate) -> dict[str, str]:
    """The four files."""
    return rendered(estate, TODAY, Secrets("invented key", {"ana": "Ab;cd#12", "yedek": "ikinci"}))
