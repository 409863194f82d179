"""Each set gets its own accounts, keys and secrets, and what is not declared any more is taken off it (C28, C29)."""

import base64
import hashlib
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from estate.declared import Estate, load
from estate.declared.calling import Key, Phone
from estate.declared.directory import TELEPHONES
from estate.declared.phone_models import known_models
from estate.declared.turkish import collation_key
from estate.telephony.provisioning import book
from estate.telephony.provisioning.credentials import HIDDEN, Credentials
from estate.telephony.provisioning.families import family, makes
from estate.telephony.provisioning.files import provisioning_files, stale
from estate.telephony.provisioning.sets import Sets
from estate.telephony.provisioning.writing import CLEAR, UnsayableError

TODAY = date(2026, 11, 30)
ESTATE = load(Path(__file__).parents[4] / "inventories" / "lab", TODAY)
MAC = "00:15:65:ab:0c:d1"


def phone(model: str = "yealink_t46u", *numbers: str, keys: tuple[Key, ...] = (), mac: str = MAC) -> Phone:
    return Phone(mac=mac, model=model, extensions=numbers or ("2401",), keys=keys)


def sets(estate: Estate = ESTATE, today: date = TODAY, **more: Any) -> Sets:
    return Sets(estate, today, Credentials("key", more.pop("directory", None)), **more)


def settings(found: Phone, **more: Any) -> dict[str, str]:
    clear = family(known_models()[found.model].family).clear
    return {name: clear if value == CLEAR else value for name, value in sets(**more).settings(found)}


def watching(position: int, number: str = "2402") -> Key:
    return Key(position=position, extension=number, label="Müdür")


@pytest.mark.parametrize(
    ("model", "name"),
    [
        ("yealink_t46u", "001565ab0cd1.cfg"),
        ("grandstream_grp2614", "cfg001565ab0cd1.xml"),
        ("snom_d735", "001565ab0cd1.xml"),
    ],
)
@pytest.mark.parametrize("spelling", ["00-15-65-AB-0C-d1", "001565ab0cd1", "00:15:65:AB:0C:D1"])
def test_c28_every_spelling_is_one_file_named_as_the_maker_asks(model: str, name: str, spelling: str) -> None:
    assert sets().file(phone(model, mac=spelling)) == name


@pytest.mark.parametrize(
    ("model", "name", "cleared"),
    [
        ("yealink_t46u", "linekey.5.", {"type": "0", "line": "%NULL%", "value": "%NULL%", "label": "%NULL%"}),
        ("grandstream_grp2614", "pks.vpk.5.", {"keyMode": "None", "description": "", "value": ""}),
        ("snom_d735", "/functionKeys/fkey[4]", {"": "none", "@label": "", "@context": "active"}),
    ],
)
def test_c29_a_key_taken_away_is_cleared(model: str, name: str, cleared: dict[str, str]) -> None:
    before = settings(phone(model, keys=(watching(4), watching(5))))
    after = settings(phone(model, keys=(watching(4),)))
    assert set(before) == set(after)
    assert {key: after[name + key] for key in cleared} == cleared
    assert all(after[name + key] != before[name + key] for key in cleared if key not in ("line", "@context"))


@pytest.mark.parametrize("model", known_models())
def test_c29_every_account_and_key_of_a_model_is_written(model: str) -> None:
    found, model_ = settings(phone(model)), known_models()[model]
    more = phone(model, *("2401", "2805")[: model_.accounts], keys=(watching(model_.last_key),))
    full = settings(more)
    assert {*full} >= {*found} - {"voice_mail.number.2"}
    label = (
        "fkey[{}]@label"
        if "snom" in model
        else "linekey.{}.label"
        if "yealink" in model
        else "pks.vpk.{}.value"
    )
    first = 0 if "snom" in model else 1
    assert sum(label.format(n + first) in "".join(found) for n in range(model_.keys)) == model_.keys


def test_c29_old_sets_want_a_user_before_the_password_and_new_ones_the_password_alone() -> None:
    password = Credentials("key").admin(MAC)
    name = "static.security.user_password"
    assert settings(phone("yealink_t46u"))[name] == f"admin:{password}"
    assert settings(phone("yealink_t73u"))[name] == password


def test_c29_an_unknown_model_is_an_error() -> None:
    with pytest.raises(UnsayableError, match="00:15:65:ab:0c:d1: yealink_t99 is no known model"):
        sets().text(phone("yealink_t99"))


def test_a_label_that_a_set_would_take_for_none_is_refused_and_one_that_is_none_is_written() -> None:
    odd = phone("yealink_t46u", keys=(watching(4).model_copy(update={"label": "%NULL%"}),))
    with pytest.raises(UnsayableError, match=r"linekey\.4\.label: '%NULL%' would be read as another value"):
        sets().text(odd)
    assert "linekey.4.label = %NULL%\n" in sets().text(phone("yealink_t46u"))


def test_every_set_has_secrets_of_its_own_and_what_it_registers_with_is_the_exchanges() -> None:
    one, other = (settings(phone(mac=mac)) for mac in (MAC, "00:15:65:ab:0c:d2"))
    server, admin = "static.auto_provision.server.password", "static.security.user_password"
    assert one[server] != other[server] and one[admin] != other[admin]
    assert one["account.1.password"] == other["account.1.password"]  # the same extension on two sets
    assert len({one[server], one[admin], one["account.1.password"]}) == 3


def test_who_has_left_is_taken_off_the_set() -> None:
    people = tuple(
        person.model_copy(update={"end": date(2026, 11, 29)}) if person.extension == "2401" else person
        for person in ESTATE.people
    )
    found = settings(phone(), estate=replace(ESTATE, people=people))
    assert (found["account.1.enable"], found["account.1.password"]) == ("0", "%NULL%")
    assert (found["linekey.1.type"], found["linekey.1.label"]) == ("0", "%NULL%")


def test_over_the_wire_goes_ascii_and_the_screen_keeps_its_letters() -> None:
    found = settings(phone("yealink_t46u", "2402"))
    assert found["account.1.display_name"] == "Ibrahim Isiktas"
    assert found["account.1.label"] == "2402 İbrahim Işıktaş"


def test_the_web_server_can_check_each_password() -> None:
    found = provisioning_files(ESTATE, TODAY, "key")
    rows = dict(line.split(":") for line in found[".htpasswd"].splitlines())
    assert set(rows) == {one.mac.replace(":", "") for one in ESTATE.telephony.phones}
    for one in ESTATE.telephony.phones:
        held = base64.b64decode(rows[one.mac.replace(":", "")].removeprefix("{SSHA}"))
        password = Credentials("key").fetching(one.mac).encode()
        assert hashlib.sha1(password + held[20:]).digest() == held[:20]


def test_without_the_key_secrets_show_themselves_as_hidden() -> None:
    hidden, open_ = Sets(ESTATE, TODAY, Credentials(None)), sets()
    for one in ESTATE.telephony.phones:
        pairs = zip(hidden.settings(one), open_.settings(one), strict=True)
        differing = [(name, value) for (name, value), (_, other) in pairs if value != other]
        assert differing and all(HIDDEN in value for _, value in differing)


def test_sets_search_the_directory_when_it_has_an_account_for_them() -> None:
    others = tuple(one for one in ESTATE.directory.service_accounts if one.user != TELEPHONES)
    without = replace(ESTATE, directory=ESTATE.directory.model_copy(update={"service_accounts": others}))
    found = settings(phone(), directory="Secret1")
    assert (found["ldap.enable"], found["ldap.password"]) == ("1", "Secret1")
    assert found["ldap.base"] == "OU=Belediye,DC=ad,DC=gumuscagil,DC=bel,DC=example"
    for more in ({}, {"directory": "Secret1", "estate": without}):
        assert settings(phone(), **more)["ldap.enable"] == "0"


def test_certificates_are_checked_only_by_sets_that_get_the_authority() -> None:
    assert settings(phone())["static.security.trust_certificates"] == "0"
    found = settings(phone(), authority=True)
    assert found["static.security.trust_certificates"] == "1"
    assert found["static.trusted_certificates.url"] == "https://santral.gumuscagil.bel.example/ca.crt"


def test_the_phone_book_is_sorted_in_turkish_and_knows_no_probe() -> None:
    found = book.entries(ESTATE, TODAY)
    for unit in {entry.unit for entry in found}:
        names = [entry.name for entry in found if entry.unit == unit]
        assert names == sorted(names, key=collation_key)
    numbers = {entry.number for entry in found}
    assert numbers.isdisjoint(ESTATE.telephony.probe.extensions) and numbers.isdisjoint({"5190", "5193"})
    assert {"2401", "5000", "5100", "5153", "5200"} <= numbers


def test_files_of_sets_that_are_gone_are_stale_and_those_of_people_are_not() -> None:
    wanted = provisioning_files(ESTATE, TODAY, "key")
    gone = {"001565ab0cd1.cfg", "cfg001565ab0cd1.xml", "rehber-yealink.xml"}
    held = {*wanted, *gone, "T46U-108.86.0.20.rom", "README", "001565AB0CD1.cfg"}
    assert set(stale(held, set(wanted) - {"rehber-yealink.xml"})) == gone


def test_there_are_at_least_three_makes_and_each_model_has_a_family() -> None:
    assert len(makes()) >= 3
    assert {model.family for model in known_models().values()} <= {
        "yealink",
        "yealink_t7",
        "grandstream",
        "snom",
    }
    for model in known_models().values():
        assert family(model.family).book in book.NAMES
