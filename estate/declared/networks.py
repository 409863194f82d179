"""Declares addresses and names: VLANs, subnets per site, hosts."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from estate.declared.fields import (
    Address4,
    Address6,
    Domain,
    HostName,
    Network4,
    Network6,
    Record,
    SiteCode,
    Text,
    VlanId,
)

Release = Literal["trixie", "forky"]
"""A Debian release that the roles are made for, as Debian calls it."""
DEFAULT_RELEASE: Release = "trixie"


class Vlan(Record):
    """A VLAN; `id` is its key, `name` what firewall rules call it."""

    id: VlanId
    name: Text
    use: Text


class Subnet(Record):
    """The addresses of one VLAN at one site; `routes` are the networks reached when there is no default route."""

    site: SiteCode
    vlan: VlanId
    subnet: Network4
    gateway: Address4
    subnet6: Network6 | None = None
    gateway6: Address6 | None = None
    default_route: bool
    routes: tuple[Network4, ...] = ()


class Outside(Record):
    """The network beyond the municipality's border, where another organisation stands."""

    subnet: Network4
    gateway: Address4
    subnet6: Network6 | None = None
    gateway6: Address6 | None = None


class Host(Record):
    """A host's place, addresses and Debian; one without site and vlan stands on the outside network."""

    site: SiteCode | None = None
    vlan: VlanId | None = None
    address: Address4
    address6: Address6 | None = None
    release: Release = DEFAULT_RELEASE

    @property
    def outside(self) -> bool:
        """Tells whether the host stands beyond the municipality's border."""
        return self.site is None


class Networks(Record):
    """The address plan; `controller` is the machine that plans and applies, the only jump host."""

    domain: Domain
    name_servers: tuple[Address4, ...]
    controller: Host
    outside: Outside
    hosts: Mapping[HostName, Host]
    subnets: tuple[Subnet, ...]
    vlans: tuple[Vlan, ...]

    def subnet_of(self, host: Host) -> Subnet | Outside | None:
        """Gives the subnet a host stands in, None when it is not declared."""
        if host.outside:
            return self.outside
        return next((s for s in self.subnets if (s.site, s.vlan) == (host.site, host.vlan)), None)

    def gateways(self) -> tuple[Address4 | Address6, ...]:
        """Gives every declared gateway of both families."""
        nets: list[Subnet | Outside] = [*self.subnets, self.outside]
        found = [end for net in nets for end in (net.gateway, net.gateway6)]
        return tuple(end for end in found if end is not None)
