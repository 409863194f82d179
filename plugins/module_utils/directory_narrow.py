"""An account that many hands hold reads names and numbers of people, and is refused what everybody else may read.

Runs on the managed hosts (Python >= 3.11, standard library only; it knows nothing of Samba), packed into a module
by Ansible. A domain lets everybody who logged in read nearly everything. What is refused here is refused to one account
alone, by rights on folders, so that nobody who comes or goes has to be touched.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

READ, LIST, CHANGE = "RP", "LC", "WPCR"
"""Rights of one object: to read what it holds, to see what lies in it, to write it and to change its password."""
MASKS = {READ: 0x10, LIST: 0x4, CHANGE: 0x20 | 0x100}
BELOW = "CI"
BELOW_FLAG = 0x2
OWN_FOLDERS = ("Gruplar", "Kutular", "Ayrilanlar")
"""Folders of the house beside that of programs in which a narrow account sees nothing; people come into others."""
FOLDERS = ("CN=Users", "CN=Computers", "CN=Builtin", "OU=Domain Controllers")
"""Folders every domain has, in which it sees nothing."""


@dataclass(frozen=True)
class Refusal:
    """One right that is refused to an account at one place; `below` tells whether all below is meant too."""

    user: str
    dn: str
    right: str
    below: bool = False

    def text(self, sid: str) -> str:
        """Gives it as it is written in a list of rights (SDDL)."""
        return f"(D;{BELOW if self.below else ''};{self.right};;;{sid})"

    def is_same(self, flags: int, mask: int) -> bool:
        """Tells whether an entry with these flags and this mask, that refuses the account something, is this one."""
        return (flags, mask) == (BELOW_FLAG if self.below else 0, MASKS[self.right])


def refusals(user: str, base_dn: str, own: str, programs: str) -> tuple[Refusal, ...]:
    """Gives what is refused to a narrow account.

    Groups, mailboxes, programs, machines and who has left are not seen at all. Of people it reads only what each
    account shows to everybody by rights of its own, which outweigh those of folders: no groups, logons or states.
    Its own account is not its to change: whoever takes a telephone apart would shut out all others.
    """
    hidden = [f"OU={name},{own}" for name in OWN_FOLDERS] + [f"{name},{base_dn}" for name in FOLDERS]
    return (
        Refusal(user, own, READ, below=True),
        *(Refusal(user, dn, LIST) for dn in (programs, *hidden)),
        Refusal(user, f"CN={user},{programs}", CHANGE),
    )


def differing(
    wanted: Iterable[Refusal], possible: Iterable[Refusal], found: frozenset[Refusal]
) -> tuple[list[Refusal], list[Refusal]]:
    """Gives what has to be refused and what has to be taken back."""
    kept = set(wanted)
    missing = [one for one in possible if one in kept and one not in found]
    return missing, [one for one in possible if one not in kept and one in found]
