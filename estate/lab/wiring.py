"""Derives from the declared switches what is plugged where in the lab; pure, asks nothing of the machine."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from ipaddress import IPv4Interface, IPv4Network
from typing import Any

from estate.lab.errors import LabError

BETWEEN = "x"
"""How the ends of a link between two switches begin."""
_LONGEST_NAME = 13  # a port is m-<switch> or p-<device>, and Linux allows 15 characters


@dataclass(frozen=True)
class Unit:
    """Is one switch: its name, and its own address in the management VLAN of its site."""

    name: str
    vlan: int
    address: IPv4Interface
    gateway: str

    @property
    def port(self) -> str:
        """The port of the switch's own address."""
        return f"m-{self.name}"


@dataclass(frozen=True)
class Cable:
    """Is one cable that ends at a port of a switch, spelled as declared; `end` is the name of this end in the lab."""

    switch: str
    port: str
    end: str
    far: str


@dataclass(frozen=True)
class Socket(Cable):
    """Is the cable behind an outlet: its label on the wall, the VLAN its profile gives to a telephone, 0 for none.

    `mac` is the declared hardware address of its device; empty when none is declared.
    """

    label: str
    voice: int
    mac: str

    @property
    def bridge(self) -> str:
        """The small switch of a telephone that hangs here."""
        return f"t-{self.far}"

    @property
    def inside(self) -> tuple[str, str, str]:
        """The ports of that small switch: towards the outlet, the handset, and the PC behind the telephone."""
        return f"u-{self.far}", f"h-{self.far}", f"c-{self.far}"


@dataclass(frozen=True)
class Wiring:
    """Is all that the switches hold together.

    `sockets` names the cable of each device, and of each outlet that names none; `patches` are the links, both ends of
    each one after the other; `routers` names the router of each site.
    """

    units: Mapping[str, Unit] = field(default_factory=dict)
    sockets: Mapping[str, Socket] = field(default_factory=dict)
    patches: tuple[Cable, ...] = ()
    routers: Mapping[str, str] = field(default_factory=dict)

    @property
    def bridges(self) -> tuple[str, ...]:
        """The switches and the routers: whatever has ports."""
        return (*self.units, *self.routers.values())

    def socket(self, name: str) -> Socket | None:
        """Returns the socket that has this label on the wall, or this device."""
        labels = {socket.label: socket for socket in self.sockets.values()}
        return self.sockets.get(name) or labels.get(name)

    @property
    def pairs(self) -> list[tuple[Cable, Cable]]:
        """The two ends of each link."""
        return list(zip(self.patches[::2], self.patches[1::2], strict=True))

    @property
    def far_ends(self) -> dict[str, Cable]:
        """The other end of each end of a link."""
        return {here.end: there for one, other in self.pairs for here, there in ((one, other), (other, one))}


def derive_wiring(networks: Mapping[str, Any], switches: Mapping[str, Any]) -> Wiring:
    """Returns the wiring of an `estate_switches` mapping (empty: none), or raises LabError naming what does not fit."""
    try:
        numbers = {vlan["name"]: int(vlan["id"]) for vlan in networks["vlans"]} if switches else {}
        units = {
            one["name"]: _unit(one, networks, numbers[switches["management_vlan"]])
            for one in switches.get("switches", ())
        }
        voices = {one["name"]: numbers[one["voice_vlan"]] for one in _with_voice(switches)}
        sockets = {
            one.far: one for one in (_socket(outlet, voices) for outlet in switches.get("outlets", ()))
        }
        return Wiring(units, sockets, _patches(switches), _routers(switches))
    except (KeyError, TypeError, ValueError) as wrong:
        found = f"{type(wrong).__name__}: {wrong}"
        raise LabError("read the switches of the lab", found, "Run `./scripts/estate validate`") from wrong


def _unit(declared: Mapping[str, Any], networks: Mapping[str, Any], vlan: int) -> Unit:
    name = _short(declared["name"])
    for net in networks["subnets"]:
        if (net["site"], int(net["vlan"])) == (declared["site"], vlan):
            length = IPv4Network(net["subnet"]).prefixlen
            return Unit(name, vlan, IPv4Interface(f"{declared['address']}/{length}"), str(net["gateway"]))
    raise ValueError(f"switch {name}: no subnet is declared for VLAN {vlan} at {declared['site']}")


def _with_voice(switches: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    return [one for one in switches.get("profiles", ()) if one.get("voice_vlan")]


def _socket(outlet: Mapping[str, Any], voices: Mapping[str, int]) -> Socket:
    thing = _short(outlet.get("device") or outlet["name"])
    place = (outlet["switch"], str(outlet["port"]), f"p-{thing}", thing)
    return Socket(*place, outlet["name"], voices.get(outlet["profile"], 0), outlet.get("mac") or "")


def _short(name: str) -> str:
    if len(name) > _LONGEST_NAME:
        raise ValueError(f"{name}: a name in the lab has at most {_LONGEST_NAME} characters")
    return name


def _patches(switches: Mapping[str, Any]) -> tuple[Cable, ...]:
    """Gives each link once, as two ends; a link to a router ends at the router's bridge, where it has no port."""
    found: list[Cable] = []
    seen: set[frozenset[str]] = set()
    for switch in switches.get("switches", ()):
        for link in switch["links"]:
            far, _, port = str(link["to"]).partition(":")
            pair = frozenset((switch["name"], far))
            if pair in seen:
                continue  # the other switch declares it too; a second cable would be a loop
            seen.add(pair)
            number = len(found) // 2
            found.append(Cable(switch["name"], str(link["port"]), f"{BETWEEN}{number}a", far))
            found.append(Cable(far, port, f"{BETWEEN}{number}b", switch["name"]))
    return tuple(found)


def _routers(switches: Mapping[str, Any]) -> dict[str, str]:
    return {
        switch["site"]: link["to"]
        for switch in switches.get("switches", ())
        for link in switch["links"]
        if ":" not in link["to"]
    }
