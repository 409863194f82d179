"""The fabric follows from what is declared, and from nothing else."""

from typing import Any

import pytest

from estate.lab.errors import LabError
from estate.lab.topology import Route, Topology, derive, members, without_ipv6


def test_a_host_gets_its_addresses_and_the_routes_of_its_subnet(topology: Topology) -> None:
    mail = topology.hosts["mail1"]
    assert [str(one) for one in mail.addresses] == ["10.40.20.10/24", "fd00:40:20::10/64"]
    assert mail.segment.routes == (Route("default", "10.40.20.1"), Route("default", "fd00:40:20::1"))
    assert (mail.segment.bridge, mail.mac, mail.address) == ("brANA-20", "02:00:0a:28:14:0a", "10.40.20.10")


def test_a_subnet_without_default_route_has_only_its_declared_routes(topology: Topology) -> None:
    assert topology.hosts["backup1"].segment.routes == (Route("10.40.20.0/24", "10.42.22.1"),)


def test_a_host_without_site_stands_outside(topology: Topology) -> None:
    assert str(topology.hosts["outside1"].segment.network) == "198.51.100.0/24"


def test_the_controller_is_led_to_the_declared_subnets_only(topology: Topology) -> None:
    assert [route.to for route in topology.controller_routes] == [
        "10.40.20.0/24",
        "10.42.22.0/24",
        "198.51.100.0/24",
    ]
    assert {route.via for route in topology.controller_routes} == {"10.40.10.1"}


def test_every_hardware_address_is_its_own(topology: Topology) -> None:
    cables = [*topology.hosts.values(), topology.controller]
    assert len({cable.mac for cable in cables}) == len(cables)


def test_a_kernel_without_ipv6_gets_a_fabric_without_it(topology: Topology) -> None:
    plain = without_ipv6(topology)
    mail = plain.hosts["mail1"]
    assert [str(one) for one in mail.addresses] == ["10.40.20.10/24"]
    assert mail.segment in plain.segments
    assert "::" not in repr(plain)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"mail1": {"address": "10.99.0.1"}}, "no declared subnet holds its address 10.99.0.1"),
        ({"mail1": {"address": "10.40.20.300"}}, "300"),
        ({"a-very-long-name": {"address": "10.40.20.9"}}, "at most 13 characters"),
        ({"mail1": {}}, "KeyError: 'address'"),
    ],
)
def test_what_does_not_fit_is_refused(networks: dict[str, Any], change: dict[str, Any], message: str) -> None:
    networks["hosts"] = change
    with pytest.raises(LabError) as refused:
        derive(networks)
    assert message in refused.value.found


def test_a_gateway_outside_its_subnet_is_refused(networks: dict[str, Any]) -> None:
    networks["subnets"][0]["gateway"] = "10.41.10.1"
    with pytest.raises(LabError, match=r"10\.41\.10\.1 is not in 10\.40\.10\.0/24"):
        derive(networks)


def test_members_follow_children_wherever_the_group_is_written() -> None:
    inventory = {
        "all": {
            "children": {
                "managed": {"children": {"mail_servers": None, "monitoring_servers": None}},
                "mail_servers": {"hosts": {"mail1": None}},
                "monitoring_servers": {"hosts": {"mon1": None, "mail1": None}},
                "drill_targets": {"hosts": {"drill1": None}},
            }
        }
    }
    assert members(inventory, "managed") == ["mail1", "mon1"]
    assert members(inventory, "nobody") == []
