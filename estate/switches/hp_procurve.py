"""Writes the sheet of a switch as HP ProCurve (ArubaOS-Switch) shows its running configuration; pure.

Here a VLAN names its ports. A port that is not generated keeps its place in VLAN 1 and in no line of this text.
"""

from __future__ import annotations

from collections.abc import Iterator

from estate.declared.networks import Vlan
from estate.declared.port_vlans import PortUse
from estate.switches.lists import procurve_ports, procurve_vlans
from estate.switches.sheet import Sheet, placeholder

OWNED_LINES = (
    "hostname ",
    "banner motd ",
    "time timezone ",
    "timesync ",
    "sntp ",
    "ip default-gateway ",
    "logging ",
    "dhcp-snooping",
    "arp-protect",
    "snmp-server community ",
    "snmp-server contact ",
    "snmp-server location ",
    "snmpv3 ",
    "tacacs-server host ",
    "aaa authentication ",
    "spanning-tree",
    "port-security ",
    "no tftp server",
    "no telnet-server",
    "no web-management",
    "password manager",
)
"""How the lines begin that are ours besides interfaces and VLANs; what begins otherwise is left alone."""


def lines(sheet: Sheet) -> Iterator[str]:
    """Yields the text line by line, placeholders for secrets in it."""
    yield f'hostname "{sheet.name}"'
    yield f'banner motd "{sheet.banner}"'
    yield f"time timezone {sheet.zone_minutes}"
    yield from ("timesync sntp", "sntp unicast")
    for number, address in enumerate(sheet.ntp, start=1):
        yield f"sntp server priority {number} {address}"
    yield from ("no telnet-server", "no web-management")
    yield f"ip default-gateway {sheet.gateway}"
    yield f"logging {sheet.base.log_host.address}"
    yield from _watches(sheet)
    for use in sheet.uses:
        if use.profile.max_addresses is not None:
            limit = use.profile.max_addresses
            yield f"port-security {use.port} learn-mode limited-continuous address-limit {limit}"
    for use in sheet.uses:
        yield f"interface {use.port}"
        yield from (f"   {line}" for line in (*_port(use), "exit"))
    yield f'snmp-server contact "{sheet.contact}"'
    yield f'snmp-server location "{sheet.place}"'
    yield from ("snmpv3 enable", "snmpv3 only")
    user, group = sheet.base.snmp_user, "managerpriv"
    yield f'snmpv3 group {group} user "{user}" sec-model ver3'
    yield f'snmpv3 user "{user}"'
    yield from _logins(sheet)
    yield from _default_vlan(sheet)
    for vlan in sheet.vlans:
        yield f"vlan {vlan.id}"
        yield from (f"   {line}" for line in (*_vlan(sheet, vlan), "exit"))
    yield "spanning-tree"
    for use in sheet.uses:
        if use.profile.portfast:
            yield f"spanning-tree {use.port} admin-edge-port"
        if use.profile.bpduguard:
            yield f"spanning-tree {use.port} bpdu-protection"
    yield "no tftp server"
    yield f'password manager user-name "{sheet.base.local_user}" plaintext {placeholder("local_password")}'


def unseen(sheet: Sheet) -> tuple[str, ...]:
    """Gives the lines that the switch takes and shows without their secrets."""
    secrets = f'auth sha "{placeholder("snmp_auth")}" priv aes "{placeholder("snmp_privacy")}"'
    return (f'snmpv3 user "{sheet.base.snmp_user}" {secrets}',)


def _logins(sheet: Sheet) -> Iterator[str]:
    for address in sheet.base.aaa_servers:
        yield f"tacacs-server host {address} key {placeholder('aaa_key')}"
    if sheet.base.aaa_servers:
        yield from ("aaa authentication ssh login tacacs local", "aaa authentication ssh enable tacacs local")


def _watches(sheet: Sheet) -> Iterator[str]:
    if sheet.snooped:
        yield from ("dhcp-snooping", f"dhcp-snooping vlan {procurve_vlans(sheet.snooped)}")
    if sheet.inspected:
        yield from ("arp-protect", f"arp-protect vlan {procurve_vlans(sheet.inspected)}")


def _port(use: PortUse) -> Iterator[str]:
    if use.profile.shutdown:
        yield "disable"
    yield f'name "{use.label}"'
    if use.profile.storm_percent is not None:
        yield f"rate-limit bcast in percent {use.profile.storm_percent}"
    if use.profile.trusted:
        yield from ("dhcp-snooping trust", "arp-protect trust")


def _default_vlan(sheet: Sheet) -> Iterator[str]:
    own = sheet.own_ports
    left = [port for port in sheet.ports if port not in own]
    yield from ("vlan 1", '   name "DEFAULT_VLAN"')
    yield f"   no untagged {procurve_ports(own, sheet.ports)}"
    if left:
        yield f"   untagged {procurve_ports(left, sheet.ports)}"
    yield from ("   no ip address", "   exit")


def _vlan(sheet: Sheet, vlan: Vlan) -> Iterator[str]:
    yield f'name "{vlan.name}"'
    for word, ports in (
        ("untagged", [use.port for use in sheet.uses if use.untagged == vlan]),
        ("tagged", [use.port for use in sheet.uses if vlan in use.tagged]),
    ):
        if ports:
            yield f"{word} {procurve_ports(ports, sheet.ports)}"
    if vlan == sheet.management:
        yield f"ip address {sheet.address} {sheet.network.netmask}"
    else:
        yield "no ip address"
    if any(use.voice == vlan for use in sheet.uses):
        yield "voice"
