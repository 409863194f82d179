"""What the lab declares, for tests of proving calls."""

from pathlib import Path

import pytest

from estate.declared import load
from estate.declared.estate import Estate

ROOT = Path(__file__).parents[3]


@pytest.fixture(scope="module")
def lab() -> Estate:
    """Loads what the lab declares."""
    return load(ROOT / "inventories/lab")
