"""The declared web policy becomes files and words of Squid; what is empty stays empty and opens nothing."""

from __future__ import annotations

from collections.abc import Callable
from types import ModuleType
from typing import Any

import pytest
from ansible.errors import AnsibleFilterError

Plugin = Callable[[str], ModuleType]
POLICY: dict[str, Any] = {
    "lists": [
        {"name": "oyun", "domains": ["a.oyun.example", "*.OYUN.example"]},
        {"name": "bos", "domains": []},
        {"name": "zararli", "domains": ["kotu.example"], "source": {"url": "http://liste/"}},
    ],
    "profiles": [{"name": "temel"}, {"name": "genis"}],
    "opened": [{"domain": "iyi.oyun.example", "profiles": ["genis"]}],
}


@pytest.fixture
def web(plugin: Plugin) -> ModuleType:
    return plugin("filter/web_access")


@pytest.fixture
def firewall(plugin: Plugin) -> ModuleType:
    return plugin("filter/firewall")


def test_each_list_and_each_profile_has_a_file(web: ModuleType) -> None:
    assert web.web_files(POLICY) == {
        "/etc/squid/lists/oyun": ".oyun.example\n",
        "/etc/squid/lists/bos": "",
        "/etc/squid/lists/zararli": ".kotu.example\n",
        "/etc/squid/lists/opened-temel": "",
        "/etc/squid/lists/opened-genis": ".iyi.oyun.example\n",
    }


def test_what_is_no_domain_is_refused(web: ModuleType) -> None:
    with pytest.raises(AnsibleFilterError, match="an address is no domain"):
        web.web_domains(["oyun.example", "192.0.2.1"])


def test_hours_become_words_of_squid(web: ModuleType) -> None:
    spans = [
        {"days": ["mon", "thu", "fri"], "start": "07:30", "end": "18:30"},
        {"days": ["sat", "sun"], "start": "08:00", "end": "24:00"},
    ]
    assert web.web_hours(spans) == ["MHF 07:30-18:30", "AS 08:00-24:00"]


def test_networks_of_the_municipality_are_not_the_web(web: ModuleType) -> None:
    declared = {
        "subnets": [
            {"subnet": "203.0.113.0/25", "subnet6": "2001:db8:0:20::/64"},
            {"subnet": "10.40.20.0/24"},
        ]
    }
    found = web.web_internal(declared)
    assert {"203.0.113.0/25", "2001:db8:0:20::/64", "10.0.0.0/8", "127.0.0.0/8"} <= set(found)
    assert "10.40.20.0/24" not in found, "Squid warns of a network inside another"


@pytest.mark.parametrize("names", [[], ["any"], ["MGMT", "any"]])
def test_nobody_and_anybody_are_no_networks(firewall: ModuleType, names: list[str]) -> None:
    with pytest.raises(AnsibleFilterError, match="names no network"):
        firewall.networks_of(names, {"hosts": {}})


def test_names_become_networks_without_overlap(firewall: ModuleType) -> None:
    declared = {
        "hosts": {"mon1": {"address": "10.40.20.20"}, "x": {"address": "192.0.2.1"}},
        "vlans": [{"id": 20, "name": "SUNUCU"}],
        "subnets": [{"site": "ANA", "vlan": 20, "subnet": "10.40.20.0/24", "subnet6": "fd00:40:20::/64"}],
    }
    expected = ["10.40.20.0/24", "192.0.2.1", "fd00:40:20::/64"]
    assert firewall.networks_of(["mon1", "SUNUCU", "x"], declared) == expected
