"""Plans which people who left have to be tried on every system: those of whom no proof is on record; pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime

from estate.declared.holdings import Holding
from estate.declared.people import Person
from estate.records import Change
from estate.records.departures import Proof

SUBJECT = "departures"


def unproven(
    held: Iterable[Holding], proofs: Iterable[Proof], given: Mapping[str, datetime]
) -> tuple[Person, ...]:
    """Gives who left and keeps an account, without a passed proof of this departure.

    Void is a proof of another last day, and one older than a first password the person got (`given`, by personnel
    number): who came back and left again is tried again.
    """
    passed: dict[str, list[Proof]] = {}
    for proof in proofs:
        if proof.verdict == "passed":
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
