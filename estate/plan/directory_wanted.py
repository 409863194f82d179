"""Derives what the directory has to hold from what is declared: folders, accounts, groups; pure."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Literal
from zoneinfo import ZoneInfo

from estate.declared import holdings
from estate.declared.estate import Estate
from estate.declared.holdings import LEAVERS, UNITS, VENDORS, Holding, State

NEVER = "9223372036854775807"
LONGEST = 64
"""The directory cuts no title and no department; it refuses a longer one (rangeUpper of its schema)."""
FIRST_DAY, FIRST_DAY_OF_VENDOR = "first day", "first day by contract"
"""How the line of a change begins that opens an account; who measures how long that took reads it."""
CLOSED_SINCE = "closed since"
GROUPS, BOXES, SERVICES = "Gruplar", "Kutular", "Hizmet"
PROGRAMS = "programlar"
"""The group whose members no wrong password locks out; the role directory_server makes it and keeps its own in it."""
_BEFORE_1601 = datetime(1601, 1, 1, tzinfo=ZoneInfo("UTC"))


@dataclass(frozen=True)
class Account:
    """What an account has to be; `key` is the personnel number, or the user name of a shared mailbox.

    `attributes` are all that is kept, an empty one has no value. `told` says in words why an account is closed,
    `begins` since when its person works.
    """

    key: str
    kind: Literal["person", "box"]
    user: str
    name: str
    folder: str
    state: State
    attributes: Mapping[str, tuple[str, ...]]
    groups: frozenset[str] = frozenset()
    told: str = ""
    begins: str = ""

    @property
    def dn(self) -> str:
        """Gives the distinguished name."""
        return f"CN={self.user},{self.folder}"

    @property
    def login(self) -> str:
        """Gives the login name (sAMAccountName)."""
        return self.attributes["sAMAccountName"][0]

    @property
    def absent_is_right(self) -> bool:
        """Tells whether nothing has to be made when the directory has no such account."""
        return self.state in ("left", "expired")

    @property
    def shown(self) -> str:
        """Names the account as a plan does."""
        return f"{self.user} ({self.key})" if self.kind == "person" else self.user


@dataclass(frozen=True)
class Wanted:
    """What the directory has to hold: folders from the outermost in, accounts, and groups with their meaning."""

    base: str
    folders: tuple[str, ...]
    accounts: tuple[Account, ...]
    groups: Mapping[str, str]
    time_zone: str = "UTC"

    def folder(self, *names: str) -> str:
        """Gives the distinguished name of a folder, its names from the outermost in."""
        return ",".join([*(_rdn("OU", name) for name in reversed(names)), self.base])


def wanted(estate: Estate, today: date) -> Wanted:
    """Gives what the directory has to hold on a day."""
    directory = estate.directory
    base = f"{_rdn('OU', directory.base_ou)},{directory.base_dn}"
    frame = Wanted(base, (), (), holdings.groups(estate))
    units = [unit.slug for unit in estate.organisation.directorates]
    folders = [(UNITS,), *((UNITS, unit) for unit in units), (VENDORS,), (LEAVERS,), (GROUPS,), (BOXES,)]
    people = [
        _person(estate, frame, holding)
        for holding in holdings.holdings(estate, today)
        if holding.person.user is not None
    ]
    return Wanted(
        base=base,
        folders=(base, *(frame.folder(*names) for names in folders)),
        accounts=(*people, *_boxes(estate, frame)),
        groups=frame.groups,
        time_zone=estate.organisation.time_zone,
    )


def moment(expires: str, time_zone: str) -> str:
    """Writes when the directory closes an account by itself, as a clock in that zone shows it."""
    if expires in ("0", NEVER):
        return "never"
    found = _BEFORE_1601 + timedelta(microseconds=int(expires) // 10)
    return f"{found.astimezone(ZoneInfo(time_zone)):%Y-%m-%d %H:%M}"


def expiry(closed_from: date | None, time_zone: str) -> str:
    """Gives the moment at which the directory closes an account by itself, in its own count of time.

    That is midnight at the beginning of the first day without access, in 100 ns since 1601.
    """
    if closed_from is None:
        return NEVER
    moment = datetime(closed_from.year, closed_from.month, closed_from.day, tzinfo=ZoneInfo(time_zone))
    return str(int((moment - _BEFORE_1601).total_seconds()) * 10_000_000)


def _person(estate: Estate, frame: Wanted, holding: Holding) -> Account:
    person, directory = holding.person, estate.directory
    units = {unit.slug: unit.name for unit in estate.organisation.directorates}
    user = str(person.user)
    attributes = {
        "sAMAccountName": person.sam_account_name,
        "userPrincipalName": f"{user}@{directory.realm.lower()}",
        "employeeID": person.personnel_number,
        "givenName": person.given_name,
        "sn": person.surname,
        "displayName": person.display_name,
        "mail": person.mail,
        "title": person.title[:LONGEST].strip(),
        "department": units.get(person.unit or "", "")[:LONGEST].strip(),
        "physicalDeliveryOfficeName": person.site,
        "telephoneNumber": holding.extension,
        "accountExpires": expiry(person.closed_from, estate.organisation.time_zone),
    }
    return Account(
        key=person.personnel_number,
        kind="person",
        user=user,
        name=person.display_name,
        folder=frame.folder(*holding.place),
        state=holding.state,
        attributes=_given(attributes) | {"proxyAddresses": _further(person.mail_aliases)},
        groups=holding.groups,
        told=why_closed(estate, holding),
        begins=f"{FIRST_DAY if person.unit is not None else FIRST_DAY_OF_VENDOR}: {person.start}",
    )


def why_closed(estate: Estate, holding: Holding) -> str:
    """Says in words since or until when a person's access is closed and how long all is kept; "" when it is open."""
    person, closed = holding.person, holding.person.closed_from
    if holding.state in ("waiting", "active") or closed is None:
        return f"closed until {person.start}" if holding.state == "waiting" else ""
    if person.legal_hold:
        return f"{CLOSED_SINCE} {closed}, kept: legal hold"
    kept_until = closed + timedelta(days=estate.directory.retention_days - 1)
    return f"{CLOSED_SINCE} {closed}, kept until {kept_until}"


def _boxes(estate: Estate, frame: Wanted) -> list[Account]:
    realm, domain = estate.directory.realm.lower(), estate.mail.domain
    return [
        Account(
            key=account.user,
            kind="box",
            user=account.user,
            name=account.name,
            folder=frame.folder(BOXES),
            state="active",
            groups=frozenset({PROGRAMS} if account.type == "servis" else ()),
            attributes=_given(
                {
                    "sAMAccountName": short(account.user),
                    "userPrincipalName": f"{account.user}@{realm}",
                    "displayName": account.name,
                    "mail": f"{account.user}@{domain}",
                    "maxStorage": None if account.quota_bytes is None else str(account.quota_bytes),
                    "accountExpires": NEVER,
                }
            ),
        )
        for account in estate.mail.accounts
    ]


def short(user: str) -> str:
    """Gives the login name of a shared mailbox: twenty characters of its user name, no mark at the end."""
    return user[:20].rstrip("._-")


def _given(attributes: Mapping[str, str | None]) -> dict[str, tuple[str, ...]]:
    return {name: (value,) if value else () for name, value in attributes.items()}


def _further(addresses: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(f"smtp:{address}" for address in addresses)


def _rdn(kind: str, name: str) -> str:
    return f"{kind}=" + re.sub(r'([,+"\\<>;=#])', r"\\\1", name)
