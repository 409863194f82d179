"""What a port of a switch lets through, in the words of the bridge that carries its frames."""

from estate.lab.switches import Machine
from estate.lab.switches.mirror import rules

STAND = """vlan 10,20,40,99
exit
interface Gi1/0/1
switchport mode access
switchport access vlan 10
interface Gi1/0/2
switchport mode access
switchport access vlan 20
switchport voice vlan 40
interface Gi1/0/3
switchport access vlan 30
no shutdown
interface Gi1/0/24
switchport mode trunk
switchport trunk native vlan 99
switchport trunk allowed vlan 10,20,55
interface Gi1/0/23
switchport mode trunk
switchport trunk native vlan 99
switchport trunk allowed vlan 10,99"""


def _rules(line: str, port: int) -> list[str]:
    switch = Machine("sw1")
    switch.configure(STAND)
    switch.configure(f"interface Gi1/0/{port}\n{line}")
    return rules(switch.state.ports[f"GigabitEthernet1/0/{port}"])


def test_a_pc_is_in_its_vlan_and_a_telephone_tags_beside_it() -> None:
    assert _rules("", 1) == ["vlan_mode=access", "tag=10", "trunks=[]"]
    assert _rules("", 2) == ["vlan_mode=native-untagged", "tag=20", "trunks=20,40"]


def test_a_trunk_carries_what_it_is_allowed_and_the_switch_knows() -> None:
    """VLAN 55 is allowed and unknown; the native VLAN passes only when it is on the list."""
    assert _rules("", 24) == ["vlan_mode=trunk", "tag=[]", "trunks=10,20"]
    assert _rules("", 23) == ["vlan_mode=native-untagged", "tag=99", "trunks=10,99"]


def test_a_port_that_is_shut_or_whose_vlan_is_gone_carries_nothing() -> None:
    """An empty list of VLANs would mean all of them."""
    nothing = ["vlan_mode=trunk", "tag=[]", "trunks=4095"]
    assert _rules("shutdown", 1) == nothing
    assert _rules("exit\nno vlan 10", 1) == nothing
    assert _rules("switchport trunk allowed vlan none", 24) == nothing
