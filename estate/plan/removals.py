"""Says whether a plan removes more of a subject than is declared to be normal; pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
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


def refusals(
    changes: Iterable[Change], shares: Mapping[str, Sequence[Share]], confirmed: int | None
) -> list[str]:
    """Says, per host and subject, which removals go beyond a declared share and were not typed back.

    What a subject holds before the plan is what is declared, less what the plan creates, more what it removes. A
    subject with several shares is refused by each; typed back is the number of all that is too much of it.
    """
    places: dict[tuple[str, str], list[Change]] = {}
    for change in changes:
        if change.subject in shares:
            places.setdefault((change.host, change.subject), []).append(change)
    told = []
    for (host, subject), those in sorted(places.items()):
        beyond = [found for share in shares[subject] if (found := _beyond(those, share))]
        number = sum(len(keys) for keys, _, _ in beyond)
        if number == confirmed:
            continue
        for keys, held, ratio in beyond:
            shown = ", ".join(keys[:5]) + (f" and {len(keys) - 5} more" if len(keys) > 5 else "")
            told.append(
                f"{host}: {subject} would lose {len(keys)} of {held} ({shown}); allowed without asking is "
                f"{ratio:.0%}. If it is meant: --confirm-removals {number}"
            )
    return told


def refused(changes: Iterable[Change], subject: str, shares: Sequence[Share], confirmed: int) -> str | None:
    """Says why a deploy must not carry a plan of its subject out, or gives None: judged as `estate apply` judges it."""
    told = refusals(changes, {subject: shares}, confirmed)
    if not told:
        return None
    return f"{'; '.join(told)} (with pyinfra alone: --data confirm_removals=N). Nothing was changed."


def _beyond(changes: Iterable[Change], share: Share) -> tuple[list[str], int, float] | None:
    """Gives what is removed, out of how many, where that is more than a share allows."""
    those = [change for change in changes if change.key.startswith(share.keys)]
    removed = [change.key for change in those if change.action == "delete"]
    held = share.declared - sum(change.action == "create" for change in those) + len(removed)
    return (removed, held, share.ratio) if len(removed) > share.ratio * held else None
