"""Published rules become nftables rules; a name that is not declared opens nothing."""

from __future__ import annotations

from collections.abc import Callable
from types import ModuleType
from typing import Any

import pytest

Plugin = Callable[[str], ModuleType]
DECLARED: dict[str, Any] = {
    "vlans": [{"id": 10, "name": "MGMT"}, {"id": 20, "name": "SUNUCU"}, {"id": 30, "name": "YAZICI"}],
    "subnets": [
        {"site": "ANA", "vlan": 10, "subnet": "10.40.10.0/24"},
        {"site": "ANA", "vlan": 20, "subnet": "10.40.20.0/24", "subnet6": "fd00:40:20::/64"},
        {"site": "FKM", "vlan": 20, "subnet": "10.42.20.0/24"},
    ],
    "hosts": {
        "mon1": {"address": "10.40.20.20"},
        "mail1": {"address": "10.40.20.10", "address6": "fd00:40:20::10"},
    },
    "controller": {"address": "10.40.10.5"},
    "outside": {"subnet": "198.51.100.0/24", "subnet6": "2001:db8::/64"},
}


@pytest.fixture
def firewall(plugin: Plugin) -> ModuleType:
    return plugin("filter/firewall")


def lines(firewall: ModuleType, *rules: dict[str, Any]) -> list[str]:
    text = firewall.nft_rules(list(rules), DECLARED)
    head, chain, *body, close, end = text.splitlines()
    assert (head, chain, close, end) == ("table inet estate {", "  chain services {", "  }", "}")
    return [line.strip() for line in body]


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        (["any"], ["tcp dport { 25 } accept"]),
        (["MGMT"], ["ip saddr { 10.40.10.0/24 } tcp dport { 25 } accept"]),
        (["FKM/SUNUCU"], ["ip saddr { 10.42.20.0/24 } tcp dport { 25 } accept"]),
        (["mon1", "controller"], ["ip saddr { 10.40.10.5, 10.40.20.20 } tcp dport { 25 } accept"]),
        (
            ["SUNUCU"],
            [
                "ip saddr { 10.40.20.0/24, 10.42.20.0/24 } tcp dport { 25 } accept",
                "ip6 saddr { fd00:40:20::/64 } tcp dport { 25 } accept",
            ],
        ),
        (["mon1", "ANA/SUNUCU", "MGMT"], None),
    ],
)
def test_names_become_addresses(firewall: ModuleType, source: list[str], expected: list[str] | None) -> None:
    found = lines(firewall, {"port": 25, "from": source})
    if expected is None:  # a host inside a listed network is left out: nftables refuses overlaps
        assert found[0] == "ip saddr { 10.40.10.0/24, 10.40.20.0/24 } tcp dport { 25 } accept"
    else:
        assert found == expected


def test_ports_may_be_lists_and_ranges_and_a_reason_becomes_a_comment(firewall: ModuleType) -> None:
    rule = {"port": [25, "8000-8010"], "protocol": "udp", "from": ["any"], "why": 'say "no"\nmore'}
    assert lines(firewall, rule) == ['udp dport { 25, 8000-8010 } accept comment "say  no  more"']


@pytest.mark.parametrize(
    ("rule", "says"),
    [
        (
            {"port": 25, "from": ["MGNT"]},
            "`from: MGNT` has no address. Known: any, outside, controller, mail1, mon1",
        ),
        ({"port": 25, "from": ["YAZICI"]}, "`from: YAZICI` has no address"),
        ({"port": 25, "from": ["ANA/YOK"]}, "has no address"),
        ({"port": 25, "from": []}, "says not from where"),
        ({"port": 25}, "says not from where"),
        ({"port": 25, "from": "any"}, "says not from where"),
        ({"port": 0, "from": ["any"]}, "has the port '0'"),
        ({"port": "70000", "from": ["any"]}, "has the port '70000'"),
        ({"port": "25 } accept; #", "from": ["any"]}, "has the port"),
        ({"from": ["any"]}, "has the port 'None'"),
        ({"port": 25, "from": ["any"], "proto": "tcp"}, "has the key proto"),
        ({"port": 25, "from": ["any"], "protocol": "sctp"}, "has another protocol"),
    ],
)
def test_mistakes_are_refused_and_open_nothing(firewall: ModuleType, rule: dict[str, Any], says: str) -> None:
    with pytest.raises(firewall.AnsibleFilterError) as refusal:
        firewall.nft_rules([rule], DECLARED)
    assert says in str(refusal.value)


def test_it_says_whether_an_address_gets_through(firewall: ModuleType) -> None:
    rules = [{"port": ["20-22"], "from": ["MGMT"]}, {"port": 53, "protocol": "udp", "from": ["any"]}]
    assert firewall.nft_admits(rules, DECLARED, "10.40.10.5", 22)
    assert not firewall.nft_admits(rules, DECLARED, "10.40.20.5", 22)
    assert not firewall.nft_admits(rules, DECLARED, "10.40.10.5", 23)
    assert not firewall.nft_admits(rules, DECLARED, "10.40.10.5", 53)


def test_the_declared_lab_networks_are_understood(firewall: ModuleType) -> None:
    from pathlib import Path

    import yaml

    path = Path(__file__).parents[3] / "inventories/lab/group_vars/all/networks.yml"
    declared = yaml.safe_load(path.read_text(encoding="utf-8"))["estate_networks"]
    assert "10.40.10.0/24" in firewall.nft_rules([{"port": 22, "from": ["MGMT"]}], declared)
    assert "10.40.20.20" in firewall.nft_rules([{"port": 9100, "from": ["mon1"]}], declared)
