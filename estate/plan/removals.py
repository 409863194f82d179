"""Says whether a plan removes more of a subject than is declared to be normal; pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from estate.records import Change


@dataclass(frozen=True)
class Share:
    """Allows `ratio` of a subject to be removed in one go; `declared` counts what it holds by declaration.

    Where a subject holds things of several kinds, `keys` are the beginnings of those that count.
    """

    ratio: float
    declared: int
    keys: tuple[str, ...] = ("",)


def refusals(changes: Iterable[Change], shares: Mapping[str, Share], confirmed: int | None) -> list[str]:
    """Says, per host and subject, which removals go beyond the declared share and were not typed back.

    What a subject holds before the plan is what is declared, less what the plan creates, more what it removes.
    """
    removed: dict[tuple[str, str], list[str]] = {}
    created: dict[tuple[str, str], int] = {}
    for change in changes:
        place, share = (change.host, change.subject), shares.get(change.subject)
        if share is None or not change.key.startswith(share.keys):
            continue
        if change.action == "delete":
            removed.setdefault(place, []).append(change.key)
        created[place] = created.get(place, 0) + (change.action == "create")
    told = []
    for (host, subject), keys in sorted(removed.items()):
        share = shares[subject]
        if len(keys) == confirmed:
            continue
        held = share.declared - created[host, subject] + len(keys)
        if len(keys) > share.ratio * held:
            shown = ", ".join(keys[:5]) + (f" and {len(keys) - 5} more" if len(keys) > 5 else "")
            told.append(
                f"{host}: {subject} would lose {len(keys)} of {held} ({shown}); allowed without asking is "
                f"{share.ratio:.0%}. If it is meant: --confirm-removals {len(keys)}"
            )
    return told
