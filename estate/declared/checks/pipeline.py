"""Checks that every machine has its place in one ring, and that the people who sign and approve exist and suffice."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

from estate.declared.checks.checking import Parts, Sayer, needing
from estate.declared.graph import circle_of


@needing("pipeline", "hosts")
def rings_hold_every_host(parts: Parts, say: Sayer, today: date) -> None:
    """Refuses rings of unknown hosts, a ring without a host of its own, and a managed host in no ring."""
    rings, placed = parts.pipeline.rings, set[str]()
    say.twice("pipeline", [(("rings", i, "name"), ring.name) for i, ring in enumerate(rings)], "ring")
    machines = {host for hosts in parts.hosts.values() for host in hosts}
    strangers = False
    for i, ring in enumerate(rings):
        own: set[str] = set()
        for j, name in enumerate(ring.hosts):
            if name not in parts.hosts and name not in machines:
                strangers = True
                say.unknown(
                    "pipeline", ("rings", i, "hosts", j), name, "host or group", [*parts.hosts, *machines]
                )
            own |= set(parts.hosts.get(name, (name,)))
        if targets := sorted(own & set(parts.hosts.get("drill_targets", ()))):
            wrong = f"{', '.join(targets)} exists only while a drill runs"
            say("pipeline", ("rings", i, "hosts"), wrong, "name hosts that stand all the time")
        if own and own <= placed:
            wrong = f"ring {ring.name} holds no host that is not in an earlier one"
            say("pipeline", ("rings", i, "hosts"), wrong, "name other hosts, or remove the ring")
        placed |= own
    missing = [host for host in parts.hosts.get("managed", ()) if host not in placed]
    if missing and not strangers:
        wrong = f"{', '.join(missing)} is in no ring: nothing would ever be applied there"
        say("pipeline", ("rings",), wrong, "let the last ring hold the group managed")


@needing("pipeline", "people")
def signatures_can_be_given(parts: Parts, say: Sayer, today: date) -> None:
    """Refuses signers and approvers who are nobody, and more signatures than there are people to give them."""
    users = [person.user for person in parts.people if person.user]
    approvals = parts.pipeline.approvals
    for place, names in ((("signers",), parts.pipeline.signers), (("approvals", "by"), approvals.by)):
        say.twice("pipeline", [((*place, i), name) for i, name in enumerate(names)], "person")
        for i, name in enumerate(names):
            if name not in users:
                say.unknown("pipeline", (*place, i), name, "person", users)
    people = set(approvals.by)
    if parts.pipeline.protected and approvals.signatures == 0:
        wrong = "a protected environment that nobody has to approve"
        say("pipeline", ("approvals", "signatures"), wrong, "write 1 or 2, or protected: false")
    enough = len(people) if approvals.author_counts else len(people - _alone(parts))
    if approvals.signatures > enough:
        wrong = f"{approvals.signatures} signatures, and {enough} may give one to every commit"
        say("pipeline", ("approvals", "signatures"), wrong, "name more people in by, or ask for fewer")


def comes_after_another(parts: Parts, say: Sayer, name: str, known: Mapping[str, str | None]) -> None:
    """Refuses `after` that no commit can ever pass: this environment (`name`), none that is `known`, or a circle.

    `known` gives what each of the others names in turn; None where that is nothing, or cannot be read.
    """
    after = parts.pipeline.after
    if after == name:
        say("pipeline", ("after",), f"{after} is this environment itself", "name another one, or write null")
    elif after is not None and after not in known:
        right = f"name one of {', '.join(sorted(known))}, or write null" if known else "write null"
        say("pipeline", ("after",), f"there is no inventories/{after}/hosts.yml", right)
    elif circle := circle_of(name, {**known, name: after}):
        wrong = f"a circle in which none can be the first: {' after '.join(circle)}"
        say("pipeline", ("after",), wrong, "write null in one of them")


def _alone(parts: Parts) -> set[str]:
    """Gives one approver who also signs commits: whoever of them wrote the commit cannot approve it."""
    both = sorted(set(parts.pipeline.approvals.by) & set(parts.pipeline.signers))
    return set(both[:1])
