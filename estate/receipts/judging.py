"""Judges what one look found of one host: in sync, pending, corrective, unverifiable or unreachable; pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from estate.receipts import inputs
from estate.receipts.laying import PLACE
from estate.records.drift import Difference, HostDrift, State
from estate.records.receipts import Receipt


@dataclass(frozen=True)
class Found:
    """Holds what a look brought back of a host: the `receipt` that lies there, and what was broken by it.

    `failure`: it gave no answer. `forged`: why the receipt that lies there is not the estate's; then it is None.
    """

    receipt: Receipt | None = None
    broken: tuple[Difference, ...] = ()
    notes: tuple[str, ...] = ()
    failure: str = ""
    forged: str = ""


@dataclass(frozen=True)
class Known:
    """Holds what the control machine knows of a host: inputs now, receipt laid last, a run without an end."""

    inputs: Mapping[str, str]
    kept: Receipt | None
    begun: str = ""


def judge(host: str, environment: str, found: Found, known: Known, now: datetime) -> HostDrift:
    """Gives the state of a host, `since` now; `lasting` knows since when really."""
    receipt, differences = found.receipt, list(_of_receipt(host, environment, found, known))
    if found.failure:
        return _told("unreachable", host, known.kept, now, why=found.failure)
    if differences:
        return _told("corrective", host, known.kept, now, differences=tuple(differences))
    if receipt is None or not receipt.promised:
        return _told("unverifiable", host, receipt or known.kept, now, why="no apply has left a receipt here")
    if known.begun:
        differences.append(
            Difference(
                "run", known.begun, "an apply that ended here", "it failed, was stopped, or still works"
            )
        )
    differences += found.broken
    moved = inputs.moved(receipt.inputs, known.inputs)
    state: State = "corrective" if differences else "pending" if moved else "in_sync"
    return _told(state, host, receipt, now, tuple(differences), moved, found.notes)


def lasting(now: HostDrift, before: HostDrift | None) -> HostDrift:
    """Gives the drift with the time at which this state was seen first; one that is still to come begins anew."""
    if before is None or before.state != now.state:
        return now
    return HostDrift(**{**vars(now), "since": min(before.since, now.since)})


def _of_receipt(host: str, environment: str, found: Found, known: Known) -> list[Difference]:
    """Says what is wrong with the receipt itself: gone, forged, of another host, older than the last one laid."""
    receipt, kept = found.receipt, known.kept
    expected = f"the receipt of run {kept.run}" if kept else "a receipt that the control machine signed"
    if found.forged:
        return [Difference("receipt", PLACE, expected, found.forged)]
    if receipt is None:
        laid = kept is not None and bool(kept.promised)
        return [Difference("receipt", PLACE, expected, "none")] if laid else []
    if (receipt.host, receipt.environment) != (host, environment):
        return [Difference("receipt", PLACE, expected, f"that of {receipt.host} in {receipt.environment}")]
    if kept and receipt.run != kept.run and receipt.at <= kept.at:
        return [Difference("receipt", PLACE, expected, f"an older one, of run {receipt.run}")]
    return []


def _told(
    state: State,
    host: str,
    receipt: Receipt | None,
    now: datetime,
    differences: tuple[Difference, ...] = (),
    moved: tuple[str, ...] = (),
    notes: tuple[str, ...] = (),
    why: str = "",
) -> HostDrift:
    promised = [one for one in receipt.promised if one["kind"] != "key"] if receipt else []
    return HostDrift(
        host=host,
        state=state,
        since=now,
        looked_at=now,
        receipt_at=receipt.at if receipt else None,
        run=receipt.run if receipt else "",
        revision=receipt.revision if receipt else "",
        promised=len(promised),
        broken=len({(one.kind, one.key) for one in differences if one.kind not in ("receipt", "run", "key")}),
        unverifiable=len(receipt.unverifiable) if receipt else 0,
        tasks=tuple(receipt.unverifiable) if receipt else (),
        differences=differences,
        moved=moved,
        notes=notes,
        why=why,
    )
