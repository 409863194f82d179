"""The lab's telephone sets, one of each make, and their phone books: the whole text, exactly as it is fetched."""

from datetime import date
from pathlib import Path

import pytest

from estate.declared import load
from estate.telephony.provisioning.files import provisioning_files

HERE = Path(__file__).parent
TODAY = date(2026, 11, 30)
NAMES = (
    ".htpasswd",
    "00534e240101.cfg",
    "00534e500301.xml",
    "cfg00534e280501.xml",
    "phonebook.xml",
    "rehber-snom.xml",
    "rehber-yealink.xml",
)


@pytest.fixture(scope="module")
def files() -> dict[str, str]:
    estate = load(HERE.parents[2] / "inventories" / "lab", today=TODAY)
    found = dict(provisioning_files(estate, TODAY, "a key for this test alone", "Another1", "CERTIFICATE\n"))
    assert found.pop("ca.crt") == "CERTIFICATE\n"
    return found


def test_these_files_are_fetched_and_no_others(files: dict[str, str]) -> None:
    assert sorted(files) == sorted(NAMES)


@pytest.mark.parametrize("name", NAMES)
def test_the_file_is_this_text(files: dict[str, str], name: str) -> None:
    assert files[name] == (HERE / name.removeprefix(".")).read_text(encoding="utf-8")
