"""Gives pyinfra the hosts and groups of an environment, each reached as root with a pinned host key.

    pyinfra pyinfra_deploys/inventory.py pyinfra_deploys/<deploy>.py [--limit HOST_OR_GROUP]

ESTATE_ENVIRONMENT picks the environment (default lab). ESTATE_EXTRA_INVENTORY lays more host files over it;
only these bring in hosts of the group drill_targets, which do not exist outside a drill.
Nothing is contacted while the environment is down: the command refuses and says what to start.
"""

from __future__ import annotations

import os
from typing import Any

from pyinfra.api.exceptions import PyinfraError

from estate.runs.environment import Environment
from estate.runs.refused import RefusedError


def _inventory() -> dict[str, Any]:
    try:
        environment = Environment.chosen()
        environment.refuse_when_down()
        groups: dict[str, Any] = dict(environment.groups())
    except RefusedError as refusal:
        raise PyinfraError(str(refusal)) from None
    connection = {
        "estate_environment": environment.name,
        "ssh_user": "root",
        "ssh_config_file": str(environment.ssh_config),
        "ssh_strict_host_key_checking": "yes",
        "ssh_allow_agent": False,
        "ssh_look_for_keys": False,
    }
    groups["all"] = (groups["all"], connection)
    return groups


# pyinfra judges `Match exec` of the ssh configuration with $SHELL, which timers and runners of CI do not set.
os.environ.setdefault("SHELL", "/bin/sh")
globals().update(_inventory())
