"""Knows of two platforms which commands hold one value, which a list, and what opens a section; pure."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache

PLATFORMS = ("cisco_ios", "hp_procurve")
"""Named as netmiko names them."""
OFF, ON = "\x00off", "\x00on"
"""Behind a command that a switch shows in both forms, `no ip http server` and without `no`: one setting, two values."""

# One value each: the words that name the setting; what follows is the value. A second line replaces the first.
_SINGLE: Mapping[str, Mapping[str, str]] = {
    "cisco_ios": {
        "": r"""hostname | ip\ default-gateway | spanning-tree\ (?:mode|extend|vlan\ \S+\ priority) | system\ mtu
          | vtp\ (?:mode|domain|version) | ip\ domain[ -]name | enable\ (?:secret|password) | service\ timestamps\ \w+
          | banner\ [a-z-]+ | ip\ ssh\ (?:version|time-out|authentication-retries|source-interface)
          | clock\ (?:timezone|summer-time)
          | logging\ (?:buffered|trap|facility|source-interface|console|monitor|origin-id)
          | snmp-server\ (?:location|contact|chassis-id|trap-source|community\ \S+) | ntp\ (?:source|server\ \S+)
          | errdisable\ recovery\ interval
          | aaa\ (?:authentication|authorization|accounting)\ (?:exec|commands\ \d+|\S+)\ \S+
          | username\ \S+ | ip\ (?:radius|tacacs)\ source-interface | mac\ address-table\ aging-time
          | ip\ (?:dhcp\ snooping|arp\ inspection)\ vlan | ip\ arp\ inspection\ validate
          | (?:tacacs|radius)-server\ (?:timeout|retransmit|deadtime|key)""",
        "interface": r"""description | switchport\ (?:mode|(?:access|voice)\ vlan)
          | switchport\ trunk\ (?:native\ vlan|allowed\ vlan|encapsulation) | ip\ address | speed | duplex | mtu
          | switchport\ port-security\ (?:maximum|violation|aging\ time) | channel-group
          | ip\ (?:dhcp\ snooping|arp\ inspection)\ limit\ rate | power\ inline | storm-control\ (?:\w+\ level|action)
          | spanning-tree\ (?:portfast|bpduguard|guard|cost|port-priority|link-type) | mls\ qos\ trust
          | authentication\ (?:host-mode|order|priority|port-control)""",
        "vlan": "name",
        "line": r"exec-timeout | session-timeout | transport\ \w+ | privilege\ level | login | password",
        "tacacs": r"address\ \w+ | key | timeout",
        "radius": r"address\ \w+ | key | timeout",
        "archive": "path | maximum",
    },
    "hp_procurve": {
        "": r"""hostname | banner\ [a-z-]+ | ip\ default-gateway | time\ (?:timezone|daylight-time-rule) | timesync
          | sntp\ (?:server\ priority\ \d+|\d+) | console\ idle-timeout | spanning-tree\ (?:mode|priority)
          | snmp-server\ (?:location|contact|community\ \S+) | password\ (?:manager|operator)
          | aaa\ authentication\ \S+\ (?:login|enable) | primary-vlan | trunk\ \S+
          | radius-server\ (?:key|timeout|host\ \S+) | (?:dhcp-snooping|arp-protect)\ vlan
          | port-security\ \S+""",
        "interface": r"name | speed-duplex | untagged\ vlan | rate-limit\ \w+\ in",
        "vlan": r"name | ip\ address",
    },
}
_DIRECTED = r"(?P<first>ip\ access-group)\ \S+\ (?P<last>in|out)"
_SECTIONS = re.compile(
    r"^(?:interface|vlan \d|line |archive$|ip access-list |class-map |policy-map "
    r"|(?:tacacs|radius) server |aaa group server )"
)
VLAN_SETS = {
    "cisco_ios": ("switchport trunk allowed vlan", "ip dhcp snooping vlan", "ip arp inspection vlan"),
    "hp_procurve": ("dhcp-snooping vlan", "arp-protect vlan"),
}
"""Commands that hold a set of VLANs; changed by adding and removing members, never by writing it anew."""


@lru_cache(maxsize=64)
def pattern(platform: str, section: str) -> re.Pattern[str] | None:
    """Gives what finds the setting a line makes, for a kind of section (`interface`, `vlan`, `` for outside)."""
    words = _SINGLE[platform].get(section)
    if words is None:
        return re.compile(r"^(?:no )?(?P<value>[^\x00]+)\x00")
    return re.compile(
        rf"^(?:no\ )?(?:(?P<value>[^\x00]+)\x00|{_DIRECTED}$|(?P<key>{words})(?![\w-]))", re.VERBOSE
    )


def kind(header: str) -> str:
    """Gives the kind of section a header opens: its first word."""
    return header.partition(" ")[0]


@lru_cache(maxsize=16384)
def key(platform: str, header: str, line: str) -> str | None:
    """Gives the setting that a line makes; two lines with the same one exclude each other. None: a line by itself."""
    wanted = pattern(platform, kind(header))
    found = wanted.match(line) if wanted else None
    if not found:
        return None
    parts = found.groupdict()
    return parts["value"] or parts.get("key") or f"{parts['first']} {parts['last']}"


def opens_section(line: str) -> bool:
    """Tells whether a line leads into a mode of its own, so that `exit` has to follow."""
    return bool(_SECTIONS.match(line))
