"""Tells where telephone sets hang: the outlet, and the port of the switch behind it; pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from estate.declared.calling import Phone
from estate.declared.checks.phones import DEVICE
from estate.declared.estate import Estate


@dataclass(frozen=True)
class Place:
    """An outlet, and what it is wired to."""

    outlet: str
    switch: str
    port: str

    def __str__(self) -> str:
        """Gives it in a line."""
        return f"{self.outlet} ({self.switch} port {self.port})"


def place(estate: Estate, phone: Phone, today: date) -> Place | None:
    """Gives where a set hangs: at the outlet that has it for its device, else at the desk of who has its number."""
    names = {f"{DEVICE}{number}" for number in phone.extensions}
    desks = {
        person.outlet
        for person in estate.people
        if person.extension in phone.extensions and not person.has_left(today)
    }
    outlets = estate.switches.outlets
    for found in (
        [outlet for outlet in outlets if outlet.mac == phone.mac or outlet.device in names],
        [outlet for outlet in outlets if outlet.name in desks],
    ):
        if found:
            return Place(found[0].name, found[0].switch, found[0].port)
    return None
