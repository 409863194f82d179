"""Logs in to the spare switch of a drill and asks for its running configuration; changes nothing.

ESTATE_DRILL=switch pyinfra -y pyinfra_deploys/drills/switch/spare_inventory.py pyinfra_deploys/drills/switch/answers.py
"""

from __future__ import annotations

from pyinfra import logger
from pyinfra.api.exceptions import PyinfraError
from pyinfra.context import host

from pyinfra_deploys.facts.switch import RunningConfiguration


def ask() -> None:
    """Refuses when it shows nothing."""
    running = host.get_fact(RunningConfiguration)
    if not running:
        raise PyinfraError(f"{host.data.drill_spare}: it showed no configuration")
    logger.info(f"{host.data.drill_spare} answers, with {len(running.splitlines())} lines")


ask()
