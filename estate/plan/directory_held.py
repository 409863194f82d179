"""Shapes what a directory holds, as it was read in one go; names compare as the directory compares them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

DISABLED = 0x2
PASSWORD_NOT_REQUIRED = 0x20
NORMAL = 0x200
PASSWORD_NEVER_EXPIRES = 0x10000


def same(text: str) -> str:
    """Gives the form in which the directory takes two distinguished names, logins or addresses for one."""
    return text.casefold()


@dataclass(frozen=True)
class HeldUser:
    """What the directory holds of one account: its attributes by name, as text, each with all values.

    `password_matches` says whether the password of the vault opens it; None when none was asked about. `kind` tells
    what the domain made for itself (built_in) and who is in a group that runs the domain from all others (person).
    """

    dn: str
    attributes: Mapping[str, tuple[str, ...]]
    password_matches: bool | None = None
    kind: Literal["person", "built_in", "administrator"] = "person"

    def one(self, attribute: str) -> str | None:
        """Gives the first value of an attribute, None when it has none."""
        values = self.attributes.get(attribute, ())
        return values[0] if values else None

    @property
    def user(self) -> str:
        """Gives the login name (sAMAccountName)."""
        return self.one("sAMAccountName") or self.dn

    @property
    def number(self) -> str | None:
        """Gives the personnel number, the only thing by which an account belongs to a person."""
        return self.one("employeeID")

    @property
    def control(self) -> int:
        """Gives the flags of the account (userAccountControl)."""
        return int(self.one("userAccountControl") or NORMAL)

    @property
    def enabled(self) -> bool:
        """Tells whether the account is open."""
        return not self.control & DISABLED

    @property
    def untouched(self) -> bool:
        """Tells whether nobody ever logged on and the first password still has to be changed."""
        return self.must_change and not int(self.one("lastLogonTimestamp") or self.one("lastLogon") or 0)

    @property
    def must_change(self) -> bool:
        """Tells whether the password has to be changed at the next logon."""
        return self.one("pwdLastSet") == "0"

    def below(self, folder: str) -> bool:
        """Tells whether the account lies in a folder, however deep."""
        return same(self.dn).endswith("," + same(folder))


@dataclass(frozen=True)
class HeldGroup:
    """What the directory holds of one group; `members` are distinguished names."""

    dn: str
    name: str
    description: str | None = None
    members: frozenset[str] = frozenset()


@dataclass(frozen=True)
class HeldDirectory:
    """What a directory holds: every account of the domain, the groups of ours, folders, and every login name.

    `domain` is false on a host that has none yet. `names` leads from each sAMAccountName of the domain, programs
    and machines included, to its distinguished name. `digest` tells whether anything moved since it was read.
    """

    domain: bool = False
    digest: str = ""
    folders: frozenset[str] = frozenset()
    users: tuple[HeldUser, ...] = ()
    groups: tuple[HeldGroup, ...] = ()
    names: Mapping[str, str] = field(default_factory=dict)
