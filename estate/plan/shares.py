"""Plans the shared folders of a file server: what is declared against what it holds, rights as a diff; pure."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from estate.plan.removals import Share, refused
from estate.plan.shares_wanted import WantedShare, WantedShares
from estate.records import Change

SUBJECT = "shares"
CONF = "/etc/samba/shares.conf"
RECORD = "/etc/estate/shares.json"
BIN = "0 1770"


@dataclass(frozen=True)
class HeldShare:
    """What a file server holds of one folder: lists of rights as getfacl writes them, `bin` as owner and mode.

    `paths` gives places inside whose rights differ from what they must inherit: entries too many (+) and too few (-).
    `more` counts such places beyond those named.
    """

    access: tuple[str, ...] = ()
    default: tuple[str, ...] = ()
    bin: str = "missing"
    paths: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    more: int = 0


@dataclass(frozen=True)
class HeldShares:
    """What a file server holds: folders by name, its included configuration, its record, and names it does not know."""

    folders: Mapping[str, HeldShare] = field(default_factory=dict)
    conf: str | None = None
    record: str | None = None
    unknown: tuple[str, ...] = ()

    @property
    def sections(self) -> dict[str, str]:
        """Gives the sections of the configuration by name."""
        parts = re.split(r"^(?=\n?\[)", self.conf or "", flags=re.MULTILINE)
        named = ((re.match(r"\n?\[([^]]*)\]", part), part) for part in parts)
        return {match.group(1): part for match, part in named if match}


def plan(wanted: WantedShares, held: HeldShares, host: str) -> tuple[Change, ...]:
    """Gives what makes the host hold exactly the declared folders, each with exactly the declared rights.

    A folder that is no longer declared is a deletion here; on the host its content is moved aside and kept.
    """
    sections = held.sections
    changes: list[Change] = []
    for share in wanted.shares:
        changes += _share(share, sections.get(share.name), held.folders.get(share.name), host)
    declared = {share.name for share in wanted.shares}
    for name in sorted((set(sections) | set(held.folders)) - declared):
        before = _text(sections.get(name), held.folders.get(name))
        changes.append(Change(host, "pyinfra", SUBJECT, "delete", f"share {name}", before, None))
    if not any(change.key.startswith("share ") and ":" not in change.key for change in changes):
        changes += [
            Change(host, "pyinfra", SUBJECT, "update", path, before, after)
            for path, before, after in (
                (CONF, held.conf, wanted.conf),
                (RECORD, held.record, wanted.record),
            )
            if before != after
        ]
    return tuple(changes)


def removals_refused(
    changes: tuple[Change, ...], wanted: WantedShares, ratio: float, confirmed: int
) -> str | None:
    """Says why a plan that takes away too many folders must not go on, or gives None."""
    return refused(changes, SUBJECT, (Share(ratio, len(wanted.shares)),), confirmed)


def nameless(wanted: WantedShares, held: HeldShares) -> tuple[str, ...]:
    """Names what a standing folder's list of rights needs and the host does not know: its directory does not answer."""
    used = {
        line.split(":")[1]
        for share in wanted.shares
        if share.name in held.folders
        for line in share.access
        if line.split(":")[1]
    }
    return tuple(sorted(used & set(held.unknown)))


def _share(share: WantedShare, section: str | None, folder: HeldShare | None, host: str) -> list[Change]:
    after = _text(share.section, HeldShare(share.access, share.default, BIN))
    key = f"share {share.name}"
    if section is None and folder is None:
        return [Change(host, "pyinfra", SUBJECT, "create", key, None, after)]
    changes = []
    before = _text(section, folder)
    if before != after:
        changes.append(Change(host, "pyinfra", SUBJECT, "update", key, before, after))
    if folder is None:
        return changes
    for path, lines in sorted(folder.paths.items()):
        if path != "." or before == after:
            sides = ["\n".join(line[1:] for line in lines if line.startswith(sign)) for sign in "+-"]
            changes.append(Change(host, "pyinfra", SUBJECT, "update", f"{key}: {path}", *sides))
    if folder.more:
        changes.append(Change(host, "pyinfra", SUBJECT, "update", f"{key}: {folder.more} more places"))
    return changes


def _text(section: str | None, folder: HeldShare | None) -> str:
    if folder is None:
        return f"{(section or '').strip()}\nno folder\n"
    lines = [*sorted(folder.access), *(f"default:{line}" for line in sorted(folder.default))]
    return "\n".join([(section or "not served").strip(), *lines, f"recycle bin: {folder.bin}"]) + "\n"
