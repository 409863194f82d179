"""Gathers from the estate all that one switch shall be told; the makes only write it down; pure."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, datetime
from ipaddress import IPv4Address, IPv4Network
from zoneinfo import ZoneInfo

from estate.declared import Estate
from estate.declared.networks import Vlan
from estate.declared.port_vlans import PortUse, Wiring
from estate.declared.switches import Base, Switch
from estate.declared.turkish import ascii_of

PLACE = re.compile(r"<vault:([a-z0-9_]+)>")
"""Finds what `placeholder` wrote, and the key of the vault in it."""
SECRETS = {
    "local_password": "vault_switches_local_password",
    "enable": "vault_switches_enable_secret",
    "aaa_key": "vault_switches_aaa_key",
    "snmp_auth": "vault_switches_snmp_auth",
    "snmp_privacy": "vault_switches_snmp_privacy",
}
"""The keys of the vault that hold what no plan shows; `placeholder` stands for them until the push."""

FIRST = ("vault_switches_first_password", "vault_switches_first_enable")
"""The keys of the vault that hold the login of a switch from the box."""


@dataclass(frozen=True)
class Sheet:
    """What one switch shall be told; texts are ASCII, VLANs and ports sorted as the switch shows them.

    `snooped` are the VLANs whose DHCP answers are watched, `inspected` those whose ARP answers are.
    """

    name: str
    ports: tuple[str, ...]
    uses: tuple[PortUse, ...]
    vlans: tuple[Vlan, ...]
    management: Vlan
    address: IPv4Address
    network: IPv4Network
    gateway: IPv4Address
    place: str
    contact: str
    banner: str
    base: Base
    ntp: tuple[IPv4Address, ...]
    zone_minutes: int
    snooped: tuple[int, ...]
    inspected: tuple[int, ...]

    @property
    def own_ports(self) -> frozenset[str]:
        """Gives the ports that are generated."""
        return frozenset(use.port for use in self.uses)


def sheet_of(estate: Estate, switch: Switch, today: date, wiring: Wiring | None = None) -> Sheet:
    """Gives the sheet of a switch on a day: whose access is closed that day hangs nowhere any more.

    Whoever asks for many switches hands their wiring of that day over, which costs as much as all outlets.
    """
    wiring, declared = wiring or Wiring(estate, today), estate.switches
    management, uses = wiring.vlans[declared.management_vlan], wiring.uses(switch)
    net = next(
        each for each in estate.networks.subnets if (each.site, each.vlan) == (switch.site, management.id)
    )
    noon = datetime(today.year, today.month, today.day, 12, tzinfo=ZoneInfo(estate.organisation.time_zone))
    offset = noon.utcoffset()
    assert offset is not None
    open_uses = [use for use in uses if not use.profile.trusted]
    return Sheet(
        name=switch.name,
        ports=declared.ports(switch),
        uses=uses,
        vlans=wiring.needed(switch),
        management=management,
        address=switch.address,
        network=net.subnet,
        gateway=net.gateway,
        place=plain(switch.place),
        contact=plain(declared.base.contact),
        banner=plain(declared.base.banner),
        base=declared.base,
        ntp=tuple(estate.networks.hosts[name].address for name in declared.base.ntp_hosts),
        zone_minutes=int(offset.total_seconds()) // 60,
        snooped=_numbers(open_uses),
        inspected=_numbers([use for use in open_uses if use.profile.arp_checked]),
    )


def placeholder(secret: str) -> str:
    """Gives what stands in a text where the push writes a secret of the vault."""
    return f"<vault:{SECRETS[secret]}>"


def plain(text: str) -> str:
    """Gives a text that a switch takes on one line: ASCII, single blanks, no quotation marks or question marks."""
    return " ".join(ascii_of(text).replace('"', "'").replace("?", ".").split())


def _numbers(uses: list[PortUse]) -> tuple[int, ...]:
    return tuple(sorted({vlan.id for use in uses for vlan in use.allowed}))
