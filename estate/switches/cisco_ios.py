"""Writes the sheet of a switch as Cisco IOS shows its running configuration, defaults left out; pure."""

from __future__ import annotations

from collections.abc import Iterator

from estate.declared.port_vlans import PortUse
from estate.switches.lists import ios_vlans
from estate.switches.sheet import Sheet, placeholder

OWNED_LINES = (
    "service timestamps ",
    "service password-encryption",
    "hostname ",
    "enable secret ",
    "username ",
    "aaa new-model",
    "aaa authentication login ",
    "aaa authorization exec ",
    "tacacs server ",
    "clock timezone ",
    "ip dhcp snooping",
    "ip arp inspection ",
    "spanning-tree mode ",
    "spanning-tree extend ",
    "archive",
    "ip default-gateway ",
    "ip ssh version ",
    "logging host ",
    "snmp-server community ",
    "snmp-server group ",
    "snmp-server location ",
    "snmp-server contact ",
    "banner motd ",
    "line vty ",
    "ntp server ",
)
"""How the lines begin that are ours besides interfaces and VLANs; what begins otherwise is left alone."""

_ACCESS = (
    "switchport access vlan {untagged}",
    "switchport mode access",
    "switchport nonegotiate",
)
_TRUNK = (
    "switchport trunk native vlan {untagged}",
    "switchport trunk allowed vlan {allowed}",
    "switchport mode trunk",
    "switchport nonegotiate",
)


def lines(sheet: Sheet) -> Iterator[str]:
    """Yields the text line by line, placeholders for secrets in it."""
    yield "!"
    yield "service timestamps debug datetime msec localtime show-timezone year"
    yield "service timestamps log datetime msec localtime show-timezone year"
    yield "service password-encryption"
    yield from ("!", f"hostname {sheet.name}", "!")
    yield from _logins(sheet)
    hours, minutes = divmod(sheet.zone_minutes, 60)
    yield f"clock timezone {sheet.base.zone_name} {hours} {minutes}"
    yield from _watches(sheet)
    yield from ("!", "spanning-tree mode rapid-pvst", "spanning-tree extend system-id")
    yield from (
        "archive",
        " path flash:arch",
        " maximum 10",
        "!",
    )  # without it no way back by the device's timer
    for vlan in sheet.vlans:
        yield from (f"vlan {vlan.id}", f" name {vlan.name}", "!")
    for use in sheet.uses:
        yield f"interface {use.port}"
        yield from (f" {line}" for line in _port(use))
        yield "!"
    address = f"{sheet.address} {sheet.network.netmask}"
    yield from (f"interface Vlan{sheet.management.id}", f" ip address {address}", "!")
    yield f"ip default-gateway {sheet.gateway}"
    yield "ip ssh version 2"
    yield f"logging host {sheet.base.log_host.address}"
    yield f"snmp-server group {sheet.base.snmp_group} v3 priv"
    yield f"snmp-server location {sheet.place}"
    yield f"snmp-server contact {sheet.contact}"
    yield from (f"banner motd ^C{sheet.banner}^C", "!")
    for line in ("line vty 0 4", "line vty 5 15"):
        yield from (line, " exec-timeout 15 0", " transport input ssh", "!")
    yield from (f"ntp server {address}" for address in sheet.ntp)
    yield "end"


def unseen(sheet: Sheet) -> tuple[str, ...]:
    """Gives the lines that the switch takes and never shows."""
    secrets = f"auth sha {placeholder('snmp_auth')} priv aes 128 {placeholder('snmp_privacy')}"
    return (f"snmp-server user {sheet.base.snmp_user} {sheet.base.snmp_group} v3 {secrets}",)


def _logins(sheet: Sheet) -> Iterator[str]:
    yield f"enable secret {placeholder('enable')}"
    yield f"username {sheet.base.local_user} privilege 15 secret {placeholder('local_password')}"
    first = "group tacacs+ local" if sheet.base.aaa_servers else "local"
    yield from ("aaa new-model", f"aaa authentication login default {first}")
    yield f"aaa authorization exec default {first}"
    for number, address in enumerate(sheet.base.aaa_servers, start=1):
        yield f"tacacs server AAA{number}"
        yield from (f" address ipv4 {address}", f" key {placeholder('aaa_key')}", "!")


def _watches(sheet: Sheet) -> Iterator[str]:
    if sheet.snooped:
        yield f"ip dhcp snooping vlan {ios_vlans(sheet.snooped)}"
        yield "no ip dhcp snooping information option"
        yield "ip dhcp snooping"
    if sheet.inspected:
        yield f"ip arp inspection vlan {ios_vlans(sheet.inspected)}"


def _port(use: PortUse) -> Iterator[str]:
    profile = use.profile
    yield f"description {use.label}"
    words = {"untagged": use.untagged.id, "allowed": ios_vlans(vlan.id for vlan in use.allowed)}
    yield from (line.format(**words) for line in (_TRUNK if use.trunk else _ACCESS))
    if use.voice is not None:
        yield f"switchport voice vlan {use.voice.id}"
    if profile.max_addresses is not None:
        if profile.max_addresses > 1:  # one is the default, and not shown
            yield f"switchport port-security maximum {profile.max_addresses}"
        yield from ("switchport port-security violation restrict", "switchport port-security")
    if profile.trusted:
        yield "ip arp inspection trust"
    if profile.shutdown:
        yield "shutdown"
    if profile.storm_percent is not None:
        yield f"storm-control broadcast level {profile.storm_percent}.00"
    if profile.portfast:
        yield "spanning-tree portfast trunk" if use.trunk else "spanning-tree portfast"
    if profile.bpduguard:
        yield "spanning-tree bpduguard enable"
    if profile.trusted:
        yield "ip dhcp snooping trust"
