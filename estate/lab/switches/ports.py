"""Derives from a configuration what each port does with frames: the state that a data plane mirrors."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from estate.lab.switches.configuration import GLOBAL, Configuration, Lines
from estate.lab.switches.grammar import Vendor
from estate.lab.switches.numbers import HIGHEST_VLAN, Names, ranges, vlans

ALL_VLANS = frozenset(range(1, HIGHEST_VLAN + 1))


@dataclass(frozen=True)
class Port:
    """Is one port: whether it is enabled, the VLAN of its untagged frames (None: dropped), the VLANs it carries tagged.

    `access`, `native`, `voice` and `allowed` are as configured, also where the VLAN does not exist and nothing passes.
    """

    name: str
    enabled: bool
    description: str
    trunk: bool
    untagged: int | None
    tagged: frozenset[int]
    access: int = 1
    native: int = 1
    voice: int | None = None
    allowed: frozenset[int] = ALL_VLANS
    administrative: str = "dynamic auto"

    def carries(self, vlan: int) -> bool:
        """Tells whether frames of this VLAN pass here, tagged or not."""
        return self.enabled and (vlan == self.untagged or vlan in self.tagged)


@dataclass(frozen=True)
class State:
    """Is a switch as its neighbours feel it: the VLANs it knows with their names, its ports by name, its own addresses.

    `interfaces` maps a VLAN to the address the switch has in it (`10.40.10.11 255.255.255.0`), only where it is up.
    """

    name: str
    vlans: Mapping[int, str]
    ports: Mapping[str, Port]
    interfaces: Mapping[int, str]


def derived(vendor: Vendor, names: Names, configuration: Configuration, name: str) -> State:
    """Returns the state that a configuration means."""
    known = _vlans(vendor, configuration)
    by_vlan = vendor.data["membership"] == "vlans"
    ports = (
        _vlan_centred(vendor, names, configuration) if by_vlan else _port_centred(names, configuration, known)
    )
    return State(name, known, {port.name: port for port in ports}, _interfaces(vendor, configuration, known))


def members(lines: Lines, key: str) -> str:
    """Returns the list of ports a VLAN names by `untagged` or `tagged`; empty if none."""
    return lines.get(key, "")[len(key) + 1 :]


def _vlans(vendor: Vendor, configuration: Configuration) -> dict[int, str]:
    known = {vendor.data["default_vlan"]: "default"}
    for section, lines in configuration.items():
        if section.startswith("vlan "):
            number = int(section.split()[1])
            known[number] = lines.get("name", f"name VLAN{number:04d}")[5:].strip('"')
    return dict(sorted(known.items()))


def _port_centred(names: Names, configuration: Configuration, known: Mapping[int, str]) -> Iterable[Port]:
    for name in names.ports:
        lines = configuration.get(f"interface {name}", {})
        trunk = lines.get("switchport mode") == "switchport mode trunk"
        access, native = (
            _last(lines, "switchport access vlan", 1),
            _last(lines, "switchport trunk native vlan", 1),
        )
        voice = _last(lines, "switchport voice vlan", 0) or None
        allowed = allowed_vlans(lines)
        if trunk:
            tagged = allowed & known.keys() - {native}
            untagged = native if native in allowed and native in known else None
        else:
            tagged = frozenset({voice or 0} & known.keys())
            untagged = access if access in known else None
        yield Port(
            name,
            "shutdown" not in lines,
            lines.get("description", "")[12:],
            trunk,
            untagged,
            frozenset(tagged),
            access,
            native,
            voice,
            allowed,
            {"access": "static access", "auto": "dynamic auto", "desirable": "dynamic desirable"}.get(
                mode := lines.get("switchport mode", "auto").split()[-1], mode
            ),
        )


def allowed_vlans(lines: Lines) -> frozenset[int]:
    """Returns the VLANs a trunk may carry; without such a line: all of them."""
    text = lines.get("switchport trunk allowed vlan", "").rpartition(" ")[2]
    if not text:
        return ALL_VLANS
    return frozenset(vlans(text) or ())


def _last(lines: Lines, key: str, otherwise: int) -> int:
    word = lines.get(key, "").rpartition(" ")[2]
    return int(word) if word.isdecimal() else otherwise


def _vlan_centred(vendor: Vendor, names: Names, configuration: Configuration) -> Iterable[Port]:
    untagged: dict[str, int] = {}
    tagged: dict[str, set[int]] = {name: set() for name in names.ports}
    voice = set()
    for section, lines in configuration.items():
        if not section.startswith("vlan "):
            continue
        number = int(section.split()[1])
        untagged.update(dict.fromkeys(names.several(members(lines, "untagged")) or (), number))
        for port in names.several(members(lines, "tagged")) or ():
            tagged[port].add(number)
        if "voice" in lines:
            voice.add(number)
    for name in names.ports:
        lines = configuration.get(vendor.data["port_section"].format(name=name), {})
        own = untagged.get(name)
        yield Port(
            name,
            "disable" not in lines,
            lines.get("name", "")[5:].strip('"'),
            len(tagged[name] - voice) > 0,
            own,
            frozenset(tagged[name]),
            own or 1,
            own or 1,
            min(tagged[name] & voice, default=None),
            frozenset(tagged[name]),
        )


def _interfaces(vendor: Vendor, configuration: Configuration, known: Mapping[int, str]) -> dict[int, str]:
    found = {}
    for number in known:
        lines = configuration.get(vendor.data["vlan_interface"].format(number=number), {})
        if "shutdown" not in lines and lines.get("ip address", "").startswith("ip address "):
            found[number] = lines["ip address"][len("ip address ") :]
    return found


def listed(numbers: Iterable[int]) -> str:
    """Writes VLANs as the tables do: `ALL`, `NONE` or the list."""
    found = frozenset(numbers)
    return "ALL" if found == ALL_VLANS else ranges(found) or "NONE"


__all__ = ["ALL_VLANS", "GLOBAL", "Port", "State", "allowed_vlans", "derived", "listed", "members"]
