"""Looks at switches and keeps what was seen in var/<environment>/switches/state; changes nothing on them.

    pyinfra pyinfra_deploys/switch_inventory.py pyinfra_deploys/switch_state.py --data switch_login=later \
        [--limit SWITCH]

All are read by the first of them, many at once; one that does not answer is a record with the reason, and costs only
itself. With --dry as well: a look is no change of a switch.
"""

from __future__ import annotations

from pyinfra.api.exceptions import PyinfraError
from pyinfra.context import host

from estate.runs.environment import Environment
from pyinfra_deploys.facts import typed
from pyinfra_deploys.facts.declaration import declared
from pyinfra_deploys.operations.switch_look import Look


def look() -> None:
    """Looks at all switches of this run, once: this file is run for each of them."""
    if host.data.get("switch_login") != "later":
        raise PyinfraError(
            "add --data switch_login=later: so the reason is kept when a switch does not answer"
        )
    hosts = [each for each in host.state.inventory.get_active_hosts() if "switches" in each.groups]
    if host.name != hosts[0].name:
        return
    environment = Environment.chosen()
    estate = declared(environment)
    Look(estate, typed.today(estate), environment.var).all(hosts)


if "switches" in host.groups:
    look()
