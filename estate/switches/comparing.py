"""Plans switches from what they were seen to run; what is declared gives the way in and what is ours; pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date

from estate.declared import Estate
from estate.declared.port_vlans import Wiring
from estate.declared.switches import Switch
from estate.switches.guards import Known, Limits, Refusal, Waiver, together
from estate.switches.intended import intended, owned
from estate.switches.plan import SwitchPlan, remediation
from estate.switches.protected import Protected


def protected(estate: Estate, switch: Switch, today: date) -> Protected:
    """Gives the way in to a switch, and the VLANs that somebody or something on it is in."""
    wiring, declared = Wiring(estate, today), estate.switches
    used = {vlan.id for use in wiring.uses(switch) if not use.profile.shutdown for vlan in use.allowed}
    return Protected(
        management_vlan=wiring.vlans[declared.management_vlan].id,
        uplinks=tuple(link.port for link in switch.links),
        own_user=declared.base.local_user,
        aaa=bool(declared.base.aaa_servers),
        vlans_in_use=frozenset(used),
    )


def plans(
    estate: Estate,
    running: Mapping[str, str],
    today: date,
    limits: Limits = Limits(),  # noqa: B008 - frozen
    waivers: Sequence[Waiver] = (),
) -> tuple[dict[str, SwitchPlan], tuple[Refusal, ...]]:
    """Plans every switch whose running configuration is given, and judges whether so many may change at once.

    Raises:
        KeyError: no such switch is declared.
        ConfigurationError: a text is a redacted copy.
    """
    found: dict[str, SwitchPlan] = {}
    for name, text in sorted(running.items()):
        switch = estate.switches.switch(name)
        if switch is None:
            raise KeyError(name)
        wanted = intended(estate, switch, today)
        found[name] = remediation(
            text,
            wanted.text,
            wanted.platform,
            protected(estate, switch, today),
            owned=owned(estate, switch),
            limits=limits,
            known=Known(hostname=name),
            waivers=waivers,
        )
    return found, together({name: plan.lines for name, plan in found.items()}, limits, waivers)
