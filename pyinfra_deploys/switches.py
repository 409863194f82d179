"""Brings switches to what is declared: reads all, plans, refuses before anything is sent, pushes ring by ring.

    pyinfra pyinfra_deploys/switch_inventory.py pyinfra_deploys/switches.py [--limit sw-ana-kat1] [--dry]

First one switch, then the rest of its site, then the others; a switch that goes wrong costs itself and stops the next
ring. `--data waive="uplink=VLAN 53 for the weather station"` goes past one guard, several parted by `;`. `--data
ports=N` and `--data switches=N` say how many may change at once, `--data timer=MINUTES` when a switch goes back by
itself, `--data probes=no` leaves the declared probes out. `--data changes_file=PATH` writes the planned changes there
as JSON, also with --dry; secrets are hidden in it.
"""

from __future__ import annotations

from pyinfra.context import host

from pyinfra_deploys.facts import typed
from pyinfra_deploys.operations import switch
from pyinfra_deploys.operations.switch_round import Round


def bring_all() -> None:
    """Joins this switch to the round that all switches of the run make up, and brings it in its ring."""
    together = Round.of(host.state)
    typed.keep(together.changes, together.refused, own=together.refused_of(host.name))
    if not together.needs(host.name):
        return
    ring = together.ring(host.name)
    name = f"Bring {host.name} to what is intended ({len(together.lines(host.name))} lines)"
    # One call for each ring: pyinfra ends an operation on all hosts before it begins the next.
    if ring == 0:
        switch.bring(name=name, carry=together.push)
    if ring == 1:
        switch.bring(name=name, carry=together.push)
    if ring == 2:
        switch.bring(name=name, carry=together.push)


if "switches" in host.groups:
    bring_all()
