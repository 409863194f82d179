"""What is plugged where follows from the declared switches, each cable once; what does not fit is refused by name."""

from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest
import yaml

from estate.lab.errors import LabError
from estate.lab.wiring import Wiring, derive_wiring

LAB = Path(__file__).parents[3] / "inventories" / "lab"


def _declared() -> tuple[dict[str, Any], dict[str, Any]]:
    networks = yaml.safe_load((LAB / "group_vars/all/networks.yml").read_text())["estate_networks"]
    return networks, yaml.safe_load((LAB / "estate/switches.yml").read_text())["estate_switches"]


@pytest.fixture
def wiring() -> Wiring:
    return derive_wiring(*_declared())


def test_without_switches_nothing_is_wired() -> None:
    assert derive_wiring({}, {}) == Wiring()


def test_a_link_that_both_ends_declare_is_one_cable(wiring: Wiring) -> None:
    cables = {(one.switch, one.port, other.switch, other.port) for one, other in wiring.pairs}
    assert cables == {
        ("sw-ana-omurga", "Gi1/0/25", "gecit-ana", ""),
        ("sw-ana-omurga", "Gi1/0/26", "sw-ana-kat1", "Gi1/0/49"),
        ("sw-ana-omurga", "Gi1/0/27", "sw-ana-kat3", "25"),
        ("sw-fkm-omurga", "Gi1/0/25", "gecit-fkm", ""),
    }
    assert len({end.end for end in wiring.patches}) == 8
    assert all(wiring.far_ends[wiring.far_ends[end.end].end] == end for end in wiring.patches)


def test_every_machine_of_the_municipality_hangs_on_a_switch(wiring: Wiring) -> None:
    """Only the world outside does not; a machine without an outlet is refused when it is plugged in."""
    hosts = {name for name, one in _declared()[0]["hosts"].items() if "site" in one}
    assert {"controller", *hosts} <= set(wiring.sockets)
    assert wiring.routers == {"ANA": "gecit-ana", "FKM": "gecit-fkm"}


def test_a_switch_has_its_address_in_the_management_network_of_its_site(wiring: Wiring) -> None:
    unit = wiring.units["sw-fkm-omurga"]
    assert (unit.vlan, str(unit.address), unit.gateway) == (10, "10.42.10.11/24", "10.42.10.1")


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        (lambda switches: switches["switches"][0].update(name="sw-ana-omurga-1"), "sw-ana-omurga-1: a name"),
        (
            lambda switches: switches["outlets"][-1].update(device="erisim-noktasi-3"),
            "erisim-noktasi-3: a name",
        ),
        (
            lambda switches: switches["switches"][0].update(site="GHM"),
            "no subnet is declared for VLAN 10 at GHM",
        ),
        (lambda switches: switches.pop("management_vlan"), "management_vlan"),
    ],
)
def test_what_the_lab_cannot_wire_is_refused_by_name(wrong: Any, told: str) -> None:
    networks, switches = deepcopy(_declared())
    wrong(switches)
    with pytest.raises(LabError) as refused:
        derive_wiring(networks, switches)
    assert told in refused.value.found
