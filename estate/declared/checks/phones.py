"""Checks that a telephone set stands once, however its address is spelled, and is the one at its outlet."""

from __future__ import annotations

from datetime import date

from estate.declared.checks.checking import Parts, Sayer, needing
from estate.declared.phone_models import faults

DEVICE = "tel-"
"""How switches.yml names the device at an outlet: this and the extension of the telephone set."""


@needing("telephony")
def phones_are_unique(parts: Parts, say: Sayer, today: date) -> None:
    """Refuses a set that stands twice, a number of two accounts, which take it from each other, and a key twice."""
    phones = parts.telephony.phones
    accounts = [
        (("phones", i, "extensions", j), number)
        for i, row in enumerate(phones)
        for j, number in enumerate(row.extensions)
    ]
    say.twice("telephony", accounts, "account")
    say.twice("telephony", [(("phones", i, "mac"), row.mac) for i, row in enumerate(phones)], "telephone set")
    for i, row in enumerate(phones):
        keys = [(("phones", i, "keys", j, "position"), key.position) for j, key in enumerate(row.keys)]
        say.twice("telephony", keys, "key")


@needing("telephony")
def phones_are_known_models(parts: Parts, say: Sayer, today: date) -> None:
    """Refuses a set of an unknown model, and one with more extensions or keys than its model has."""
    for i, phone in enumerate(parts.telephony.phones):
        for place, wrong, right in faults(phone):
            say("telephony", ("phones", i, *place), wrong, right)


@needing("telephony", "switches")
def phones_hang_where_they_are(parts: Parts, say: Sayer, today: date) -> None:
    """Refuses a set whose address differs from that of the device at its outlet, or is that of another device."""
    outlets = [row for row in parts.switches.outlets if row.device is not None and row.mac is not None]
    by_device, by_mac = {row.device: row for row in outlets}, {row.mac: row for row in outlets}
    for i, phone in enumerate(parts.telephony.phones):
        place, names = ("phones", i, "mac"), [f"{DEVICE}{number}" for number in phone.extensions]
        for outlet in (by_device[name] for name in names if name in by_device):
            if outlet.mac != phone.mac:
                wrong = f"{outlet.device} at {outlet.name} has {outlet.mac}, in switches.yml"
                say("telephony", place, wrong, "write the address of one set in both")
        other = by_mac.get(phone.mac)
        if other is not None and other.device is not None and not other.device.startswith(DEVICE):
            wrong = f"{phone.mac} is {other.device} at {other.name}, in switches.yml"
            right = f"name the device {names[0]} there, or mend the address"
            say("telephony", place, wrong, right)


@needing("telephony", "switches", "people")
def phones_hang_at_their_site(parts: Parts, say: Sayer, today: date) -> None:
    """Refuses a set at an outlet of another site than its numbers: an emergency centre would be shown that one."""
    sites = {row.number: row.site for row in parts.telephony.extensions}
    sites |= {
        person.extension: person.site
        for person in parts.people
        if person.extension is not None and person.site is not None and not person.has_left(today)
    }
    for i, outlet in enumerate(parts.switches.outlets):
        switch, device = parts.switches.switch(outlet.switch), outlet.device or ""
        if switch is None or not device.startswith(DEVICE):
            continue
        number = device.removeprefix(DEVICE)
        also = (row.extensions for row in parts.telephony.phones if number in row.extensions)
        for account in next(also, (number,)):
            if sites.get(account, switch.site) != switch.site:
                wrong = (
                    f"{device} hangs at {switch.site}, and 112 is shown that {account} is at {sites[account]}"
                )
                right = "name it at an outlet of that site, or mend the site of the number"
                say("switches", ("outlets", i, "device"), wrong, right)
