"""The lab's telephone exchange: the four files as a whole, exactly as the exchange gets them."""

from datetime import date
from pathlib import Path

import pytest

from estate.declared import load
from estate.telephony.rendering import FILES, rendered
from estate.telephony.secrets import Secrets

HERE = Path(__file__).parent
TODAY = date(2026, 11, 30)


@pytest.mark.parametrize("name", FILES)
def test_the_file_is_this_text(name: str) -> None:
    estate = load(HERE.parents[2] / "inventories" / "lab", today=TODAY)
    files = rendered(estate, TODAY, Secrets("invented key", {"ana": "Ab;cd#12", "yedek": "ikinci"}))
    assert files[name] == (HERE / name).read_text(encoding="ascii")
