"""Gives the tests of the lab a small municipality of their own and a checkout in a folder of the test."""

from pathlib import Path
from typing import Any

import pytest

from estate.lab.places import Places
from estate.lab.topology import Topology, derive


@pytest.fixture
def networks() -> dict[str, Any]:
    return {
        "domain": "town.example",
        "name_servers": ["198.51.100.53"],
        "controller": {"site": "ANA", "vlan": 10, "address": "10.40.10.5"},
        "outside": {"subnet": "198.51.100.0/24", "gateway": "198.51.100.1"},
        "subnets": [
            {
                "site": "ANA",
                "vlan": 10,
                "subnet": "10.40.10.0/24",
                "gateway": "10.40.10.1",
                "default_route": True,
                "routes": [],
            },
            {
                "site": "ANA",
                "vlan": 20,
                "subnet": "10.40.20.0/24",
                "gateway": "10.40.20.1",
                "subnet6": "fd00:40:20::/64",
                "gateway6": "fd00:40:20::1",
                "default_route": True,
                "routes": [],
            },
            {
                "site": "FKM",
                "vlan": 22,
                "subnet": "10.42.22.0/24",
                "gateway": "10.42.22.1",
                "default_route": False,
                "routes": ["10.40.20.0/24"],
            },
        ],
        "hosts": {
            "mail1": {"site": "ANA", "vlan": 20, "address": "10.40.20.10", "address6": "fd00:40:20::10"},
            "backup1": {"site": "FKM", "vlan": 22, "address": "10.42.22.10"},
            "outside1": {"address": "198.51.100.53"},
        },
    }


@pytest.fixture
def topology(networks: dict[str, Any]) -> Topology:
    return derive(networks)


@pytest.fixture
def places(tmp_path: Path) -> Places:
    found = Places(tmp_path / "checkout", tmp_path / "cache")
    found.subjects.mkdir(parents=True)
    found.cache.mkdir()
    return found
