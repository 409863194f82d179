"""Derives what each person holds on a day - state, place, groups, addresses, profile - from what is declared; pure."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal

from estate.declared.estate import Estate
from estate.declared.people import Person

State = Literal["waiting", "active", "left", "expired"]
Profile = Literal["temel", "standart", "genis"]

EVERYBODY = "tum-personel"
DIRECTOR = "Müdür"
PROFILES: dict[Profile, str] = {
    "temel": "Temel internet erişimi",
    "standart": "Standart internet erişimi",
    "genis": "Geniş internet erişimi",
}
UNITS, VENDORS, LEAVERS = "Birimler", "Firmalar", "Ayrilanlar"


@dataclass(frozen=True)
class Holding:
    """States what a person holds on a day.

    `place` names the folders of the account from the outermost in; `groups` are names of groups of the directory.
    Whoever waits or left is in no group and has no profile; addresses stay with the mailbox until it is purged.
    `shares` and `extension` name what other services give the person.
    """

    person: Person
    state: State
    place: tuple[str, ...]
    groups: frozenset[str]
    profile: Profile | None
    addresses: tuple[str, ...]
    shares: tuple[str, ...] = ()
    extension: str | None = None

    @property
    def account(self) -> bool:
        """Tells whether the person has an account in the directory."""
        return self.person.user is not None and self.state != "expired"


def state(person: Person, today: date, retention_days: int) -> State:
    """Gives where a person stands on a day.

    waiting before the first day, active up to the day that closes every access, left while account and mail are
    kept, expired when they are to be purged; a legal hold keeps them for ever.
    """
    closed = person.closed_from
    if closed is not None and closed <= today:
        kept = person.legal_hold or (today - closed) < timedelta(days=retention_days)
        return "left" if kept else "expired"
    return "waiting" if person.start > today else "active"


def default_profile(person: Person, directorate_of_it: str) -> Profile:
    """Gives the internet profile of somebody for whom none is declared: by title, unit and status."""
    if person.title == DIRECTOR or person.unit == directorate_of_it:
        return "genis"
    return "standart" if person.status in ("memur", "sozlesmeli") else "temel"


def holdings(
    estate: Estate, today: date, profile_of: Callable[[Person], Profile] | None = None
) -> tuple[Holding, ...]:
    """Gives what every declared person holds on a day, in the order of the file."""
    policy = profile_of or (lambda one: default_profile(one, estate.organisation.directorate_of_it))
    return tuple(
        _holding(person, state(person, today, estate.directory.retention_days), today, policy)
        for person in estate.people
    )


def groups(estate: Estate) -> dict[str, str]:
    """Gives every group that people are put into, with what it stands for."""
    found = {EVERYBODY: "Tüm personel"}
    for unit in estate.organisation.directorates:
        found[unit_group(unit.slug)] = unit.name
        found[director_group(unit.slug)] = f"{unit.name}: müdür ve vekili"
    return found | {f"internet-{name}": told for name, told in PROFILES.items()}


def members(held: Iterable[Holding]) -> dict[str, list[str]]:
    """Gives the personnel numbers in each group that has any, those with an account only."""
    found: dict[str, list[str]] = {}
    for holding in held:
        for group in sorted(holding.groups) if holding.account else ():
            found.setdefault(group, []).append(holding.person.personnel_number)
    return found


def unit_group(slug: str) -> str:
    """Gives the name of the group of a unit's people."""
    return f"birim-{slug}"


def director_group(slug: str) -> str:
    """Gives the name of the group of who directs a unit, stand-ins included."""
    return f"mudur-{slug}"


def _holding(person: Person, now: State, today: date, policy: Callable[[Person], Profile]) -> Holding:
    active = now == "active"
    profile = (person.internet or policy(person)) if active else None
    return Holding(
        person=person,
        state=now,
        place=_place(person, now),
        groups=frozenset(_groups(person, today, profile)) if active else frozenset(),
        profile=profile,
        addresses=() if now == "expired" else person.addresses,
        extension=person.extension if active else None,
    )


def _place(person: Person, now: State) -> tuple[str, ...]:
    if now in ("left", "expired"):
        return (LEAVERS,)
    return (VENDORS,) if person.unit is None else (UNITS, person.unit)


def _groups(person: Person, today: date, profile: Profile | None) -> Iterable[str]:
    acting = person.acts_for(today)
    if person.status != "firma":
        yield EVERYBODY
    for unit in (person.unit, acting):
        if unit is not None:
            yield unit_group(unit)
    if person.unit is not None and person.title == DIRECTOR:
        yield director_group(person.unit)
    if acting is not None:
        yield director_group(acting)
    if profile is not None:
        yield f"internet-{profile}"
