"""Gives pyinfra the spare switch of a drill under the name of the lost one; no other switch can be reached by it.

ESTATE_DRILL names the drill, ESTATE_ENVIRONMENT the environment (default lab); ESTATE_DRILL_LOGIN=own logs in as the
declared local user, in place of the user of a switch from the box. A console that is not on this machine needs its host
key in var/<environment>/ssh/known_switches, as `[ADDRESS]:PORT`.
"""

from __future__ import annotations

import os
from typing import Any

from pyinfra.api.exceptions import PyinfraError

from estate.runs.environment import Environment
from estate.runs.refused import RefusedError
from pyinfra_deploys.connectors.netmiko import named
from pyinfra_deploys.facts.declaration import declared


def _spare() -> tuple[str, dict[str, Any]]:
    wanted = os.environ.get("ESTATE_DRILL", "")
    try:
        environment = Environment.chosen()
        estate = declared(environment)
    except RefusedError as refusal:
        raise PyinfraError(str(refusal)) from None
    drill = next((one for one in estate.drills if one.id == wanted), None)
    switch = estate.switches.switch(drill.lost_host) if drill else None
    if drill is None or drill.spare is None or switch is None:
        raise PyinfraError(f"ESTATE_DRILL={wanted!r}: no drill of a switch with a spare one is called so")
    model = estate.switches.model_of(switch)
    assert model is not None, switch.model  # a loaded estate has the model of every switch
    data = {
        "switch_platform": model.platform,
        "switch_address": str(drill.spare.address),
        "switch_port": drill.spare.port,
        "switch_known_hosts": None
        if drill.spare.address.is_loopback
        else str(environment.var / "ssh" / "known_switches"),
        "switch_login": "later",  # so that a step learns why it does not answer
        "drill_spare": drill.target,
        "drill_rpo_seconds": drill.rpo_seconds,
    }
    if os.environ.get("ESTATE_DRILL_LOGIN") != "own":
        data |= {"switch_user": drill.spare.user, "waive": "running-foreign=a spare switch in a drill"}
    return named({switch.name: data})


switches = [_spare()]
