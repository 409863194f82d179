"""Gives pyinfra the declared switches of an environment, each with a pinned host key.

    pyinfra pyinfra_deploys/switch_inventory.py pyinfra_deploys/switches.py [--limit SWITCH]

ESTATE_ENVIRONMENT picks the environment (default lab). The host keys stand in var/<environment>/ssh/known_switches,
one line a switch as `ssh-keyscan` writes it: compare the fingerprint at the switch's console before you put it there.
"""

from __future__ import annotations

from typing import Any

from pyinfra.api.exceptions import PyinfraError

from estate.runs.environment import Environment
from estate.runs.refused import RefusedError
from pyinfra_deploys.connectors.netmiko import named
from pyinfra_deploys.facts.declaration import declared


def _switches() -> list[tuple[str, dict[str, Any]]]:
    try:
        environment = Environment.chosen()
        stand = declared(environment).switches
    except RefusedError as refusal:
        raise PyinfraError(str(refusal)) from None
    known = str(environment.var / "ssh" / "known_switches")
    found = {}
    for switch in stand.switches:
        model = stand.model_of(switch)
        assert model is not None, switch.model  # a loaded estate has the model of every switch
        found[switch.name] = {
            "switch_platform": model.platform,
            "switch_address": str(switch.address),
            "switch_known_hosts": known,
        }
    return [named(found)] if found else []


switches = _switches()
