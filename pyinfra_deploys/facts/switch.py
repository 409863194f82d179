"""Reads what a switch runs, through the connector `netmiko`."""

from __future__ import annotations

from pyinfra.api.facts import FactBase


class RunningConfiguration(FactBase[str]):
    """Gives the running configuration as the switch shows it; bytes that are no UTF-8 as surrogates."""

    def command(self) -> str:
        """Asks for it."""
        return "show running-config"

    def process(self, output: list[str]) -> str:
        """Gives the text, which the connector hands over as a whole."""
        return "\n".join(output)
