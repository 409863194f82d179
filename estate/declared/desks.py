"""Says why a person cannot sit at an outlet: its site, its profile, who sits there already; pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from estate.declared.people import Person
from estate.declared.switches import Outlet, Switches

Fault = tuple[str, str]
"""What is wrong, and what would be right."""


def faults(declared: Switches, outlet: Outlet, person: Person, others: Sequence[Person]) -> Iterator[Fault]:
    """Yields all that speaks against a person at an outlet at which `others` sit."""
    profile, switch = declared.profile(outlet.profile), declared.switch(outlet.switch)
    who = person.display_name
    if switch is not None and person.site not in (None, switch.site):
        wrong = f"{outlet.name} is at {switch.site}, {who} works at {person.site}"
        yield wrong, "name an outlet of that site"
    if profile is None:
        return
    if profile.devices_only:
        yield f"{outlet.name} is for devices ({profile.name}), {who} is a person", "name an outlet for people"
    elif profile.data_vlan == "unit" and person.status == "firma":
        wrong = f"{who} works for a vendor, so {outlet.name} gets no VLAN"
        yield wrong, "give the outlet a profile with a VLAN of its own"
    if others and profile.voice_vlan is None:
        shared = ", ".join(each.name for each in declared.profiles if each.voice_vlan is not None)
        right = f"name another outlet, or give it a profile for telephone and PC ({shared})"
        yield f"{others[0].display_name} sits at {outlet.name} already", right
    elif others and others[0].unit != person.unit and profile.data_vlan == "unit":
        wrong = f"{others[0].display_name} of {others[0].unit} sits at {outlet.name} as well"
        yield wrong, "people of one outlet belong to one unit"
