"""Derives from the declared people and folders what a file server has to hold; pure."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from estate.declared.estate import Estate
from estate.declared.holdings import EVERYBODY, Holding, holdings
from estate.declared.shares import Share

SERVICE = "dosya"
ROOT = "/srv/shares"
HEAD = "# Written by the deploy shares from what is declared; changes by hand are undone at the next run.\n"
NOBODY = "nobody"
"""Stands where no person is left: Samba reads an empty list as everybody."""


@dataclass(frozen=True)
class WantedShare:
    """One folder as it must stand: its section of Samba's configuration, its list of rights, the one it hands down."""

    name: str
    section: str
    access: tuple[str, ...]
    default: tuple[str, ...]


@dataclass(frozen=True)
class WantedShares:
    """Everything a file server must hold; `record` is what its measuring program compares with."""

    shares: tuple[WantedShare, ...]
    record: str

    @property
    def conf(self) -> str:
        """Gives the whole text of the included configuration."""
        return HEAD + "".join(share.section for share in self.shares)


def wanted(estate: Estate, today: date) -> WantedShares:
    """Gives what a file server has to hold on a day."""
    held = holdings(estate, today)
    shares = tuple(
        WantedShare(share.name, section(share, held, estate.directory.workgroup), *rights(share))
        for share in estate.shares.shares
    )
    rows = {
        share.name: {
            "kind": share.kind,
            "unit": share.unit,
            "quota_bytes": share.quota_bytes,
            "recycle_days": share.recycle_days,
            "access": stands.access,
            "default": stands.default,
        }
        for share, stands in zip(estate.shares.shares, shares, strict=True)
    }
    return WantedShares(shares, json.dumps({"service": SERVICE, "shares": rows}, indent=1) + "\n")


def rights(share: Share) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Gives the list of rights of a folder, and the one that everything made in it inherits.

    A scanner may add files to the folder and nothing else; what it added belongs to the others.
    """
    groups = [f"group:{name}:rwx" for name in share.write_groups]
    groups += [f"group:{name}:r-x" for name in share.read_groups]
    scanners = [f"user:{name}:-wx" for name in share.scanners]
    ends = ["user::rwx", "group::---", "mask::rwx", "other::---"]
    return tuple(sorted([*ends, *groups, *scanners])), tuple(sorted([*ends, *groups]))


def section(share: Share, held: tuple[Holding, ...], workgroup: str) -> str:
    """Gives the section of a folder: its name for people, its place, and who may open it.

    People are named one by one, although their groups stand in the list of rights: a Kerberos ticket carries the
    groups of the hour it was made and is good for ten more. A folder for everybody names the group, and by name those
    who left.
    """
    lines = [f"comment = {share.title_tr}", f"path = {ROOT}/{share.name}"]
    if EVERYBODY in share.groups:
        lines.append(f"valid users = @{workgroup}\\{EVERYBODY}")
        left = [one.person.sam_account_name for one in held if one.state == "left"]
        if any(left):
            lines.append(f"invalid users = {_listed([name for name in left if name], workgroup)}")
    else:
        lines.append(f"valid users = {_listed([*admitted(share, held), *share.scanners], workgroup)}")
    return f"\n[{share.name}]\n" + "".join(f"    {line}\n" for line in lines)


def admitted(share: Share, held: tuple[Holding, ...]) -> tuple[str, ...]:
    """Gives the login names of all people who are in one of the groups of a folder, sorted."""
    return tuple(
        sorted(
            one.person.sam_account_name
            for one in held
            if one.person.sam_account_name is not None and one.groups & set(share.groups)
        )
    )


def shares_of(groups: frozenset[str], shares: tuple[Share, ...]) -> Mapping[str, str]:
    """Gives the folders that members of these groups reach, each with `write` or `read`."""
    return {
        share.name: "write" if groups & set(share.write_groups) else "read"
        for share in shares
        if groups & set(share.groups)
    }


def _listed(names: list[str], workgroup: str) -> str:
    return ", ".join(f"{workgroup}\\{name}" for name in sorted(names)) or NOBODY
