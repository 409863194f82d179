"""Plans which people who left have to be tried on every system: those of whom no proof is on record; pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, datetime
from typing import Any

from estate.declared.estate import Estate
from estate.declared.holdings import Holding
from estate.declared.people import Person
from estate.records import Change
from estate.records.departures import Proof

SUBJECT = "departures"
TELEPHONE = "telephone"
"""The system that is tried from the host of the call probe, with the secret of the telephone."""
SERVED = {
    "imap": ("mail_servers", "target"),
    "submission": ("mail_servers", "target"),
    "files": ("file_servers", "files"),
    "proxy": ("web_proxies", "proxy"),
}
"""Which hosts serve a system besides the directory's, and how the question of departures_on_host.py names one."""


def systems(estate: Estate) -> dict[str, dict[str, Any]]:
    """Gives every system that has to refuse, and what a try has to know of the host that serves it.

    What several hosts serve is a system on each, named with the host: `imap posta2`.
    """
    door = {"port": estate.web_access.port, "name": estate.web_access.service_name}
    found: dict[str, dict[str, Any]] = {"ldap": {}, "kerberos": {}}
    for kind, (group, key) in SERVED.items():
        names = estate.hosts.get(group, ())
        for name in names:
            address = str(estate.networks.hosts[name].address)
            place: Any = {"address": address, **door} if kind == "proxy" else address
            found[f"{kind} {name}" if names[1:] else kind] = {key: place}
    if estate.hosts.get("telephone_exchanges"):
        found[TELEPHONE] = {
            "address": str(estate.networks.hosts[estate.telephony.exchange].address),
            "port": 5060,
        }
    return found


def secret_day(estate: Estate, person: Person) -> date:
    """Gives the day on which the secret of a person's telephone was drawn."""
    rows = (one for one in estate.telephony.subscribers if one.personnel_number == person.personnel_number)
    row = next(rows, None)
    return (row and row.secret_issued) or estate.telephony.defaults.secret_issued


def unproven(
    held: Iterable[Holding],
    proofs: Iterable[Proof],
    given: Mapping[str, datetime],
    served: Iterable[str],
) -> tuple[Person, ...]:
    """Gives who left and keeps an account, without a passed proof of this departure.

    Void is a proof of another last day, one older than a first password the person got (`given`, by personnel number:
    who came back and left again is tried again), and one that lacks a system that is `served` today.
    """
    needed = set(served)
    passed: dict[str, list[Proof]] = {}
    for proof in proofs:
        if proof.verdict == "passed" and needed <= {one.system for one in proof.tries}:
            passed.setdefault(proof.personnel_number, []).append(proof)
    return tuple(
        one.person
        for one in held
        if one.state == "left"
        and one.account
        and not any(_holds(proof, one.person, given) for proof in passed.get(one.person.personnel_number, ()))
    )


def plan(people: Iterable[Person], host: str) -> tuple[Change, ...]:
    """Gives one change for each proof that is missing; the host makes the tries."""
    return tuple(
        Change(
            host,
            "pyinfra",
            SUBJECT,
            "create",
            f"proof that {person.user} ({person.personnel_number}) is refused",
            None,
            f"closed from {person.closed_from}: sessions cut, every system tried",
        )
        for person in people
    )


def _holds(proof: Proof, person: Person, given: Mapping[str, datetime]) -> bool:
    again = given.get(person.personnel_number)
    return proof.closed_from == person.closed_from and (again is None or again < proof.at)
