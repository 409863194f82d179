"""Derives what each person holds on a day - state, place, groups, addresses, profile - from what is declared; pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal

from estate.declared.estate import Estate
from estate.declared.people import Person

State = Literal["waiting", "active", "left", "expired"]

EVERYBODY = "tum-personel"
DIRECTOR = "Müdür"
UNITS, VENDORS, LEAVERS = "Birimler", "Firmalar", "Ayrilanlar"


@dataclass(frozen=True)
class Holding:
    """States what a person holds on a day.

    `place` names the folders of the account from the outermost in; `groups` are names of groups of the directory.
    Whoever waits or left is in no group and has no profile; addresses stay with the mailbox until it is purged.
    `shares` are the folders that one of the groups opens, `extension` the telephone.
    """

    person: Person
    state: State
    place: tuple[str, ...]
    groups: frozenset[str]
    profile: str | None
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


def holdings(estate: Estate, today: date) -> tuple[Holding, ...]:
    """Gives what every declared person holds on a day, in the order of the file."""
    return tuple(
        _holding(estate, person, state(person, today, estate.directory.retention_days), today)
        for person in estate.people
    )


def groups(estate: Estate) -> dict[str, str]:
    """Gives every group that people are put into, with what it stands for."""
    found = {EVERYBODY: "Tüm personel"}
    for unit in estate.organisation.directorates:
        found[unit_group(unit.slug)] = unit.name
        found[director_group(unit.slug)] = f"{unit.name}: müdür ve vekili"
    profiles = estate.web_access.profiles
    return found | {profile_group(one.name): f"İnternet: {one.description_tr}" for one in profiles}


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


def profile_group(name: str) -> str:
    """Gives the name of the group of who has an internet profile."""
    return f"internet-{name}"


def _holding(estate: Estate, person: Person, now: State, today: date) -> Holding:
    active = now == "active"
    profile = estate.web_access.profile_of(person, _director(person, today)) if active else None
    groups = frozenset(_groups(person, today, profile)) if active else frozenset()
    return Holding(
        person=person,
        state=now,
        place=_place(person, now),
        groups=groups,
        profile=profile,
        addresses=() if now == "expired" else person.addresses,
        shares=tuple(share.name for share in estate.shares.shares if groups & set(share.groups)),
        extension=person.extension if active else None,
    )


def _director(person: Person, today: date) -> Person | None:
    """Gives a person as the director they stand in for on a day, None when there is none."""
    unit = person.acts_for(today)
    return None if unit is None else person.model_copy(update={"title": DIRECTOR, "unit": unit})


def _place(person: Person, now: State) -> tuple[str, ...]:
    if now in ("left", "expired"):
        return (LEAVERS,)
    return (VENDORS,) if person.unit is None else (UNITS, person.unit)


def _groups(person: Person, today: date, profile: str | None) -> Iterable[str]:
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
        yield profile_group(profile)
