"""Gives pyinfra the declared switches of an environment, each with a pinned host key.

    pyinfra pyinfra_deploys/switch_inventory.py pyinfra_deploys/switches.py [--limit SWITCH]

ESTATE_ENVIRONMENT picks the environment (default lab). The host keys stand in var/<environment>/ssh/known_switches,
one line a switch as `ssh-keyscan` writes it: compare the fingerprint at the switch's console before you put it there.
"""

from __future__ import annotations

from typing import Any

from pyinfra.api.exceptions import PyinfraError

from estate.declared.estate import load
from estate.runs.environment import Environment
from estate.runs.refused import RefusedError


def _switches() -> list[tuple[str, dict[str, Any]]]:
    try:
        environment = Environment.chosen()
        declared = load(environment.inventory).switches
    except RefusedError as refusal:
        raise PyinfraError(str(refusal)) from None
    known = str(environment.var / "ssh" / "known_switches")
    found = []
    for switch in declared.switches:
        model = declared.model_of(switch)
        assert model is not None, switch.model  # a loaded estate has the model of every switch
        data = {
            "switch_platform": model.platform,
            "switch_address": str(switch.address),
            "switch_known_hosts": known,
        }
        found.append((f"@netmiko/{switch.name}", data))
    return found


switches = _switches()
