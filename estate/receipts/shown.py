"""Shows a look at receipts as lines of a terminal: what moved first, then what is pending, then counts; pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator

from estate.records import to_json
from estate.records.drift import Beside, Drift, HostDrift, State

ORDER: tuple[State, ...] = ("corrective", "unreachable", "unverifiable", "pending", "in_sync")
MANY = 8
"""How many moved inputs of one host are shown by name."""


def text(drift: Drift, asked: Collection[str], as_json: bool) -> str:
    """Gives a look in words about the hosts that were asked, or whole as one JSON object."""
    return to_json(drift, indent=1) if as_json else "\n".join(lines(drift, set(asked)))


def lines(drift: Drift, asked: Collection[str]) -> list[str]:
    """Gives the lines of a look, about the hosts that were asked."""
    hosts = sorted((one for one in drift.hosts if one.host in asked), key=lambda one: ORDER.index(one.state))
    told = [line for one in hosts for line in _host(one)]
    told += [line for one in drift.beside if one.state != "in_sync" for line in _beside(one)]
    if drift.proof and drift.proof.contradicted:
        told.append(f"the check of run {drift.proof.run} contradicts the look; it would change:")
        told += [f"  {one}" for one in drift.proof.contradicted]
    if drift.during:
        told.append(f"run {drift.during} works meanwhile: hosts may be between two states")
    counts = Counter(one.state for one in hosts)
    summary = ", ".join(f"{state} {counts[state]}" for state in ORDER if counts[state])
    tasks = sum(one.unverifiable for one in hosts)
    return [
        *told,
        f"{len(hosts)} hosts in {drift.seconds:.2f} s: {summary}; {tasks} tasks cannot be verified so",
    ]


def _host(one: HostDrift) -> Iterator[str]:
    head = f"{one.host}: {one.state} since {one.since:%Y-%m-%d %H:%M:%S} UTC"
    if one.receipt_at:
        head += f"; {one.promised} promises of {one.receipt_at:%Y-%m-%d %H:%M:%S} UTC ({one.revision[:12]})"
        head += f", {one.unverifiable} tasks unverifiable"
    yield head + (f"; {one.why}" if one.why else "")
    for each in one.differences:
        yield f"  {each.kind} {each.key}: promised {each.expected}; found {each.found}"
    for name in one.moved[:MANY]:
        yield f"  declared anew: {name}"
    if len(one.moved) > MANY:
        yield f"  declared anew: {len(one.moved) - MANY} more"
    yield from (f"  {note}" for note in one.notes)


def _beside(one: Beside) -> Iterator[str]:
    since = f" since {one.since:%Y-%m-%d %H:%M:%S} UTC" if one.since else ""
    looked = f"looked at {one.looked_at:%Y-%m-%d %H:%M:%S} UTC"
    yield f"{one.name}: {one.state}{since}; differences: {one.changes} ({looked})"
    yield from (f"  {name}" for name in one.names)
    if one.names and one.changes > len(one.names):
        yield f"  {one.changes - len(one.names)} more"
