"""Gives the configuration a switch shall have, as it would show it, and tells what of a switch is ours; pure."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date

from estate.declared import Estate
from estate.declared.port_vlans import Wiring
from estate.declared.switches import Platform, Switch
from estate.switches import cisco_ios, hp_procurve
from estate.switches.sheet import PLACE, Sheet, sheet_of


@dataclass(frozen=True)
class Configuration:
    """What one switch shall be told: `text` as it shows it, `unseen` the lines it takes and does not show so.

    Both are ASCII. Where a secret belongs stands `<vault:KEY>`; `secrets` are these keys of the vault, sorted.
    """

    switch: str
    platform: Platform
    text: str
    unseen: tuple[str, ...]
    secrets: tuple[str, ...]


@dataclass(frozen=True)
class Owned:
    """What of a switch is generated: interfaces and VLANs by name and number, other lines by how they begin.

    Whatever else the switch holds is left alone. VLANs are all that networks.yml declares, needed here or not: one that
    is needed no more may go, one that nobody declared stays.
    """

    interfaces: frozenset[str]
    vlans: frozenset[int]
    lines: tuple[str, ...]


@dataclass(frozen=True)
class _Make:
    lines: Callable[[Sheet], Iterable[str]]
    unseen: Callable[[Sheet], tuple[str, ...]]
    owned: tuple[str, ...]


_MAKES: Mapping[Platform, _Make] = {
    "cisco_ios": _Make(cisco_ios.lines, cisco_ios.unseen, cisco_ios.OWNED_LINES),
    "hp_procurve": _Make(hp_procurve.lines, hp_procurve.unseen, hp_procurve.OWNED_LINES),
}


def intended(estate: Estate, switch: Switch, today: date, wiring: Wiring | None = None) -> Configuration:
    """Gives the configuration of a switch on a day, the same text whenever the same is declared."""
    make, sheet = _MAKES[_platform(estate, switch)], sheet_of(estate, switch, today, wiring)
    text, unseen = "\n".join(make.lines(sheet)) + "\n", make.unseen(sheet)
    secrets = sorted(set(PLACE.findall("\n".join((text, *unseen)))))
    return Configuration(switch.name, _platform(estate, switch), text, unseen, tuple(secrets))


def owned(estate: Estate, switch: Switch) -> Owned:
    """Tells what of a switch is generated; ports that are kept by hand are not."""
    declared = estate.switches
    left = {declared.port(switch, port) for port in switch.by_hand}
    ports = frozenset(port for port in declared.ports(switch) if port not in left)
    vlans = frozenset(vlan.id for vlan in estate.networks.vlans)
    return Owned(ports, vlans, _MAKES[_platform(estate, switch)].owned)


def _platform(estate: Estate, switch: Switch) -> Platform:
    model = estate.switches.model_of(switch)
    assert model is not None, switch.model  # a loaded estate has the model of every switch
    return model.platform
