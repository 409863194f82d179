"""Brings one switch, blank or changed, back to what was captured of it, so that the way back is proven.

    pyinfra pyinfra_deploys/switch_inventory.py pyinfra_deploys/switch_restore.py --limit sw-ana-kat1 [--dry]
    ... --data generation=2026-11-26T023000.123456Z-1a2b3c4d --data switch_user=NAME
    ... --data "waive=running-foreign=new hardware"

Without a generation, the newest. All of the switch is brought back, also what nobody declares. `switch_user` is the
login of a blank switch, `timer` and `waive` are those of the deploy `switches`. The capture has to hold the login that
is declared, for it is proven by logging in anew; otherwise the switch goes back by itself.
"""

from __future__ import annotations

from pyinfra.api.exceptions import PyinfraError
from pyinfra.context import host

from pyinfra_deploys.facts import typed
from pyinfra_deploys.operations import switch
from pyinfra_deploys.operations.switch_restore import Restoration


def bring_back() -> None:
    """Plans this switch back to its capture and brings it there; refuses more than one switch in a run."""
    if len(host.state.limit_hosts or list(host.state.inventory)) > 1:
        raise PyinfraError("one switch at a time is restored: name it with --limit")
    restoration = Restoration(host)
    typed.keep(restoration.changes, restoration.refusal)
    switch.bring(
        name=f"Bring {host.name} back to {restoration.generation} ({len(restoration.plan.lines)} lines)",
        carry=restoration.push,
    )


if "switches" in host.groups:
    bring_back()
