"""Divides hosts among runners that know nothing of each other but their own number, and puts results together; pure.

Every runner comes to the same division from the names of the hosts alone. No slice holds more than its share, and
a host that is added moves few others: each takes the slice it likes best (by a hash of both names) that is not full.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Collection, Iterable, Sequence
from dataclasses import replace

from estate.plan import is_whole, plan_hash
from estate.records import Change, Outcome, Plan
from estate.records.shapes import Part


class SliceError(Exception):
    """Says what is wrong with a slice, or why results do not make a whole."""


def parsed(text: str) -> tuple[int, int]:
    """Reads `2/3`: the second of three."""
    found = re.fullmatch(r"([0-9]{1,4})/([0-9]{1,4})", text.strip())
    if not found or not 1 <= int(found[1]) <= int(found[2]):
        raise SliceError(f"slice {text!r} is not I/N with I from 1 to N, such as 2/3")
    return int(found[1]), int(found[2])


def divided(units: Iterable[str], total: int) -> list[list[str]]:
    """Gives the slices, each with at most ceil(n / total) names, sorted."""
    names = sorted(set(units), key=lambda name: _liking(name, 0))
    most = -(-len(names) // total)
    slices: list[list[str]] = [[] for _ in range(total)]
    for name in names:
        open_ones = [at for at in range(total) if len(slices[at]) < most]
        slices[max(open_ones, key=lambda at: _liking(name, at + 1))].append(name)
    return [sorted(each) for each in slices]


def part(
    hosts: Collection[str], switches: Collection[str], index: int, total: int
) -> tuple[Part, tuple[str, ...]]:
    """Gives a slice and its hosts; switches stay together, for they are judged as one."""
    carried = sorted(set(hosts) & set(switches))
    units = [*(set(hosts) - set(switches)), *(["\0switches"] if carried else [])]
    slices = divided(units, total)
    if not all(slices):
        raise SliceError(f"{total} slices for {len(units)} hosts leave one empty; take fewer")
    own = [each for each in slices[index - 1] if each != "\0switches"]
    own += carried if "\0switches" in slices[index - 1] else []
    return Part(index, total, tuple(sorted(hosts))), tuple(sorted(own))


def narrowed(plan: Plan, of: Part, hosts: Sequence[str]) -> Plan:
    """Gives what a plan says about these hosts, as a plan of its own."""
    changes = tuple(change for change in plan.changes if change.host in hosts)
    incomplete = tuple(host for host in plan.incomplete if host in hosts)
    limit = ",".join(sorted(hosts))
    return replace(
        plan,
        limit=limit,
        changes=changes,
        incomplete=incomplete,
        unverifiable={host: count for host, count in plan.unverifiable.items() if host in hosts},
        part=of,
        hash=plan_hash(
            changes, environment=plan.environment, limit=limit, declared=plan.declared, incomplete=incomplete
        ),
    )


def undone(plan: Plan, made: Iterable[Change], outcomes: Iterable[Outcome]) -> tuple[Change, ...]:
    """Gives what a run that was killed had planned and left: neither reported as made nor tried by its deploy."""
    known = {(change.host, change.subject, change.key) for change in made}
    tried = {
        (each.host, each.subject)
        for each in outcomes
        if each.tool == "pyinfra" and each.status in ("ok", "changed")
    }
    return tuple(
        change
        for change in plan.changes
        if (change.host, change.subject, change.key) not in known
        and not (change.tool == "pyinfra" and (change.host, change.subject) in tried)
    )


def refuse_gaps(plans: Sequence[tuple[str, Plan]]) -> None:
    """Raises SliceError unless these plans, each with the name of its run, are the slices of one whole, all of them."""
    parts: dict[int, str] = {}
    for run, plan in plans:
        of = _own(run, plan)
        if _whole(plan) != _whole(plans[0][1]):
            raise SliceError(
                f"run {run} is a slice of another whole than run {plans[0][0]} "
                "(environment, commit, hosts or number)"
            )
        if of.index in parts:
            raise SliceError(f"runs {parts[of.index]} and {run} are both slice {of.index}; name one")
        parts[of.index] = run
    total, hosts = (first.total, first.hosts) if (first := plans[0][1].part) else (0, ())
    missing = [str(index) for index in range(1, total + 1) if index not in parts]
    if missing:
        raise SliceError(f"slice {', '.join(missing)} of {total} is missing; name its run, or run it first")
    _refuse_uneven(plans, hosts)


def _own(run: str, plan: Plan) -> Part:
    """Gives of which slice a plan is; refuses one of none, and one that cannot be."""
    if plan.part is None:
        raise SliceError(f"run {run} was no slice")
    if not 1 <= plan.part.index <= plan.part.total:
        raise SliceError(
            f"run {run} says it is slice {plan.part.index}/{plan.part.total}, which there is not"
        )
    if not is_whole(plan):
        raise SliceError(f"the plan of run {run} is not what its hash says; run its slice again")
    return plan.part


def _whole(plan: Plan) -> tuple[object, ...]:
    of = plan.part
    return (plan.environment, plan.commit, plan.declared, *((of.total, of.hosts) if of else ()))


def _refuse_uneven(plans: Sequence[tuple[str, Plan]], hosts: Collection[str]) -> None:
    """Raises SliceError unless each host of the whole is in exactly one slice."""
    by: dict[str, str] = {}
    for run, plan in plans:
        for host in plan.limit.split(","):
            if host in by:
                raise SliceError(
                    f"host {host} is in runs {by[host]} and {run}; these are no slices of one whole"
                )
            by[host] = run
    if left := sorted(set(hosts) - set(by)):
        raise SliceError(f"no run had {', '.join(left)}, which the whole holds; run its slice again")
    if more := sorted(set(by) - set(hosts)):
        raise SliceError(f"run {by[more[0]]} had {', '.join(more)}, which the whole does not hold")


def _liking(name: str, slot: int) -> bytes:
    return hashlib.sha256(f"{slot} {name}".encode()).digest()
