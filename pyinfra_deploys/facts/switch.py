"""Reads what a switch runs and what it starts from, through the connector `netmiko`."""

from __future__ import annotations

from pyinfra.api.facts import FactBase
from pyinfra.context import host

from pyinfra_deploys.connectors.dialects import DIALECTS


class RunningConfiguration(FactBase[str]):
    """Gives the running configuration as the switch shows it; bytes that are no UTF-8 as surrogates."""

    def command(self) -> str:
        """Asks for it."""
        return "show running-config"

    def process(self, output: list[str]) -> str:
        """Gives the text."""
        return "\n".join(output)


class StartupConfiguration(RunningConfiguration):
    """Gives what the switch starts from, in the same form."""

    def command(self) -> str:
        """Asks for it as the platform does."""
        return DIALECTS[host.data.switch_platform].startup
