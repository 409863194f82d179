"""Telephone sets fetch their files from the exchange: each its own, in any spelling, with its password, in TLS."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import pytest
import yaml

from estate.declared import load
from estate.declared.directory import TELEPHONES
from estate.runs import clock
from estate.telephony.provisioning import book
from estate.telephony.provisioning.credentials import Credentials, user_of
from estate.telephony.provisioning.files import provisioning_files
from tests.lab.reaching import LAB, secrets, sure

pytestmark = pytest.mark.lab
ESTATE = load(LAB.inventory)
EXCHANGE = ESTATE.telephony.exchange
NAME = ESTATE.telephony.service_name
PHONES = ESTATE.telephony.phones
PROBE = ESTATE.telephony.probe.host
FETCH = """
import base64, json, ssl, sys, urllib.error, urllib.request
found = []
for path, name, password in json.load(sys.stdin):
    request = urllib.request.Request("https://SERVER/" + path)
    if name:
        request.add_header("Authorization", "Basic " + base64.b64encode(f"{name}:{password}".encode()).decode())
    try:
        with urllib.request.urlopen(request, context=ssl.create_default_context(), timeout=20) as answer:
            found.append([answer.status, answer.read().decode()])
    except urllib.error.HTTPError as refused:
        found.append([refused.code, ""])
print(json.dumps(found))
""".replace("SERVER", NAME)
Asked = tuple[str, str, str]


@pytest.fixture(scope="module")
def vault() -> dict[str, Any]:
    opened: dict[str, Any] = yaml.safe_load(secrets())
    return opened


@pytest.fixture(scope="module")
def credentials(vault: Mapping[str, Any]) -> Credentials:
    return Credentials(vault["vault_telephone_exchange_secret_key"])


@pytest.fixture(scope="module")
def wanted(vault: Mapping[str, Any]) -> Mapping[str, str]:
    authority = vault["vault_certificate_authority_certificate"]
    key = vault["vault_telephone_exchange_secret_key"]
    searching = vault["vault_directory_passwords"][TELEPHONES]
    return provisioning_files(ESTATE, clock.today(ESTATE), key, searching, authority)


def fetched(*asked: Asked) -> list[tuple[int, str]]:
    """Asks the web server of the exchange from the probe's host, whose trust in its certificate is the ordinary one."""
    told = sure(PROBE, f"python3 -c '{FETCH}'", json.dumps(asked))
    return [(status, text) for status, text in json.loads(told)]


def test_every_set_fetches_its_file_and_its_book_whole(
    wanted: Mapping[str, str], credentials: Credentials
) -> None:
    asked: list[Asked] = []
    for phone in PHONES:
        own = [name for name in wanted if user_of(phone.mac) in name]
        books = sorted({*book.NAMES.values()} & {*wanted})
        asked += [
            (name, user_of(phone.mac), credentials.fetching(phone.mac)) for name in (*own, *books, "ca.crt")
        ]
    assert len(asked) >= 3 * len(PHONES)
    found = fetched(*asked)
    assert [
        (path, status) for (path, *_), (status, _) in zip(asked, found, strict=True) if status != 200
    ] == []
    assert [path for (path, *_), (_, text) in zip(asked, found, strict=True) if text != wanted[path]] == []


def test_c28_an_address_in_capitals_is_the_same_file(
    wanted: Mapping[str, str], credentials: Credentials
) -> None:
    phone = PHONES[0]
    (name,) = (one for one in wanted if user_of(phone.mac) in one)
    spelled = name.replace(user_of(phone.mac), user_of(phone.mac).upper())
    assert spelled != name
    ((status, text),) = fetched((spelled, user_of(phone.mac), credentials.fetching(phone.mac)))
    assert (status, text) == (200, wanted[name])


def test_nobody_gets_the_file_of_another_set_nor_the_passwords(
    wanted: Mapping[str, str], credentials: Credentials
) -> None:
    one, other = user_of(PHONES[0].mac), user_of(PHONES[1].mac)
    password = credentials.fetching(PHONES[0].mac)
    (foreign,) = (name for name in wanted if other in name)
    (own,) = (name for name in wanted if one in name)
    found = fetched(
        (foreign, one, password),
        (".htpasswd", one, password),
        (own, one, "wrong"),
        (own, "", ""),
        (own, one, password),
    )
    assert [status for status, _ in found] == [404, 404, 401, 401, 200]


def test_what_lies_on_the_exchange_is_kept_from_others() -> None:
    listed = sure(EXCHANGE, "cd /srv/provisioning; stat -c '%U:%G %a %n' .htpasswd *.cfg *.xml").splitlines()
    assert len(listed) >= len(PHONES) + 2
    assert [line for line in listed if not line.startswith("root:www-data 640 ")] == []
