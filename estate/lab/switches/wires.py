"""Says what a switch is plugged to: what hangs on its ports, which way leads to it, who is told of changes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from estate.lab.switches.ports import State

Observer = Callable[[State], None]
"""Is told the state after each change of it, in the thread of the server; the first time when it is set."""


@dataclass(frozen=True)
class Management:
    """Names the way to this switch: without this VLAN on this port, nobody reaches it any more."""

    port: str
    vlan: int


@dataclass
class Wires:
    """Is what hangs on the ports; a test or a data plane sets it, `show` commands tell it.

    `addresses` are (VLAN, hardware address, port), `neighbours` (port, name of the neighbour, its port), `errors` the
    frames with errors a port received and sent since the start, `stopped` the ports the switch itself has shut.
    """

    up: set[str] = field(default_factory=set)
    addresses: list[tuple[int, str, str]] = field(default_factory=list)
    neighbours: list[tuple[str, str, str]] = field(default_factory=list)
    errors: dict[str, tuple[int, int]] = field(default_factory=dict)
    stopped: set[str] = field(default_factory=set)

    def forget(self) -> None:
        """Forgets the learned addresses."""
        self.addresses.clear()
