"""Declares the switches: models, profiles of ports, the switches with their links, and the outlets of the buildings."""

from __future__ import annotations

from functools import lru_cache
from typing import Annotated, Literal

from pydantic import Field

from estate.declared.fields import (
    Address4,
    HardwareAddress,
    HostName,
    OutletName,
    Record,
    SiteCode,
    Text,
    UserName,
    Word,
    matching,
)
from estate.declared.ports import PortRange, names_of, port_of

Platform = Literal["cisco_ios", "hp_procurve"]
"""How a switch is spoken to; the names are those of netmiko."""


Neighbour = Annotated[
    str,
    matching(
        r"[a-z][a-z0-9-]*(:[A-Za-z]*\s?[0-9][0-9/]*)?",
        'write "switch:port", such as "sw-ana-1:Gi1/0/25", or the name of a router alone',
    ),
]
Percent = Annotated[int, Field(ge=1, le=100)]


class Model(Record):
    """A make of switch; `ports` in the order the switch shows them, `uplink_ports` those of them that links may use."""

    name: HostName
    platform: Platform
    ports: Annotated[tuple[PortRange, ...], Field(min_length=1)]
    uplink_ports: tuple[PortRange, ...]
    max_members: Annotated[int, Field(ge=1, le=10)] = 1


class Profile(Record):
    """What a port is for, and what follows from that.

    `data_vlan` is the name of a VLAN, or where it comes from: `unit` (the directorate of the person at the outlet),
    `host` (the address plan), `quarantine`, `link` (the link itself). `tagged_vlans` make the port a trunk. A port that
    is `trusted` may answer DHCP and ARP for others, an `arp_checked` one only for the addresses DHCP gave it. Nobody
    sits at an outlet that is `devices_only`.
    """

    name: Word
    data_vlan: Text
    voice_vlan: Text | None = None
    tagged_vlans: tuple[Text, ...] = ()
    portfast: bool
    bpduguard: bool
    storm_percent: Percent | None
    max_addresses: Annotated[int, Field(ge=1, le=128)] | None = None
    trusted: bool = False
    arp_checked: bool = False
    devices_only: bool = False
    shutdown: bool = False


class Link(Record):
    """One end of a link: to another switch, which declares the other end, or to a router (a name without a port)."""

    port: Text
    to: Neighbour
    native_vlan: Text
    vlans: Annotated[tuple[Text, ...], Field(min_length=1)]

    @property
    def far(self) -> tuple[str, str | None]:
        """Gives the name of the other side and its port, None at a router."""
        name, colon, port = self.to.partition(":")
        return name, port if colon else None


class Switch(Record):
    """A switch, or a stack of `members` that answers as one; `by_hand` are ports that are not generated."""

    name: HostName
    model: Text
    members: Annotated[int, Field(ge=1)] = 1
    site: SiteCode
    place: Text
    address: Address4
    quarantine_vlan: Text | None = None
    links: tuple[Link, ...]
    by_hand: tuple[Text, ...] = ()


class Outlet(Record):
    """A socket in a wall: people name it in their record, `device` is what else hangs on it; else it is unused.

    `mac` is the hardware address of the device: seen at another port, it is a finding.
    """

    name: OutletName
    switch: Text
    port: Text
    profile: Text
    device: HostName | None = None
    mac: HardwareAddress | None = None


class LogHost(Record):
    """The machine that keeps the logs of all switches; it may be declared before it stands."""

    name: HostName
    address: Address4


class Base(Record):
    """What every switch is told alike; without `aaa_servers` (TACACS+) only the local user gets in."""

    banner: Text
    contact: Text
    local_user: UserName
    aaa_servers: tuple[Address4, ...] = ()
    ntp_hosts: Annotated[tuple[HostName, ...], Field(min_length=1)]
    log_host: LogHost
    snmp_user: Word
    snmp_group: Word
    zone_name: Annotated[str, matching(r"[A-Z]{3,5}", "write the short name of the time zone, such as TRT")]


class Reach(Record):
    """A connection that must come about after every push (`reaches`: or must not), from a host or the controller."""

    source: HostName
    target: HostName
    port: Annotated[int, Field(ge=1, le=65535)]
    reaches: bool = True


class Switches(Record):
    """The switches of the municipality; a port that nothing names has the profile `unused_profile`.

    Of each switch the `capture_generations` newest different configurations are kept to restore from.
    """

    management_vlan: Text
    quarantine_vlan: Text
    unused_profile: Text
    uplink_profile: Text
    capture_generations: Annotated[int, Field(ge=1, le=1000)] = 30
    base: Base
    models: tuple[Model, ...]
    profiles: tuple[Profile, ...]
    switches: tuple[Switch, ...]
    outlets: tuple[Outlet, ...]
    probes: tuple[Reach, ...] = ()

    def model_of(self, switch: Switch) -> Model | None:
        """Gives the model of a switch, None when it is not declared."""
        return next((model for model in self.models if model.name == switch.model), None)

    def profile(self, name: str) -> Profile | None:
        """Gives a profile by its name, None when it is not declared."""
        return next((profile for profile in self.profiles if profile.name == name), None)

    def switch(self, name: str) -> Switch | None:
        """Gives a switch by its name, None when it is not declared."""
        return next((switch for switch in self.switches if switch.name == name), None)

    def ports(self, switch: Switch) -> tuple[str, ...]:
        """Gives every port of a switch by the name the switch shows, none when its model is not declared."""
        model = self.model_of(switch)
        return () if model is None else _names(model.ports, switch.members)

    def port(self, switch: Switch, spelling: str) -> str | None:
        """Gives the name the switch shows for a spelling of a port, None when it has no such port."""
        return port_of(spelling, self.ports(switch))

    def uplink_ports(self, switch: Switch) -> tuple[str, ...]:
        """Gives the ports of a switch that links may use."""
        model = self.model_of(switch)
        return () if model is None else _names(model.uplink_ports, switch.members)


@lru_cache(maxsize=256)
def _names(ranges: tuple[str, ...], members: int) -> tuple[str, ...]:
    return names_of(ranges, members)
