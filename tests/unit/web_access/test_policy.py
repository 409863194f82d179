"""Every person has one profile, and the policy says which; nothing is opened by being empty."""

import re
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import pytest

from estate.declared import load
from estate.declared.web_access import WebAccess

ROOT = Path(__file__).parents[3]
TYPED = re.compile(r"\b(3129|web_proxy_port)\b")


@dataclass(frozen=True)
class Somebody:
    """What of a person decides about the web."""

    title: str = "Memur"
    status: str = "memur"
    unit: str | None = "yazi"
    internet: str | None = None


@pytest.fixture(scope="module")
def web() -> WebAccess:
    return load(ROOT / "inventories/lab", date(2026, 11, 30)).web_access


@pytest.mark.parametrize(
    ("person", "profile"),
    [
        (Somebody(), "standart"),
        (Somebody(title="Müdür"), "genis"),
        (Somebody(title="MÜDÜR"), "standart"),
        (Somebody(title="Müdür", status="sirket"), "genis"),
        (Somebody(unit="bilgiislem"), "genis"),
        (Somebody(unit="bilgiislem", status="isci"), "temel"),
        (Somebody(status="firma", unit=None), "temel"),
        (Somebody(status="isci", internet="genis"), "genis"),
        (Somebody(title="Müdür", internet="temel"), "temel"),
    ],
)
def test_the_first_rule_that_fits_decides_and_the_record_is_stronger(
    web: WebAccess, person: Somebody, profile: str
) -> None:
    assert web.profile_of(person) == profile


def test_every_declared_person_has_a_profile(web: WebAccess) -> None:
    people = load(ROOT / "inventories/lab", date(2026, 11, 30)).people
    found = {web.profile_of(person) for person in people}
    assert people and found <= {"temel", "standart", "genis"} and len(found) > 1


def test_what_is_closed_for_all_is_closed_for_each_once(web: WebAccess) -> None:
    closed = {profile.name: web.blocked_in(profile) for profile in web.profiles}
    assert closed == {
        "temel": ("zararli", "yerel"),
        "standart": ("zararli", "yerel", "oyun", "sosyal"),
        "genis": ("zararli", "yerel", "oyun"),
    }


def test_domains_of_the_record_are_canonical(web: WebAccess) -> None:
    assert "xn--ans-oyunlar-9zb00d.example" in web.lists_by_name()["oyun"].domains


def test_the_port_of_the_proxy_is_declared_and_typed_nowhere_else() -> None:
    files = [
        path
        for part in ("roles", "pyinfra_deploys", "estate", "playbooks")
        for path in (ROOT / part).rglob("*")
    ]
    files += [path for path in (ROOT / "inventories").rglob("*.yml") if path.name != "web_access.yml"]
    texts = [path for path in files if path.suffix in (".yml", ".j2", ".py", ".md")]
    assert [str(path) for path in texts if TYPED.search(path.read_text("utf-8"))] == []
