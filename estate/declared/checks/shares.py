"""Checks that shared folders belong to somebody who exists, and that nobody is named twice for one."""

from __future__ import annotations

from datetime import date

from estate.declared.checks.checking import Parts, Sayer, needing
from estate.declared.shares import Share


@needing("shares")
def shares_are_unique(parts: Parts, say: Sayer, today: date) -> None:
    """Refuses two folders with one name, a unit with two folders of a kind, a group that stands twice at one folder."""
    rows = list(enumerate(parts.shares.shares))
    say.twice("shares", [(("shares", i, "name"), share.name) for i, share in rows], "share")
    for kind in ("birim", "tarama"):
        units = [(("shares", i, "unit"), share.unit) for i, share in rows if share.kind == kind]
        say.twice("shares", units, f"{kind} share of unit")
    for i, share in rows:
        for key in ("write_groups", "read_groups", "scanners"):
            places = [(("shares", i, key, j), name) for j, name in enumerate(getattr(share, key))]
            say.twice("shares", places, "name")
        for j, group in enumerate(share.read_groups):
            if group in share.write_groups:
                say(
                    "shares",
                    ("shares", i, "read_groups", j),
                    f"{group} already writes to {share.name}",
                    "name it once: who writes also reads",
                )


@needing("shares", "organisation", "directory")
def shares_belong(parts: Parts, say: Sayer, today: date) -> None:
    """Refuses a folder of an unknown unit, group or scanner, and one that a narrow account is to write to."""
    slugs = [row.slug for row in parts.organisation.directorates]
    groups = [f"{prefix}-{slug}" for prefix in ("birim", "mudur") for slug in slugs] + ["tum-personel"]
    scanners = [account.user for account in parts.directory.service_accounts]
    narrow = [account.user for account in parts.directory.service_accounts if account.narrow]
    for i, share in enumerate(parts.shares.shares):
        if share.unit is not None and share.unit not in slugs:
            say.unknown("shares", ("shares", i, "unit"), share.unit, "directorate", slugs)
        for key, known, what in (
            ("write_groups", groups, "group of the directory that people belong to"),
            ("read_groups", groups, "group of the directory that people belong to"),
            ("scanners", scanners, "service account of estate_directory"),
        ):
            for j, name in enumerate(getattr(share, key)):
                if name not in known:
                    say.unknown("shares", ("shares", i, key, j), name, what, known)
                elif name in narrow:
                    say(
                        "shares",
                        ("shares", i, key, j),
                        f"{name} is narrow: many hands hold its password, and it may put files into no folder",
                        "name an account of its own for the scanner",
                    )
        _kind_fits(share, i, say)


def _kind_fits(share: Share, i: int, say: Sayer) -> None:
    place = ("shares", i)
    if share.kind == "ortak" and share.unit is not None:
        say("shares", (*place, "unit"), f"{share.name} is for all and has a unit", "remove the unit")
    if share.kind != "ortak" and share.unit is None:
        say("shares", place, f"{share.name} is of kind {share.kind} and has no unit", "write whose it is")
    if share.kind == "tarama" and not share.scanners:
        say("shares", place, f"{share.name} is for scans and has no scanner", "name its service account")
    if share.kind != "tarama" and share.scanners:
        say(
            "shares",
            (*place, "scanners"),
            f"{share.name} is not for scans",
            "write kind: tarama, or remove them",
        )
