"""Lets a full check mode judge a look at receipts: a host called in sync that Ansible would change is an error."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import UTC, datetime

from estate.receipts import looking
from estate.records import Change
from estate.records.drift import Drift, HostDrift, Proof
from estate.runs.environment import Environment

IN_SYNC, CORRECTIVE, UNREACHABLE, CONTRADICTED, PENDING, UNVERIFIABLE = 0, 1, 4, 7, 8, 9
CODES = (
    ("corrective", CORRECTIVE),
    ("unreachable", UNREACHABLE),
    ("unverifiable", UNVERIFIABLE),
    ("pending", PENDING),
)


def code_of(hosts: Collection[HostDrift]) -> int:
    """Gives the exit code of a look: the worst state decides."""
    states = {one.state for one in hosts}
    return next((code for state, code in CODES if state in states), IN_SYNC)


def prove(
    environment: Environment, hosts: Sequence[str], limit: str | None, before: Drift
) -> tuple[Drift, int]:
    """Plans in full after a look, looks again at hosts that were contradicted; gives what was found and its exit code.

    A host that moved while Ansible checked it is no contradiction: the second look sees it.
    """
    from estate.runs import planning  # reads all that is declared, which a look alone does not wait for

    plan, _, ended = planning.plan(environment, planning.normal(limit), "proof of a look at receipts")
    called = [one.host for one in before.hosts if one.host in hosts and one.state == "in_sync"]
    changes = [change for change in plan.changes if change.tool == "ansible" and change.host in called]
    seen = looking.look(environment, sorted({change.host for change in changes})) if changes else before
    still = {one.host for one in seen.hosts if one.state == "in_sync"}
    proof = Proof(
        at=datetime.now(UTC).replace(microsecond=0),
        run=plan.run,
        hosts=tuple(host for host in called if host not in plan.incomplete),
        contradicted=tuple(_named(change) for change in changes if change.host in still),
    )
    proven = replace(seen, proof=proof)
    looking.keep_proof(environment, proven, proof)
    found = code_of([one for one in proven.hosts if one.host in hosts])
    return proven, CONTRADICTED if proof.contradicted else int(ended) or found


def _named(change: Change) -> str:
    return f"{change.host} {change.subject}: {change.action} {change.key}"
