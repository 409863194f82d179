"""A switch of a few lines, for tests that are about one thing."""

from estate.switches.plan import SwitchPlan, remediation
from estate.switches.protected import Protected

PROTECTED = Protected(99, ("Gi1/0/24",), "netops", True)
BASE = """\
hostname sw-1
aaa new-model
aaa authentication login default group tacacs+ local
username netops privilege 15 secret 9 $9$aaaa$bbbb
vlan 10
 name OFFICE
vlan 20
 name GUEST
vlan 99
 name MGMT
interface GigabitEthernet1/0/1
 description PC-1
 switchport access vlan 10
 switchport mode access
interface GigabitEthernet1/0/24
 switchport trunk allowed vlan 10,20,99
 switchport mode trunk
interface Vlan99
 ip address 10.9.9.2 255.255.255.0
ip default-gateway 10.9.9.1
"""
END = "end\n"


def planned(running: str, intended: str, **options: object) -> SwitchPlan:
    return remediation(running + END, intended, "cisco_ios", PROTECTED, **options)  # type: ignore[arg-type]


def changed(*edits: tuple[str, str], base: str = BASE) -> str:
    """Gives the base with pieces replaced; every piece has to be there."""
    for old, new in edits:
        assert old in base, old
        base = base.replace(old, new)
    return base


def lines(plan: SwitchPlan) -> list[str]:
    """Gives the commands, without how sections are left."""
    return [line.strip() for line in plan.lines if line.strip() != "exit"]
